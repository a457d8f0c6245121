"""The endpoint of the bench as a Flask application: gunicorn and localfn serve it."""
from flask import Flask, request

app = Flask(__name__)


@app.route("/api/<function>")
def hello(function):
    return f"Hello, {request.args.get('name', 'world')}!"
