import asyncore
import random
from http.server import BaseHTTPRequestHandler

import frobnicate
import helpers

try:
    import orjson
except ImportError:
    orjson = None


class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        import frobnicate.late

        self.send_response(200)
        self.end_headers()
        self.wfile.write(repr([asyncore, random, helpers, orjson, frobnicate]).encode())
