# stands in for the real API while there is no internet in the classroom
import json
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlparse

WORLD = {"Kenya": "Nairobi", "Costa Rica": "San José", "Nepal": "Kathmandu"}


class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        args = parse_qs(urlparse(self.path).query)
        kind, word = args["kind"][0], args["word"][0]
        pairs = [(n, c) for n, c in WORLD.items() if word == (n if kind == "name" else c)]
        self.send_response(200 if pairs else 404)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        out = [{"name": {"common": n}, "capital": [c]} for n, c in pairs]
        self.wfile.write(json.dumps(out).encode())
