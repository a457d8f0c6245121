"""A small HTTP client over one keep-alive connection, for latencies of single requests."""
from __future__ import annotations

import re
import socket
import time

TARGET = "/api/hello?name=x"


class ClientError(Exception):
    """The server closed, was too slow, or sent what is not an answer."""


class Connection:
    def __init__(self, port: int, timeout: float = 30.0):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""

    def get(self, target: str = TARGET) -> tuple:
        """Sends a GET and reads the whole answer: (status, body)."""
        self._socket.sendall(f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        head = self._read_head()
        lines = head.decode("latin-1").split("\r\n")
        status = int(lines[0].split(" ", 2)[1])
        fields = {name.strip().lower(): value.strip()
                  for name, _, value in (line.partition(":") for line in lines[1:])}
        return status, self._read_body(fields)

    def timed_get(self, target: str = TARGET) -> tuple:
        """(milliseconds from the first byte sent to the last one read, status, body)."""
        begin = time.perf_counter()
        status, body = self.get(target)
        return (time.perf_counter() - begin) * 1000, status, body

    def arrivals(self, target: str) -> list:
        """[(ns of the steady clock when it was there, chunk)] of a chunked answer with status 200."""
        self._socket.sendall(f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        head = self._read_head()
        if not re.match(rb"HTTP/1.1 200 [\s\S]*\r\ntransfer-encoding: chunked", head, re.I):
            raise ClientError(f"{target} is not streamed: {head[:200]!r}")
        found = []
        while chunk := self._read_chunk():
            found.append((time.monotonic_ns(), chunk))
        return found

    def close(self) -> None:
        self._socket.close()

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def _read_head(self) -> bytes:
        while b"\r\n\r\n" not in self._buffer:
            self._receive("a head")
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        return head

    def _read_body(self, fields: dict) -> bytes:
        if fields.get("transfer-encoding", "").lower() == "chunked":
            return self._read_chunks()
        if "content-length" in fields:
            return self._read_exactly(int(fields["content-length"]))
        raise ClientError("cannot tell the end of an answer: it has no length and is not chunked")

    def _read_chunks(self) -> bytes:
        body = b""
        while chunk := self._read_chunk():
            body += chunk
        return body

    def _read_chunk(self) -> bytes:
        while b"\r\n" not in self._buffer:
            self._receive("a chunk")
        size, _, self._buffer = self._buffer.partition(b"\r\n")
        return self._read_exactly(int(size.split(b";")[0], 16) + 2)[:-2]

    def _read_exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._receive("a body")
        body, self._buffer = self._buffer[:size], self._buffer[size:]
        return body

    def _receive(self, what: str) -> None:
        try:
            received = self._socket.recv(65536)
        except TimeoutError as error:
            raise ClientError(f"cannot read {what}: the server was silent too long") from error
        if not received:
            raise ClientError(f"cannot read {what}: the server closed the connection")
        self._buffer += received
