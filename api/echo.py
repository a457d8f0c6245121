"""A POST that answers in JSON: it sends back what it was sent.

curl -d '{"fruit": "apple"}' http://127.0.0.1:3000/api/echo
"""

import json
from http.server import BaseHTTPRequestHandler


class handler(BaseHTTPRequestHandler):
    def do_POST(self):
        # The body is a stream of bytes; Content-Length says how many belong to this request.
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        try:
            received = json.loads(body)
        except ValueError as error:
            self.answer(400, {"error": f"the body is not JSON: {error}"})
            return
        self.answer(200, {"received": received, "bytes": len(body)})

    # There is no do_GET, so opening this address in a browser answers 501: unsupported method.

    def answer(self, status, value):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(value, ensure_ascii=False).encode("utf-8"))
