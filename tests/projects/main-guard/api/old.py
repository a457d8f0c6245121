from http.server import BaseHTTPRequestHandler, HTTPServer

class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(301)
        self.send_header('Location', '/api/server')
        self.end_headers()

# server = HTTPServer(('', 8000), handler)
# server.serve_forever()
