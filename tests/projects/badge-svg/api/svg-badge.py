from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlparse
from xml.sax.saxutils import escape

WIDTH = {"i": 4, "l": 4, ".": 4, " ": 4, "m": 11, "w": 10}


def text_width(text):
    return sum(WIDTH.get(letter, 7) for letter in text)


def badge(label, value, color):
    left, right = text_width(label) + 12, text_width(value) + 12
    return f'''<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img">
  <title>{escape(label)}: {escape(value)}</title>
  <rect width="{left}" height="20" fill="#444"/>
  <rect x="{left}" width="{right}" height="20" fill="{escape(color)}"/>
  <g fill="#fff" font-family="Verdana, sans-serif" font-size="11">
    <text x="6" y="14">{escape(label)}</text><text x="{left + 6}" y="14">{escape(value)}</text>
  </g>
</svg>'''


class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        query = parse_qs(urlparse(self.path).query, keep_blank_values=True)
        first = lambda name, default: query.get(name, [default])[0]
        svg = badge(first("label", "build"), first("value", "passing"), first("color", "#2a7"))
        data = svg.encode("utf-8")
        self.send_response(200)
        self.send_header("Content-Type", "image/svg+xml")
        self.send_header("Cache-Control", "public, s-maxage=3600, stale-while-revalidate=60")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
