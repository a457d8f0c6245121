"""A WSGI app that streams the time at which it yields each chunk, in ns of the steady clock."""
import time


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    for _ in range(20):
        yield b"%d\n" % time.monotonic_ns()
        time.sleep(0.02)
