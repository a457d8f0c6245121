"""The client's connection, as a WSGI app gets it when a WebSocket is asked for.

The app finds it under environ['werkzeug.socket'] and environ['gunicorn.socket']; its library writes
the 101 itself. With that the request is over for the host, and the connection is the app's own.
"""

import errno
import os
import socket
import struct
import threading

_SWITCHES = (b"HTTP/1.1 101", b"HTTP/1.0 101")
_GOODBYE = b"\x88\x02\x03\xf4"  # a Close frame with 1012, service restart
_NO_LIMIT = struct.pack("@ll", 0, 0)


class Connection(socket.socket):
    """`answer(bytes)` writes to the host as the app's raw response, `accepted()` tells it of the 101."""

    def __init__(self, fd, early, answer, accepted):
        super().__init__(fileno=fd)
        # The host's own limit for a silent client. That for sending stays while the host may answer.
        self.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _NO_LIMIT)
        self._early = early
        self._answer = answer
        self._accepted = accepted
        self._upgraded = False
        self._sending = threading.Lock()

    # ---- out -----------------------------------------------------------------------------------

    def send(self, data, flags=0):
        with self._sending:
            if self._own(data):
                return super().send(data, flags)
        return self._respond(data)

    def sendall(self, data, flags=0):
        with self._sending:
            if self._own(data):
                return super().sendall(data, flags)
        self._respond(data)

    def sendmsg(self, buffers, *rest):
        whole = b"".join(buffers)
        with self._sending:
            if self._own(whole):
                return super().sendmsg([whole], *rest)
        return self._respond(whole)

    def _own(self, data):
        """Whether these bytes go to the client directly; the first ones decide."""
        if self._upgraded:
            return True
        if self._answer is None:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        if bytes(memoryview(data).cast("B")[:12]) not in _SWITCHES:
            return False
        self._upgraded = True
        self.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _NO_LIMIT)
        self._accepted()
        return True

    def _respond(self, data):
        answer = self._answer
        if answer is None:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        answer(data)
        return memoryview(data).nbytes

    # ---- in ------------------------------------------------------------------------------------

    def recv(self, size, flags=0):
        if not self._early:
            return super().recv(size, flags)
        data = self._early[:size]
        if not flags & socket.MSG_PEEK:
            self._early = self._early[size:]
        return data

    def recv_into(self, buffer, nbytes=0, flags=0):
        if not self._early:
            return super().recv_into(buffer, nbytes, flags)
        view = memoryview(buffer).cast("B")
        data = self.recv(min(nbytes or len(view), len(view)), flags)
        view[:len(data)] = data
        return len(data)

    # ---- the end -------------------------------------------------------------------------------

    def finish(self):
        """The app has returned. True when the connection was its own: it ends here then."""
        if self._upgraded:
            self._shut(socket.SHUT_WR)  # also wakes another thread that is stuck in a send
        with self._sending:
            self._accepted = self._answer = None
        self.close()
        return self._upgraded

    def depart(self):
        """The instance is to leave: whoever reads or writes here comes to an end."""
        if not self._upgraded:
            return
        # Not into the middle of a frame.
        if self._sending.acquire(blocking=False):
            try:
                super().send(_GOODBYE, socket.MSG_DONTWAIT)
            except OSError:
                pass
            finally:
                self._sending.release()
        self._shut(socket.SHUT_RDWR)

    def _shut(self, how):
        try:
            self.shutdown(how)
        except OSError:
            pass  # the client, or the app itself, has been faster
