from http.server import BaseHTTPRequestHandler


class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        path = self.path.split('?')[0]
        if path == '/api':
            self.reply(200, 'index')
        elif path.startswith('/api/index'):
            self.reply(200, 'index by name')
        elif path.rstrip('/') == '/api':
            self.reply(200, 'index with a slash')
        else:
            self.reply(404, 'no route')

    def reply(self, code, text):
        self.send_response(code)
        self.end_headers()
        self.wfile.write(text.encode())
