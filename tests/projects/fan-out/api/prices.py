"""Asks several sources at once and adds up what they say."""
import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from http.server import BaseHTTPRequestHandler
from urllib.request import urlopen

SOURCES = ["north", "south", "east"]
totals = []
lock = threading.Lock()


def ask(source):
    with urlopen(f"http://{os.environ['VERCEL_URL']}/api/source/{source}", timeout=15) as answer:
        return source, json.load(answer)["price"]


class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        prices = {}
        with ThreadPoolExecutor(max_workers=len(SOURCES)) as pool:
            for future in as_completed([pool.submit(ask, source) for source in SOURCES]):
                source, price = future.result()
                prices[source] = price
        note = threading.Thread(target=self.remember, args=(sum(prices.values()),))
        note.start()
        note.join()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps({"prices": prices, "totals": totals}, sort_keys=True).encode())

    def remember(self, total):
        with lock:
            totals.append(total)
