from http.server import BaseHTTPRequestHandler

import helpers  # without the hack this is not found: sys.path begins at the project's root


class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
