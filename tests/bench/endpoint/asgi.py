"""The endpoint of the bench as a raw ASGI callable: uvicorn serves it."""
from urllib.parse import parse_qs


async def app(scope, receive, send):
    query = parse_qs(scope["query_string"].decode("latin-1"))
    body = f"Hello, {query.get('name', ['world'])[0]}!".encode()
    await send({"type": "http.response.start", "status": 200,
                "headers": [(b"content-type", b"text/plain; charset=utf-8"),
                            (b"content-length", str(len(body)).encode())]})
    await send({"type": "http.response.body", "body": body})
