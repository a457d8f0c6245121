#!/usr/bin/env python3
"""Also runs on its own: python3 api/server.py"""
import argparse
from http.server import BaseHTTPRequestHandler, HTTPServer


class handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = b"served by a class, wherever it runs"
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_HEAD(self):
        self.send_response(200)
        self.send_header("Content-Length", "35")
        self.end_headers()


def run(server_class=HTTPServer, handler_class=handler, port=8000):
    server_class(("", port), handler_class).serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8000)
    run(port=parser.parse_args().port)
