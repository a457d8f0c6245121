import json
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlparse

from . import Forecast
from .data.cities import CITIES


class WeatherError(Exception):
    status = 404


class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            status, value = 200, self.forecast().as_dict()
        except WeatherError as error:
            status, value = error.status, {"error": str(error)}
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(value).encode())

    def forecast(self):
        city = parse_qs(urlparse(self.path).query).get("city", ["nowhere"])[0]
        if city not in CITIES:
            raise WeatherError(f"no weather in {city}")
        return Forecast(city, CITIES[city])
