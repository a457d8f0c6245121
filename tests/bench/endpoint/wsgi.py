"""The endpoint of the bench as a WSGI callable: gunicorn and uwsgi serve it."""
from urllib.parse import parse_qs


def application(environ, start_response):
    query = parse_qs(environ["QUERY_STRING"])
    body = f"Hello, {query.get('name', ['world'])[0]}!".encode()
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8"),
                              ("Content-Length", str(len(body)))])
    return [body]
