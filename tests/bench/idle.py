"""Many connections at once: a burst of new ones, and a crowd that stays open and says nothing."""
from __future__ import annotations

import contextlib
import dataclasses
import os
import resource
import selectors
import socket
import statistics
import time

import client
import memory

SAMPLES = 400  # requests of the one more connection, each round
SAMPLE_SECONDS = 3  # fewer requests where they are slow
UNCHANGED = 1.25  # a ratio of medians below it is noise


@dataclasses.dataclass
class Result:
    connections: int
    pss_mib: float
    alone_us: float
    crowded_us: float

    def is_unchanged(self) -> bool:
        return self.crowded_us <= self.alone_us * UNCHANGED


def run(server, connections: int, rounds: int) -> Result:
    """Memory with the crowd, and the latency of one more connection without and with it.

    The server and this process should share one processor: wake-ups between two vary more than
    what is looked for.
    """
    _allow_descriptors(connections + 100)
    alone, crowded, sizes = [], [], []
    for _ in range(rounds):
        alone.append(_latency_us(server.port))
        with contextlib.ExitStack() as crowd:
            for _ in range(connections):
                member = crowd.enter_context(client.Connection(server.port))
                member.get()
            crowded.append(_latency_us(server.port))
            sizes.append(memory.pss_mib(memory.tree(server.child.pid)))
    return Result(connections, max(sizes), statistics.median(alone), statistics.median(crowded))


@contextlib.contextmanager
def on_cpu(cpu: int):
    """This process on one processor only, as long as it lasts."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {cpu})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def burst_ms(port: int, connections: int) -> float:
    """Connects that many at the same time, one request each: when the last answer has come."""
    request = f"GET {client.TARGET} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    begin = time.perf_counter()
    with selectors.DefaultSelector() as selector, contextlib.ExitStack() as stack:
        for _ in range(connections):
            opened = stack.enter_context(socket.socket())
            opened.setblocking(False)
            opened.connect_ex(("127.0.0.1", port))
            selector.register(opened, selectors.EVENT_WRITE)
        while selector.get_map():
            ready = selector.select(timeout=10)
            if not ready:
                raise client.ClientError(f"{len(selector.get_map())} of {connections} connections "
                                         "got no answer within 10 s")
            for key, events in ready:
                _advance(selector, key.fileobj, events, request)
    return (time.perf_counter() - begin) * 1000


def _advance(selector, opened: socket.socket, events: int, request: bytes) -> None:
    if events & selectors.EVENT_WRITE:
        opened.sendall(request)  # far smaller than a socket's buffer: it never blocks
        selector.modify(opened, selectors.EVENT_READ)
        return
    answer = opened.recv(65536)
    if not answer.startswith(b"HTTP/1.1 200"):
        raise client.ClientError(f"a burst connection was answered {answer[:60]!r}")
    selector.unregister(opened)


def _latency_us(port: int) -> float:
    times = []
    end = time.monotonic() + SAMPLE_SECONDS
    with client.Connection(port) as connection:
        connection.get()
        while len(times) < SAMPLES and (not times or time.monotonic() < end):
            times.append(connection.timed_get()[0])
    return statistics.median(times) * 1000


def _allow_descriptors(count: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < count:
        raise client.ClientError(f"cannot open {count} descriptors: the hard limit is {hard}")
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
