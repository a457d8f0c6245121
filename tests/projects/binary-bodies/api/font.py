import shutil
from http.server import BaseHTTPRequestHandler


class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "font/otf")
        self.end_headers()
        with open("assets/tiny.otf", "rb") as font:
            shutil.copyfileobj(font, self.wfile)
