"""One request of an ASGI app: its receive() and send(), and how it ended.

The messages, their order and the texts of errors are those of the platform's server (uvicorn).
"""

COMPLETE, RAISED, NO_RESPONSE, BAD_RESPONSE = 1, 2, 3, 4  # wire::Result
STREAMS, LAST = 1, 2  # flags of native.body()

_PIECE = 65536  # of a request's body: what the platform's server reads at once
_BYTES = (bytes, bytearray, memoryview)
_NO_BODY = (204, 304)
_ERROR = b"Internal Server Error"
_ERROR_HEADERS = ((b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close"),
                  (b"content-length", b"%d" % len(_ERROR)))


class Exchange:
    websocket = False
    __slots__ = ("_native", "_loop", "_number", "_method", "_shows_page", "cpu", "_body", "_head",
                 "_left", "_room", "_waiting", "_sending", "started", "streamed", "complete",
                 "gone", "task", "coroutine")

    def __init__(self, native, loop, number, method, body, shows_page, cpu, room):
        self._native = native
        self._loop = loop
        self._number = number
        self._method = method
        self._shows_page = shows_page
        self.cpu = cpu
        self._body = body
        self._head = None     # encoded, until it leaves with the first bytes of the body
        self._left = None     # bytes that the app's own Content-Length still promises
        self._room = room     # bytes that may be sent before the host tells of some
        self._waiting = None  # futures of receive() and of a send() without room
        self._sending = False
        self.started = self.streamed = self.complete = self.gone = False

    # ---- what the host tells -------------------------------------------------------------------

    def leave(self):
        """The client has gone."""
        self.gone = True
        self._wake()

    def taken(self, count):
        self._room += count
        self._wake()

    def _wake(self):
        waiting, self._waiting = self._waiting, None
        for future in waiting or ():
            if not future.done():
                future.set_result(None)

    async def _news(self):
        future = self._loop.create_future()
        if self._waiting is None:
            self._waiting = []
        self._waiting.append(future)
        await future

    # ---- what the app calls --------------------------------------------------------------------

    async def receive(self):
        while not (self.gone or self.complete):
            body = self._body
            if body is not None:
                rest = memoryview(body)[_PIECE:] if len(body) > _PIECE else None
                self._body = rest
                return {"type": "http.request", "body": bytes(body[:_PIECE]),
                        "more_body": rest is not None}
            await self._news()
        return {"type": "http.disconnect"}

    async def send(self, message):
        kind = message["type"]
        while self._room <= 0 and not self.gone and not self.complete:
            await self._news()
        if self.gone:
            return
        if not self.started:
            if kind != "http.response.start":
                raise RuntimeError("Expected ASGI message 'http.response.start', but got '%s'."
                                   % kind)
            self._start(message["status"], message.get("headers", ()))
        elif self.complete:
            raise RuntimeError("Unexpected ASGI message '%s' sent, after response already "
                               "completed." % kind)
        elif kind != "http.response.body":
            raise RuntimeError("Expected ASGI message 'http.response.body', but got '%s'." % kind)
        else:
            body, more = message.get("body", b""), message.get("more_body", False)
            if type(body) is not bytes and not isinstance(body, _BYTES):
                raise TypeError("the body of 'http.response.body' must be bytes, not %s"
                                % type(body).__name__)
            self._count(body, more)
            if len(body) > self._room:
                await self._send_large(memoryview(body), more)
            else:
                self._pass_on(body, more)

    def _start(self, status, headers):
        head, length = self._native.head(self._number, status, headers)
        self.started = True
        self._head = head
        if self._method != "HEAD":
            self._left = 0 if status in _NO_BODY else length

    def _count(self, body, more):
        """Holds the app to the length that it has declared."""
        left = self._left
        if left is None:
            return
        if len(body) > left:
            raise RuntimeError("Response content longer than Content-Length")
        self._left = left = left - len(body)
        if left and not more:
            # What there is leaves before the error, as it does there.
            self._pass_on(body, True)
            raise RuntimeError("Response content shorter than Content-Length")

    def _pass_on(self, body, more):
        flags = 0 if more else LAST
        if more and not self.streamed:
            self.streamed = True
            flags = STREAMS
        if self._method == "HEAD":
            body = b""
        if not more:
            self.complete = True
        self._room -= len(body)
        head, self._head = self._head, None
        self._native.body(self._number, head, body, flags)
        if not more:
            self._wake()

    async def _send_large(self, body, more):
        """In pieces for which there is room; others get their turn in between."""
        while not self.gone:
            piece = body[:max(self._room, 0)]
            body = body[len(piece):]
            if not body:
                return self._pass_on(piece, more)
            if piece:
                self._pass_piece(piece)
            while self._room <= 0 and not self.gone:
                await self._news()

    def _pass_piece(self, piece):
        """A part of one message does not make the answer a streamed one."""
        self._room -= len(piece)
        head, self._head = self._head, None
        self._native.body(self._number, head, piece, 0)

    # ---- from beginning to end -----------------------------------------------------------------

    async def run(self, app, scope):
        try:
            returned = await app(scope, self.receive, self.send)
        except BaseException as error:  # also what the platform's server catches here
            self.raised(error)
        else:
            self.returned(returned)
        self._wake()

    def _end(self, result, cut=False, error=None, text=None):
        head, self._head = self._head, None
        self._native.end(self._number, result, self.streamed, cut, head, error, text, self.cpu)

    def raised(self, error):
        if not self.started and not self.gone and not self._shows_page:
            self._answer_500()
            return self._end(RAISED, error=error)
        self._end(RAISED, cut=self.started and not self.complete, error=error)

    def _answer_500(self):
        self._start(500, _ERROR_HEADERS)
        self._left = None
        body = b"" if self._method == "HEAD" else _ERROR
        self._native.body(self._number, self._head, body, 0)
        self._head = None

    def refuse(self, text):
        self._answer_500()
        self._end(BAD_RESPONSE, text=text)

    def returned(self, value):
        if self.complete and value is None:
            self._end(COMPLETE)
        elif value is not None:
            text = "ASGI callable should return None, but returned '%s'." % (value,)
            self._end(BAD_RESPONSE if self.started else NO_RESPONSE,
                      cut=self.started and not self.complete, text=text)
        elif self.gone:
            self._end(COMPLETE)
        elif not self.started:
            self.refuse("ASGI callable returned without starting response.")
        else:
            self._end(BAD_RESPONSE, cut=True,
                      text="ASGI callable returned without completing response.")
