import json
import os
import sqlite3
import tempfile
from contextlib import closing
from http.server import BaseHTTPRequestHandler

# the project's own folder is read-only once deployed
DB = os.path.join(tempfile.gettempdir(), "notes.db")


def connect():
    db = sqlite3.connect(DB, timeout=5)
    db.row_factory = sqlite3.Row
    db.execute("CREATE TABLE IF NOT EXISTS note (id INTEGER PRIMARY KEY, text TEXT NOT NULL)")
    return db


class handler(BaseHTTPRequestHandler):
    def do_GET(self):
        with closing(connect()) as db:
            rows = [dict(row) for row in db.execute("SELECT id, text FROM note ORDER BY id")]
        self.reply(200, rows)

    def do_POST(self):
        text = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0)))).get("text")
        try:
            with closing(connect()) as db, db:
                new = db.execute("INSERT INTO note (text) VALUES (?)", (text,)).lastrowid
        except sqlite3.IntegrityError as e:
            self.reply(422, {"error": str(e)})
        else:
            self.reply(201, {"id": new})

    def reply(self, status, value):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(value).encode())
