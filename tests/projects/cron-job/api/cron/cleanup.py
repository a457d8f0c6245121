import hmac
import json
import os
import time
from http.server import BaseHTTPRequestHandler

runs = []


class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        expected = f"Bearer {os.environ.get('CRON_SECRET', '')}"
        if not hmac.compare_digest(self.headers.get("Authorization", ""), expected):
            self.send_response(401)
            self.send_header("Content-Type", "text/plain")
            self.end_headers()
            self.wfile.write(b"Unauthorized")
            return

        started = time.time()
        runs.append(started)
        print("cleaning up, run", len(runs))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps({
            "ok": True, "run": len(runs), "agent": self.headers.get("User-Agent"),
        }).encode())
