import json
from http.server import BaseHTTPRequestHandler

from api import joke  # the function next door is a module, too


class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps(sorted(joke.JOKES))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(bytes(body, "utf8"))
