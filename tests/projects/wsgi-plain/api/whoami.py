"""What a request looks like from inside, without any framework."""
from html import escape
from urllib.parse import parse_qs


def application(environ, start_response):
    query = parse_qs(environ.get("QUERY_STRING", ""))
    name = query.get("name", ["stranger"])[0]
    lines = ["<h1>Hello, %s</h1>" % escape(name), "<ul>"]
    for key in sorted(environ):
        if key.startswith("HTTP_X_MY_"):
            lines.append("<li>%s: %s</li>" % (key, escape(environ[key])))
    lines.append("</ul>")
    body = "\n".join(lines).encode("utf-8")
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8"),
                              ("Content-Length", str(len(body)))])
    return [body]
