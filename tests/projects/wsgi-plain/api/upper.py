"""A class as the application: each request makes an object, which is then iterated over."""


class Upper:
    def __init__(self, environ, start_response):
        self.environ = environ
        self.start_response = start_response

    def __iter__(self):
        if self.environ["REQUEST_METHOD"] != "POST":
            self.start_response("405 Method Not Allowed", [("Allow", "POST")])
            return
        self.start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
        for line in self.environ["wsgi.input"]:
            yield line.decode("utf-8").upper().encode("utf-8")


app = Upper
