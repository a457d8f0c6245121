"""A function that fails on purpose: GET /api/boom

The client gets a 500. The terminal shows the traceback, and so does the page when a browser asks;
once deployed only the log has it. Repair the file and the next request works.
"""

from http.server import BaseHTTPRequestHandler

GRADES = []  # nobody has handed in anything yet


def average(grades):
    return sum(grades) / len(grades)


class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        text = f"The average is {average(GRADES)}"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode("utf-8"))
