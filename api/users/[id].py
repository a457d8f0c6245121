"""A dynamic segment: GET /api/users/2

The name of this file, [id].py, matches any one segment of the path. What was there arrives as a
query parameter: the function sees /api/users/2?id=2.
"""

import json
from http.server import BaseHTTPRequestHandler

from api._text import query

USERS = {"1": "Ada Lovelace", "2": "Grace Hopper", "3": "Katherine Johnson"}


class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        user_id = query(self.path)["id"]
        name = USERS.get(user_id)
        if name is None:
            status, value = 404, {"error": f"there is no user {user_id}"}
        else:
            status, value = 200, {"id": user_id, "name": name}
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(value).encode("utf-8"))
