"""What several examples share.

A file whose name begins with "_" is never a function: there is no /api/_text. It can be
imported, and because every function starts in the project's folder the import is written from
there: `from api._text import ...`.
"""

from urllib.parse import parse_qsl, urlsplit


def query(path):
    """The query string of `path` as a dict: "/api/hello?name=Ada" gives {"name": "Ada"}."""
    return dict(parse_qsl(urlsplit(path).query))


def send_text(handler, text, status=200):
    """Answers with plain text. The charset tells the browser how to read the bytes."""
    handler.send_response(status)
    handler.send_header("Content-Type", "text/plain; charset=utf-8")
    handler.end_headers()
    handler.wfile.write(text.encode("utf-8"))
