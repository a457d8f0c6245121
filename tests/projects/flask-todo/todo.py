import os
import sqlite3
import tempfile

from flask import Flask, abort, g, jsonify, request

app = Flask(__name__)
DATABASE = os.path.join(tempfile.gettempdir(), "todo.db")


def db():
    if "db" not in g:
        g.db = sqlite3.connect(DATABASE)
        g.db.row_factory = sqlite3.Row
        g.db.execute("CREATE TABLE IF NOT EXISTS todo "
                     "(id INTEGER PRIMARY KEY, title TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0)")
    return g.db


@app.teardown_appcontext
def close_db(error):
    connection = g.pop("db", None)
    if connection is not None:
        connection.close()


def as_json(row):
    return {"id": row["id"], "title": row["title"], "done": bool(row["done"])}


def find(todo_id):
    row = db().execute("SELECT * FROM todo WHERE id = ?", (todo_id,)).fetchone()
    if row is None:
        abort(404, description="no todo %d" % todo_id)
    return row


@app.errorhandler(400)
@app.errorhandler(404)
def as_json_error(error):
    return jsonify(error=error.description), error.code


@app.route("/api/todos", methods=["GET"])
def index():
    rows = db().execute("SELECT * FROM todo ORDER BY id").fetchall()
    return jsonify([as_json(row) for row in rows])


@app.route("/api/todos", methods=["POST"])
def create():
    data = request.get_json(silent=True) or {}
    if not data.get("title"):
        abort(400, description="title is missing")
    with db() as connection:
        cursor = connection.execute("INSERT INTO todo (title) VALUES (?)", (data["title"],))
    app.logger.info("created todo %d", cursor.lastrowid)
    return jsonify(as_json(find(cursor.lastrowid))), 201, {
        "Location": "/api/todos/%d" % cursor.lastrowid}


@app.route("/api/todos/<int:todo_id>", methods=["GET"])
def show(todo_id):
    return as_json(find(todo_id))


@app.route("/api/todos/<int:todo_id>", methods=["PATCH"])
def update(todo_id):
    done = bool(request.get_json()["done"])
    find(todo_id)
    with db() as connection:
        connection.execute("UPDATE todo SET done = ? WHERE id = ?", (done, todo_id))
    return as_json(find(todo_id))


@app.route("/api/todos/<int:todo_id>", methods=["DELETE"])
def delete(todo_id):
    find(todo_id)
    with db() as connection:
        connection.execute("DELETE FROM todo WHERE id = ?", (todo_id,))
    return "", 204


if __name__ == "__main__":
    app.run(debug=True)
