import html
import pathlib
from http.server import BaseHTTPRequestHandler
from string import Template
from urllib.parse import parse_qsl, urlsplit


class handler(BaseHTTPRequestHandler):
    # read once, while importing
    template = Template(pathlib.Path("templates/page.html").read_text(encoding="utf-8"))
    cache = {}

    def do_GET(self):
        args = dict(parse_qsl(urlsplit(self.path).query))
        name = args.get("name", "you")
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("X-Cache", "hit" if name in self.cache else "miss")
        self.end_headers()
        self.wfile.write(self.render(name).encode("utf-8"))

    @classmethod
    def render(cls, name):
        if name not in cls.cache:
            cls.cache[name] = cls.template.substitute(name=html.escape(name), count=len(cls.cache))
        return cls.cache[name]
