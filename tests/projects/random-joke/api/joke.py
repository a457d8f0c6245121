"""/api/joke or /api/joke?category=space"""
from http.server import BaseHTTPRequestHandler
from urllib import parse
import random

JOKES = {
    "space": ["The moon follows the champion around for autographs."],
    "food": ["Onions cry when the champion cuts them.", "The champion counted to infinity at lunch. Twice."],
}
seen = []


class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        dic = dict(parse.parse_qsl(parse.urlsplit(self.path).query))
        category = dic.get("category")
        if category and category not in JOKES:
            self.send_response(400)
            self.send_header("Content-type", "text/plain")
            self.end_headers()
            self.wfile.write(b"no jokes about ")
            self.wfile.write(category.encode())
            return
        jokes = JOKES[category] if category else sum(JOKES.values(), [])
        joke = random.choice(jokes)
        seen.append(joke)
        self.send_response(200)
        self.send_header("Content-type", "text/plain")
        self.send_header("X-Jokes-Told", len(seen))
        self.end_headers()
        self.wfile.write(joke.encode())
        return
