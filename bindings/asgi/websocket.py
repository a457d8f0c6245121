"""One WebSocket of an ASGI app: its receive() and send(), and how it ended.

The messages, their order and the texts of errors are those of the platform's server (uvicorn). Until
the app accepts, it is a request like any other, and what it answers goes through an Exchange. With
the 101 the request is over for the host; the connection is this process's own from there on.
"""

import base64
import binascii
import hashlib
import socket

COMPLETE, RAISED, NO_RESPONSE, BAD_RESPONSE = 1, 2, 3, 4  # wire::Result

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3
_OURS = (b"connection", b"upgrade", b"sec-websocket-accept", b"sec-websocket-extensions",
         b"sec-websocket-protocol")
_AFTER_CLOSE = ("Unexpected ASGI message '%s', after sending 'websocket.close' or response already "
                "completed.")


class ClientDisconnected(OSError):
    """What send() raises once the client has gone, by version 2.4 of the specification."""


def websocket_scope(scope):
    """Makes an http scope one of type websocket."""
    del scope["method"]
    headers = scope["headers"]
    offered = b",".join(value for name, value in headers if name == b"sec-websocket-protocol")
    scope["type"] = "websocket"
    scope["asgi"]["spec_version"] = "2.4"
    scope["scheme"] = "wss" if scope["scheme"] in ("https", "wss") else "ws"
    scope["subprotocols"] = [each.strip() for each in offered.decode("latin-1").split(",")
                             if each.strip()]
    scope["headers"] = [header for header in headers if header[0] != b"sec-websocket-protocol"]
    scope["extensions"] = {"websocket.http.response": {}}
    return scope


def _all(headers, wanted):
    return [value for name, value in headers if name == wanted]


def _refusal(headers):
    """(status, further headers, text) for a handshake that is none; None for a good one."""
    if _all(headers, b"sec-websocket-version") != [b"13"]:
        return 426, [(b"sec-websocket-version", b"13")], (
            b"Failed to open a WebSocket connection: unsupported Sec-WebSocket-Version.\n")
    keys = _all(headers, b"sec-websocket-key")
    problem = b"missing" if not keys else b"invalid"
    if len(keys) == 1:
        try:
            if len(base64.b64decode(keys[0], validate=True)) == 16:
                return None
        except binascii.Error:
            pass
    return 400, [], (b"Failed to open a WebSocket connection: %s Sec-WebSocket-Key header.\n"
                     % problem)


def _bytes(value):
    return value.encode("ascii") if isinstance(value, str) else bytes(value)


def _header_line(name, value):
    name, value = _bytes(name), _bytes(value)
    if not name or any(byte in b"\r\n\0" for byte in name + value) or b":" in name:
        raise ValueError("header %r: %r cannot be sent" % (name, value))
    return b"%s: %s\r\n" % (name, value)


class WebSocket:
    websocket = True

    def __init__(self, native, loop, number, fd, early, http, make_stream):
        self._native = native
        self._loop = loop
        self._number = number
        self._socket = socket.socket(fileno=fd) if fd >= 0 else None
        self._early = early
        self._http = http        # the Exchange for an answer that is no WebSocket
        self._make_stream = make_stream
        self._key = None
        self._stream = None      # once accepted
        self._waiting = []       # futures of receive(), until it is accepted or refused
        self._connected = False  # the app has been told websocket.connect
        self._closed = False     # the app has sent websocket.close, accepted or not
        self.task = self.coroutine = None

    # ---- what the host tells -------------------------------------------------------------------

    def leave(self):
        self._http.leave()
        self._wake()

    def taken(self, count):
        self._http.taken(count)

    def depart(self):
        """The instance is to leave: 1012, service restart."""
        if self._stream is not None:
            self._stream.close(1012, "")

    def _wake(self):
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    # ---- what the app calls --------------------------------------------------------------------

    async def receive(self):
        if not self._connected:
            self._connected = True
            return {"type": "websocket.connect"}
        while self._stream is None:
            if self._http.gone or self._http.complete:
                return {"type": "websocket.disconnect", "code": 1006, "reason": ""}
            self._waiting.append(self._loop.create_future())
            await self._waiting[-1]
        message = await self._stream.receive()
        if message is None:
            code, reason = self._stream.closed
            return {"type": "websocket.disconnect", "code": code, "reason": reason}
        return {"type": "websocket.receive", "text" if isinstance(message, str) else "bytes": message}

    async def send(self, message):
        kind = message["type"]
        if self._closed:
            raise RuntimeError(_AFTER_CLOSE % kind)
        if self._stream is not None:
            await self._send_message(kind, message)
        elif self._http.started:
            await self._go_on_denying(kind, message)
        elif kind == "websocket.accept":
            await self._accept(message)
        elif kind == "websocket.close":
            self._closed = True
            await self._answer(403, [], b"")
        elif kind == "websocket.http.response.start":
            await self._http.send({"type": "http.response.start", "status": message["status"],
                                   "headers": message.get("headers", ())})
        else:
            raise RuntimeError("Expected ASGI message 'websocket.accept', 'websocket.close' or "
                               "'websocket.http.response.start' but got '%s'." % kind)

    async def _go_on_denying(self, kind, message):
        if self._http.complete:
            raise RuntimeError(_AFTER_CLOSE % kind)
        if kind != "websocket.http.response.body":
            raise RuntimeError("Expected ASGI message 'websocket.http.response.body' but got '%s'."
                               % kind)
        await self._http.send({"type": "http.response.body", "body": message.get("body", b""),
                               "more_body": message.get("more_body", False)})
        if self._http.complete:
            self._wake()

    async def _answer(self, status, headers, body):
        headers = [(b"content-type", b"text/plain; charset=utf-8"),
                   (b"content-length", b"%d" % len(body))] + headers
        await self._http.send({"type": "http.response.start", "status": status, "headers": headers})
        await self._http.send({"type": "http.response.body", "body": body})
        self._wake()

    async def _accept(self, message):
        head = self._switch(message.get("subprotocol"), message.get("headers", ()))
        if self._http.gone:
            raise ClientDisconnected("the client has gone")
        stream = self._stream = self._make_stream(self._native, self._loop, head, self._early)
        self._native.upgraded(self._number)
        connection, self._socket = self._socket, None
        await self._loop.connect_accepted_socket(lambda: stream, connection)
        self._wake()

    def _switch(self, subprotocol, headers):
        accept = base64.b64encode(hashlib.sha1(self._key + _GUID).digest())
        lines = [b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                 b"Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n" % accept]
        if subprotocol is not None:
            lines.append(_header_line(b"Sec-WebSocket-Protocol", subprotocol))
        lines.append(b"date: %s\r\nserver: uvicorn\r\n" % self._native.date())
        for name, value in headers:
            if _bytes(name).lower() not in _OURS:
                lines.append(_header_line(name, value))
        return b"".join(lines) + b"\r\n"

    async def _send_message(self, kind, message):
        if kind == "websocket.close":
            self._closed = True
            code = message.get("code", 1000)
            return self._stream.close(1000 if code is None else code, message.get("reason") or "")
        if kind != "websocket.send":
            raise RuntimeError("Expected ASGI message 'websocket.send' or 'websocket.close', but "
                               "got '%s'." % kind)
        if self._stream.closed is not None:
            raise ClientDisconnected("the client has gone")
        data = message.get("bytes")
        if data is not None:
            await self._stream.send_bytes(data)
        else:
            await self._stream.send_text(message["text"])

    # ---- from beginning to end -----------------------------------------------------------------

    async def run(self, app, scope):
        refusal = _refusal(scope["headers"])
        if self._socket is None:
            refusal = 503, [], b"This instance has no room for another connection.\n"
        if refusal is not None:
            await self._answer(*refusal)
            self._let_go()
            return self._http.returned(None)
        self._key = _all(scope["headers"], b"sec-websocket-key")[0]
        try:
            returned = await app(scope, self.receive, self.send)
        except ClientDisconnected:
            self._finish(COMPLETE)
        except BaseException as error:  # also what the platform's server catches here
            self._raised(error)
        else:
            self._returned(returned)

    def _let_go(self):
        """The host answers; this copy of the connection is of no use."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _finish(self, result, error=None, text=None):
        """Of one that was accepted, or whose client has gone before."""
        self._let_go()
        self._native.end(self._number, result, True, False, None, error, text, self._http.cpu)

    def _raised(self, error):
        if self._stream is None:
            self._let_go()
            return self._http.raised(error)
        self._stream.close(1011, "")
        self._finish(RAISED, error=error)

    def _returned(self, value):
        if self._stream is None:
            self._let_go()
            if self._http.started or self._http.gone:
                return self._http.returned(value)
            return self._http.refuse("ASGI callable returned without sending handshake.")
        self._stream.close(1000, "")
        if value is None:
            return self._finish(COMPLETE)
        self._finish(BAD_RESPONSE,
                     text="ASGI callable should return None, but returned '%s'." % (value,))
