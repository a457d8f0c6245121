"""What all functions of this project have in common."""
import json
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qsl, urlparse


class API(BaseHTTPRequestHandler):
    status = 200

    def query(self):
        return dict(parse_qsl(urlparse(self.path).query))

    def respond(self, **data):
        self.send_response(self.status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(data).encode())

    def do_GET(self):
        try:
            self.vercel()
        except Exception as error:
            self.status = 500
            self.respond(error=repr(error))
