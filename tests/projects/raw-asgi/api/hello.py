# No framework at all.
from urllib.parse import parse_qs

count = 0


async def app(scope, receive, send):
    global count
    assert scope["type"] == "http", scope["type"]
    count += 1
    query = parse_qs(scope["query_string"].decode())
    name = query.get("name", ["stranger"])[0]
    await send({
        "type": "http.response.start",
        "status": 200,
        "headers": [(b"content-type", b"text/plain; charset=utf-8"), (b"X-Count", b"%d" % count)],
    })
    await send({"type": "http.response.body", "body": f"Hello, {name}!".encode()})
