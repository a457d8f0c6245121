# -*- coding: latin-1 -*-
from http.server import BaseHTTPRequestHandler

PLACE = "Malmö, Ærø"


class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=iso-8859-1")
        self.end_headers()
        self.wfile.write(PLACE.encode("latin-1"))
