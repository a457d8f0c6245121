import json
import os
import sqlite3
import tempfile
from http.server import BaseHTTPRequestHandler
from pathlib import Path

HERE = Path(__file__).parent
log = open("requests.log", "a")


class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        with open(os.path.join(os.path.dirname(__file__), "state.json"), "w") as state:
            json.dump({}, state)
        Path("uploads").mkdir(exist_ok=True)
        sqlite3.connect("notes.db")
        open("template.txt").read()
        open("public/page.html").read()
        open("notes.txt").read()
        (HERE / "template.txt").read_text()
        with open(os.path.join(tempfile.gettempdir(), "fine.txt"), "w") as fine:
            fine.write("fine")
        open("/tmp/fine.txt", "w").close()
        if not os.environ.get("VERCEL"):
            open("only-here.txt", "w").close()
        try:
            open("perhaps.txt", "w").close()
        except OSError:
            pass
        open("meant.txt", "w").close()  # localfn: ignore[write-outside-tmp]
        open("slip.txt", "w").close()  # localfn: ignore[write-outside-temp]
