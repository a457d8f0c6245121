import zipfile
from http.server import BaseHTTPRequestHandler


class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "application/zip")
        self.send_header("Content-Disposition", 'attachment; filename="notes.zip"')
        self.end_headers()
        # the library writes to the answer as it would to a file
        with zipfile.ZipFile(self.wfile, "w") as archive:
            for name in ("one.txt", "two.txt"):
                archive.writestr(zipfile.ZipInfo(name), "note " + name)
