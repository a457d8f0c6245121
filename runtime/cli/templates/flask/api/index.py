"""The app behind every path below /api: vercel.json sends them here."""

from flask import Flask, jsonify, request

app = Flask(__name__)


@app.get("/api/hello")
def hello():
    """Greets by name: GET /api/hello?name=Ada"""
    name = request.args.get("name", "world")
    print(f"greeting {name}")  # appears in the terminal, beside its request
    return jsonify(greeting=f"Hello, {name}!")
