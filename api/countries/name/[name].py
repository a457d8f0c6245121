"""Countries by name: GET /api/countries/name/peru

Stands in for the restcountries API, so that the examples need no network.
"""

from http.server import BaseHTTPRequestHandler

from api._text import query
from api.countries._search import by_name, send_countries


class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        send_countries(self, by_name(query(self.path)["name"]))
