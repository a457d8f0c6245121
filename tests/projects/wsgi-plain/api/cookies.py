from http.cookies import SimpleCookie


class Counted:
    """Middleware: a header with the number of requests of this instance."""

    def __init__(self, inner):
        self.inner = inner
        self.requests = 0

    def __call__(self, environ, start_response):
        self.requests += 1

        def start(status, headers, exc_info=None):
            return start_response(status, headers + [("X-Requests", str(self.requests))], exc_info)

        return self.inner(environ, start)


def visits(environ, start_response):
    cookie = SimpleCookie(environ.get("HTTP_COOKIE", ""))
    seen = int(cookie["visits"].value) + 1 if "visits" in cookie else 1
    start_response("200 OK", [("Content-Type", "text/plain"),
                              ("Set-Cookie", "visits=%d; Path=/" % seen),
                              ("Set-Cookie", "last=now; HttpOnly")])
    yield b"visit number "
    yield b"%d" % seen


app = Counted(visits)

if __name__ == "__main__":
    from wsgiref.simple_server import make_server
    make_server("", 8000, app).serve_forever()
