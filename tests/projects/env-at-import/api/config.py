import json
import os
from http.server import BaseHTTPRequestHandler

SETTINGS = {
    "title": os.environ["TITLE"],
    "quoted": os.getenv("QUOTED"),
    "hash": os.getenv("WITH_HASH"),
    "empty": os.getenv("EMPTY"),
    "missing": os.getenv("MISSING", "a default"),
    "region": os.environ["VERCEL_REGION"],
    "deployed": bool(os.environ.get("VERCEL")),
}


class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps(SETTINGS, indent=1, ensure_ascii=False)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body.encode("utf-8"))
