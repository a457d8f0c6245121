# a small router on self.path, without any framework
import json
import re
from http.server import BaseHTTPRequestHandler

ROUTES = []


def route(method, pattern):
    def remember(function):
        ROUTES.append((method, re.compile(pattern + r"$"), function))
        return function
    return remember


@route("GET", r"/api/shop/products")
def products(request):
    return 200, ["tea", "mug"]


@route("GET", r"/api/shop/(?P<name>[a-z]+)-(?P<size>\d+)")
def sized(request, name, size):
    return 200, {"name": name, "size": int(size)}


@route("POST", r"/api/shop/orders")
def order(request):
    length = int(request.headers.get("Content-Length", "0"))
    return 201, {"order": json.loads(request.rfile.read(length).decode())}


class handler(BaseHTTPRequestHandler):
    def dispatch(self):
        path = self.path.split("?", 1)[0]
        for method, pattern, function in ROUTES:
            match = pattern.match(path)
            if match and method == self.command:
                return self.send(*function(self, **match.groupdict()))
        return self.send(404, {"error": f"no {self.command} {path}"})

    do_GET = do_POST = do_PUT = dispatch

    def send(self, status, value):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(value).encode())
