from http.server import BaseHTTPRequestHandler
from urllib import parse

class handler(BaseHTTPRequestHandler):
	def do_GET(self):
		dic = dict(parse.parse_qsl(parse.urlsplit(self.path).query))
		message = '''line one
line two 🚀'''
		if 'shout' in dic:
			message = message.upper()
		self.send_response(200)
		self.send_header('Content-type', 'text/plain')
		self.end_headers()
		self.wfile.write(message.encode('utf-8'))
		return
