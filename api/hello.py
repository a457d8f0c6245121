"""A greeting: GET /api/hello?name=Ada

The smallest useful function. `self.path` holds what the client asked for, query string included.
"""

from http.server import BaseHTTPRequestHandler

from api._text import query, send_text


class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        name = query(self.path).get("name", "stranger")
        print(f"greeting {name}")  # appears in the terminal, beside its request
        send_text(self, f"Hello, {name}!")
