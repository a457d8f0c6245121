import itertools
import time
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlparse


class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        query = parse_qs(urlparse(self.path).query)
        limit = int(query.get("limit", ["3"])[0])
        first = int(self.headers.get("Last-Event-ID", "0")) + 1
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-cache, no-transform")
        self.send_header("X-Accel-Buffering", "no")
        self.end_headers()
        self.wfile.write(b"retry: 1000\n\n")
        for number in itertools.islice(itertools.count(first), limit):
            self.wfile.write(f"id: {number}\nevent: tick\ndata: {{\"n\": {number}}}\n\n".encode())
            self.wfile.flush()
            time.sleep(0.01)
        self.wfile.write(b"event: end\ndata: bye\n\n")
        self.wfile.flush()
