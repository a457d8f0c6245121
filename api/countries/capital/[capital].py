"""Countries by capital: GET /api/countries/capital/lima"""

from http.server import BaseHTTPRequestHandler

from api._text import query
from api.countries._search import by_capital, send_countries


class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        send_countries(self, by_capital(query(self.path)["capital"]))
