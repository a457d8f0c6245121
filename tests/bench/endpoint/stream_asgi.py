"""An ASGI app that streams the time at which it sends each chunk, in ns of the steady clock."""
import asyncio
import time


async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(20):
        await send({"type": "http.response.body", "body": b"%d\n" % time.monotonic_ns(),
                    "more_body": True})
        await asyncio.sleep(0.02)
    await send({"type": "http.response.body", "body": b""})
