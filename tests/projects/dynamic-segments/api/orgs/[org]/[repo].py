from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qsl, urlsplit


class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        query = parse_qsl(urlsplit(self.path).query)
        self.send_response(200)
        self.send_header('Content-Type', 'text/plain')
        self.end_headers()
        self.wfile.write(f"{__name__} {query}".encode())
