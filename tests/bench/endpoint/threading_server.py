"""Serves the handler class with the standard library's ThreadingHTTPServer, all defaults kept.

The defaults mean HTTP/1.0, a thread and a connection for each request, the access line on stderr.
"""
import sys
from http.server import ThreadingHTTPServer

sys.path.insert(0, sys.path[0] + "/api")
from hello import handler  # noqa: E402  (found only through the line above)

server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
print(f"listening on port {server.server_port}", flush=True)
server.serve_forever()
