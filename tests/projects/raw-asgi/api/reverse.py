class Reverse:
    """Sends a request's body back, last line first."""

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            return await self.lifespan(scope, receive, send)
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        await send({"type": "http.response.start", "status": 200})
        for line in reversed(body.splitlines()):
            await send({"type": "http.response.body", "body": line + scope["state"]["end"],
                        "more_body": True})
        await send({"type": "http.response.body"})

    async def lifespan(self, scope, receive, send):
        scope["state"]["end"] = b"\n"
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})


app = Reverse()
