"""A warm instance: GET /api/counter, several times

This file is imported once, when its first request starts an instance (a cold start). Later
requests find the instance warm and its variables as they were left. Save the file, or wait until
the instance is retired, and the counting begins anew: so never keep anything here that must last.
"""

from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler

from api._text import send_text

STARTED = datetime.now(timezone.utc)
count = 0


class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        global count
        count += 1
        temperature = "a cold start" if count == 1 else "warm"
        send_text(self, f"Request {count} of the instance started at {STARTED:%H:%M:%S} UTC: "
                        f"{temperature}.")
