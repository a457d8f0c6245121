import os
from http.server import BaseHTTPRequestHandler

PASSWORD = os.environ.get("LOGIN_PASSWORD")
if not PASSWORD:
    raise RuntimeError("LOGIN_PASSWORD is not set")


class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
