"""Greets by name: GET /api/hello?name=Ada

A file of api/ with a class named `handler` is a function. Its path is the file's, without ".py".
"""

import json
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit


class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        query = parse_qs(urlsplit(self.path).query)
        name = query.get("name", ["world"])[0]
        print(f"greeting {name}")  # appears in the terminal, beside its request
        self.send_json(200, {"greeting": f"Hello, {name}!"})

    def send_json(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
