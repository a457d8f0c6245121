from http.server import BaseHTTPRequestHandler
from urllib import parse

class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        dic = dict(parse.parse_qsl(parse.urlsplit(self.path).query))
        if "name" in dic:
            self.send_response(200)
            self.send_header('Content-type', 'text/plain')
            self.end_headers()
            self.wfile.write(f"hi {dic['name']}".encode())
        elif "oops" in dic:
            # self.send_response(400)
            self.wfile.write("you forgot something".encode())
        # and nothing at all otherwise

    def do_OPTIONS(self):
        # a status line would be nice
        self.send_header('Access-Control-Allow-Origin', '*')
        self.end_headers()

    def do_Post(self):
        self.send_response(200)
        self.end_headers()
