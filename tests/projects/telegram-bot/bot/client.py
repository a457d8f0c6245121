import asyncio


class Bot:
    """Keeps what it would send; the real one talks to the network."""

    def __init__(self, token):
        self.token = token
        self.sent = []

    async def __aenter__(self):
        self._lock = asyncio.Lock()
        return self

    async def __aexit__(self, *exc):
        self._lock = None

    async def send_message(self, chat_id, text):
        async with self._lock:
            await asyncio.sleep(0)
            self.sent.append({"chat": chat_id, "text": text})
