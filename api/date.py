"""Today's date: GET /api/date, or GET /api/date?days=100 for a day in the future.

Functions run in UTC, here as on the platform: what your own clock says does not matter.
"""

from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler

from api._text import query, send_text


class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            days = int(query(self.path).get("days", 0))
            day = datetime.now(timezone.utc) + timedelta(days=days)
        except (ValueError, OverflowError):
            # What a client sends is never to be trusted: say what is wrong, with status 400.
            send_text(self, "days must be a whole number that still gives a date", status=400)
            return
        send_text(self, day.strftime("%A, %d %B %Y, %H:%M UTC"))
