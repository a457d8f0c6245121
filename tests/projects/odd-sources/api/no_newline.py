import http.server
class handler(http.server.BaseHTTPRequestHandler):
 def do_GET(s): s.send_response(200); s.end_headers(); s.wfile.write(b'tight')