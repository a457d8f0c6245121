import json
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlparse, parse_qs

items = {}
next_id = 1


class handler(BaseHTTPRequestHandler):

    def _cors(self):
        self.send_header('Access-Control-Allow-Origin', '*')
        self.send_header('Access-Control-Allow-Methods', 'GET, POST, PUT, PATCH, DELETE, OPTIONS')
        self.send_header('Access-Control-Allow-Headers', 'Content-Type, Authorization')

    def _send_json(self, data, status=200):
        payload = json.dumps(data).encode('utf-8')
        self.send_response(status)
        self._cors()
        self.send_header('Content-Type', 'application/json; charset=utf-8')
        self.send_header('Content-Length', str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def _body(self):
        n = int(self.headers.get('Content-Length', 0))
        return json.loads(self.rfile.read(n) or b'{}')

    def _id(self):
        return parse_qs(urlparse(self.path).query).get('id', [None])[0]

    def log_message(self, format, *args):
        pass

    def do_OPTIONS(self):
        self.send_response(204)
        self._cors()
        self.send_header('Access-Control-Max-Age', '86400')
        self.end_headers()

    def do_GET(self):
        wanted = self._id()
        if wanted is None:
            return self._send_json(list(items.values()))
        if wanted not in items:
            return self._send_json({'error': 'not found'}, 404)
        return self._send_json(items[wanted])

    def do_POST(self):
        global next_id
        try:
            item = self._body()
        except json.JSONDecodeError:
            return self._send_json({'error': 'bad json'}, 400)
        item['id'] = str(next_id)
        items[item['id']] = item
        next_id += 1
        return self._send_json(item, 201)

    def do_PUT(self):
        items[self._id()] = dict(self._body(), id=self._id())
        return self._send_json(items[self._id()])

    def do_PATCH(self):
        items[self._id()].update(self._body())
        return self._send_json(items[self._id()])

    def do_DELETE(self):
        items.pop(self._id(), None)
        self.send_response(204)
        self._cors()
        self.end_headers()
