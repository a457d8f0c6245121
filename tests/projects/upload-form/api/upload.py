"""Takes a form with a file. cgi has left the standard library, email can do the same."""
from http.server import BaseHTTPRequestHandler

try:
    import warnings
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import cgi
except ImportError:
    cgi = None
    from email.parser import BytesParser


class handler(BaseHTTPRequestHandler):
    def do_POST(self):
        if cgi:
            form = cgi.FieldStorage(fp=self.rfile, headers=self.headers, environ={
                "REQUEST_METHOD": "POST", "CONTENT_TYPE": self.headers["Content-Type"],
                "CONTENT_LENGTH": self.headers["Content-Length"],
            })
            title = form["title"].value
            name, data = form["file"].filename, form["file"].file.read()
        else:
            title, name, data = self.parse_with_email()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(f"{title}: {name}, {len(data)} bytes, {data[:4]!r}".encode())

    def parse_with_email(self):
        head = b"Content-Type: " + self.headers["Content-Type"].encode() + b"\r\n\r\n"
        body = self.rfile.read(int(self.headers["Content-Length"]))
        parts = {part.get_param("name", header="content-disposition"): part
                 for part in BytesParser().parsebytes(head + body).get_payload()}
        file = parts["file"]
        return (parts["title"].get_payload(decode=True).decode(), file.get_filename(),
                file.get_payload(decode=True))
