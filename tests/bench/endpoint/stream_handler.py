"""A handler class that streams the time at which it writes each chunk, in ns of the steady clock."""
import time
from http.server import BaseHTTPRequestHandler


class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        for _ in range(20):
            self.wfile.write(b"%d\n" % time.monotonic_ns())
            self.wfile.flush()
            time.sleep(0.02)
