"""One WebSocket on the wire: an asyncio protocol over the client's connection.

What its bytes mean is told by the decoder (bindings/asgi/websocket_frames.cpp). Here are the pings,
the flow in both directions, and the closing handshake.
"""

import asyncio
import collections
import os

_TEXT, _BINARY, _PING, _PONG, _CLOSE, _FAILURE = range(6)  # websocket::Event::Kind
_OP_TEXT, _OP_BINARY, _OP_PING, _OP_PONG = 1, 2, 9, 10     # websocket::Opcode

PING_SECONDS = 20    # between pings, and for the answer to one, as on the platform
CLOSE_SECONDS = 10   # for the client's part of the closing handshake
_MOST_MESSAGES = 32  # and bytes, that wait for the app before the client has to
_MOST_WAITING = 1 << 20
_TURN = 16           # messages that an app may send before others have their turn

NORMAL, NO_CODE, LOST, INTERNAL = 1000, 1005, 1006, 1011


class Stream(asyncio.Protocol):
    def __init__(self, native, loop, head, early):
        self._native = native
        self._loop = loop
        self._decode = native.decoder()
        self._head = head        # the 101: it leaves first
        self._early = early      # what came with the client's request
        self._transport = None
        self._messages = collections.deque()
        self._waiting = 0        # bytes in them
        self._news = None        # a future of receive()
        self._room = None        # a future of drain(), while the client does not read
        self._paused = False     # the client is not read
        self._ping = None        # what the client has to send back
        self._timer = None
        self._sent = 0           # messages
        self._said_close = False
        self._farewell = None    # a Close frame that waits for the connection to be made
        self.closed = None       # (code, reason), once no message can follow those that are here

    # ---- what asyncio calls --------------------------------------------------------------------

    def connection_made(self, transport):
        self._transport = transport
        transport.write(self._head)
        if self._farewell is not None:
            return self._begin_closing(self._farewell)
        self._timer = self._loop.call_later(PING_SECONDS, self._tick)
        if self._early:
            self.data_received(self._early)

    def data_received(self, data):
        for kind, value, code in self._decode(data):
            if kind == _TEXT or kind == _BINARY:
                self._take(value)
            elif kind == _PING:
                # Only the last ping needs an answer, and none a client that reads nothing.
                if self._room is None and not self._said_close:
                    self._transport.write(self._native.frame(_OP_PONG, value))
            elif kind == _PONG:
                if value == self._ping:
                    self._ping = None
            elif kind == _CLOSE:
                self._client_closed(code, value)
            else:
                self._fail(code, value)

    def eof_received(self):
        return False  # the transport closes

    def connection_lost(self, error):
        self._end(LOST, "")
        self._set_timer(None)
        self._wake_writers()

    def pause_writing(self):
        self._room = self._loop.create_future()

    def resume_writing(self):
        self._wake_writers()

    def _wake_writers(self):
        room, self._room = self._room, None
        if room is not None and not room.done():
            room.set_result(None)

    # ---- in ------------------------------------------------------------------------------------

    def _take(self, message):
        if self.closed is not None:
            return
        self._messages.append(message)
        self._waiting += len(message)
        if len(self._messages) > _MOST_MESSAGES or self._waiting > _MOST_WAITING:
            self._pause(True)
        self._wake_reader()

    def _pause(self, pause):
        if pause == self._paused or self._transport.is_closing():
            return
        self._paused = pause
        if pause:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    async def receive(self):
        """The next message, or None when there is none and none follows."""
        while not self._messages:
            if self.closed is not None:
                return None
            if self._news is None or self._news.done():
                self._news = self._loop.create_future()
            await asyncio.shield(self._news)
        message = self._messages.popleft()
        self._waiting -= len(message)
        if self._paused and self._waiting <= _MOST_WAITING // 2 and (
                len(self._messages) <= _MOST_MESSAGES // 2):
            self._pause(False)
        return message

    def _wake_reader(self):
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    # ---- out -----------------------------------------------------------------------------------

    async def send(self, opcode, payload):
        self._transport.write(self._native.frame(opcode, payload))
        self._sent += 1
        # A client that reads as fast as the app writes never makes it wait: without a pause neither
        # other requests nor the news of its leaving would ever have their turn.
        if self._transport.is_closing() or self._sent % _TURN == 0:
            await asyncio.sleep(0)
        while self._room is not None:
            await asyncio.shield(self._room)

    async def send_text(self, text):
        await self.send(_OP_TEXT, text.encode())

    async def send_bytes(self, data):
        await self.send(_OP_BINARY, data)

    def _tick(self):
        if self._ping is not None and not self._paused:
            return self._fail(INTERNAL, "keepalive ping timeout")
        if self._ping is None:
            self._ping = os.urandom(4)
            if self._room is None:
                self._transport.write(self._native.frame(_OP_PING, self._ping))
        self._set_timer(PING_SECONDS, self._tick)

    # ---- the end -------------------------------------------------------------------------------

    def close(self, code, reason=""):
        """Begins the closing handshake. What the client still says is of no interest."""
        if self.closed is not None:
            return
        frame = self._native.close_frame(code, reason)  # raises for a code that may not travel
        self._end(code, reason)
        self._messages.clear()
        if self._transport is None:
            self._farewell = frame
        else:
            self._begin_closing(frame)

    def _begin_closing(self, frame):
        self._said_close = True
        self._transport.write(frame)
        self._pause(False)
        self._set_timer(CLOSE_SECONDS, self._transport.abort)

    def _client_closed(self, code, reason):
        self._end(code, reason)
        self._say_close(code, reason)
        self._set_timer(CLOSE_SECONDS, self._transport.abort)  # for a client that reads nothing
        self._transport.close()

    def _fail(self, code, reason):
        self._end(code, reason)
        self._say_close(code, reason)
        # Closing at once would reset the connection under a client that is still sending.
        self._pause(False)
        if self._transport.can_write_eof():
            self._transport.write_eof()
        self._set_timer(CLOSE_SECONDS, self._transport.abort)

    def _say_close(self, code, reason):
        if self._said_close:
            return
        self._said_close = True
        self._transport.write(self._native.close_frame(0 if code == NO_CODE else code, reason))

    def _end(self, code, reason):
        if self.closed is None:
            self.closed = (code, reason)
            self._wake_reader()

    def _set_timer(self, seconds, callback=None):
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if seconds is None else self._loop.call_later(seconds, callback)
