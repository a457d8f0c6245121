import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.append(os.path.join(os.path.dirname(__file__), "..", "src"))

from http.server import BaseHTTPRequestHandler
import json

import helpers                      # lies beside this file
from engine.numbers import median   # lies in ../src


class handler(BaseHTTPRequestHandler):
    def do_POST(self):
        numbers = helpers.read_json(self)["numbers"]
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps({"median": median(numbers), "n": len(numbers)}).encode())
