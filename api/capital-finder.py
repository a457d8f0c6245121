"""Asking another API: GET /api/capital-finder?country=Chile or ?capital=Santiago

Where that API is comes from the environment, so nothing in here changes when it moves. Without
COUNTRIES_API the function asks api/countries/ of this same project: no network is needed. To ask
the real one instead:

    localfn dev --env COUNTRIES_API=https://restcountries.com/v3.1
"""

import os
from http.server import BaseHTTPRequestHandler
from urllib.parse import quote

from api._text import query, send_text

try:
    import requests
except ImportError:
    # Everything in requirements.txt is there once the project is deployed; at home it has to be
    # installed once. Better a sentence that says so than a traceback.
    requests = None

HERE = "http://" + os.environ.get("VERCEL_URL", "127.0.0.1:3000")
API = os.environ.get("COUNTRIES_API", HERE + "/api/countries")


class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if requests is None:
            send_text(self, "This example needs the package requests. Install it with\n"
                            "    python3 -m pip install -r requirements.txt\n", status=500)
            return
        wanted = query(self.path)
        if "country" in wanted:
            self.find("name", wanted["country"])
        elif "capital" in wanted:
            self.find("capital", wanted["capital"])
        else:
            send_text(self, "Ask with ?country=Chile or with ?capital=Santiago", status=400)

    def find(self, kind, word):
        # quote() because a name may hold spaces, and the timeout because an API may be asleep.
        response = requests.get(f"{API}/{kind}/{quote(word)}", timeout=10)
        if response.status_code == 404:
            send_text(self, f"Nothing is known about {word}.", status=404)
            return
        response.raise_for_status()
        country = response.json()[0]
        name = country["name"]["common"]
        capital = " and ".join(country["capital"])
        if kind == "name":
            send_text(self, f"The capital of {name} is {capital}.")
        else:
            send_text(self, f"{capital} is the capital of {name}.")
