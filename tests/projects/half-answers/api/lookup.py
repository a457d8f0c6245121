# The teacher's template: head first, thinking later.
from http.server import BaseHTTPRequestHandler
from urllib import parse

BOOKS = {"1": "A cookbook", "2": "An atlas"}

class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header('Content-type', 'text/plain')
        self.end_headers()
        dic = dict(parse.parse_qsl(parse.urlsplit(self.path).query))
        self.wfile.write("You asked for: ".encode())
        self.wfile.write(BOOKS[dic["id"]].encode())
        return
