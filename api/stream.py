"""An answer that comes in pieces: GET /api/stream

Try it with `curl -N`. Each flush() sends what has been written, while the function works on.
vercel.json gives this function 30 seconds; after that it would be stopped with a 504.
"""

import time
from http.server import BaseHTTPRequestHandler


class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.end_headers()
        for number in (3, 2, 1):
            self.wfile.write(f"{number} ...\n".encode("utf-8"))
            self.wfile.flush()
            time.sleep(0.2)
        self.wfile.write("lift-off\n".encode("utf-8"))
