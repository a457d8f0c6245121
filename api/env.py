"""The environment: GET /api/env

Settings and secrets come from the environment, not from the code. MOTTO is set in vercel.json; a
line MOTTO=... in a file .env wins over it. Only chosen names are shown: an address that dumps
everything gives away the first real secret somebody adds.
"""

import json
import os
from http.server import BaseHTTPRequestHandler

NAMES = ["VERCEL", "VERCEL_ENV", "VERCEL_REGION", "VERCEL_URL", "MOTTO"]


class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        values = {name: os.environ.get(name) for name in NAMES}
        self.wfile.write(json.dumps(values, indent=2).encode("utf-8"))
