"""The lifespan protocol: startup before the first request, shutdown when the instance leaves.

As in the platform's server with `lifespan="auto"`: an app that raises does not speak it.
"""

import asyncio

_WRONG_STATE = "Got invalid state transition on lifespan protocol."
_LAST_WORDS = 1.0  # seconds in which an app whose startup failed may raise what it failed with


class Lifespan:
    def __init__(self, app):
        self._app = app
        self._started = asyncio.Event()
        self._stopped = asyncio.Event()
        self._messages = asyncio.Queue()
        self._task = None
        self.state = {}
        self.failed = False
        self.error = None  # what the app raised
        self.message = ""

    async def startup(self):
        """Returns whether the app may be served."""
        self._task = asyncio.get_running_loop().create_task(self._main())
        await self._messages.put({"type": "lifespan.startup"})
        await self._started.wait()
        if self.failed:
            await asyncio.wait({self._task}, timeout=_LAST_WORDS)
        return not self.failed

    async def shutdown(self):
        if self.error is not None or self._task.done():
            return
        await self._messages.put({"type": "lifespan.shutdown"})
        await self._stopped.wait()

    async def _main(self):
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"},
                 "state": self.state}
        try:
            await self._app(scope, self._messages.get, self._send)
        except BaseException as error:
            self.error = error
        finally:
            self._started.set()
            self._stopped.set()

    async def _send(self, message):
        kind = message["type"]
        assert kind in ("lifespan.startup.complete", "lifespan.startup.failed",
                        "lifespan.shutdown.complete", "lifespan.shutdown.failed")
        starting = kind.startswith("lifespan.startup.")
        assert self._started.is_set() is not starting, _WRONG_STATE
        assert not self._stopped.is_set(), _WRONG_STATE
        if kind.endswith(".failed"):
            self.message = message.get("message", "")
            self.failed = self.failed or starting
            if not starting and self.message:
                import logging
                logging.getLogger("uvicorn.error").error(self.message)
        (self._started if starting else self._stopped).set()
