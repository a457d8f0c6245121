"""Ein Gruß – mit BOM."""
from http.server import BaseHTTPRequestHandler


class Handler(BaseHTTPRequestHandler):
    grüße = {"de": "Grüß Gott", "ar": "مرحبا", "ja": "こんにちは", "🏴": "ahoy"}

    def do_GET(self):
        for sprache in self.grüße:
            if self.path.endswith("lang=" + sprache):
                break
        self.send_response(200)
        self.send_header("Content-Type", "text/plain;charset=utf-8")
        self.end_headers()
        self.wfile.write(self.grüße[sprache].encode())
