"""How long a person waits: for the first answer after the start, and for a cold function."""
from __future__ import annotations

import os
import re
import select
import time

import client
import peers
import process
import projects


def first_answer_ms(localfn: str, project: str = peers.ENDPOINT) -> float:
    """From the start of `localfn dev` to the end of the first 200 of a Python function."""
    peer = peers.localfn(localfn, project)
    begin = time.perf_counter()
    with process.Child("localfn", peer.command(0), None, peer.directory,
                       process.plain_environment()) as child:
        port = _ready_port(child.stderr, peer.port_in_log, peers.START_SECONDS)
        with client.Connection(port) as connection:
            status, body = connection.get()
        elapsed = (time.perf_counter() - begin) * 1000
    if (status, body) != (200, b"Hello, x!"):
        raise client.ClientError(f"the first answer was {status} {body!r}")
    return elapsed


# Between two cold starts, where each is measured by itself: long enough for the zygote to have made
# its next spare. A person who opens one page after another pauses longer.
REST_SECONDS = 0.2


def cold_answers_ms(localfn: str, folder: str, functions: int, rest_seconds: float) -> list:
    """The first request of each of `functions` functions, while the server and another are warm."""
    project = projects.of_functions(folder, functions + 1)
    with projects.serving(localfn, project, folder) as server:
        return projects.ask_each(server.port, functions + 1, rest_seconds)[1:]


KINDS = {"handler": os.path.join("api", "hello.py"), "flask": "flask_app.py",
         "fastapi": "fastapi_app.py"}


def learned_answers_ms(localfn: str, folder: str, functions: int) -> dict:
    """{kind: the first request of each of `functions` functions}, one kind after the other in turns.

    One function of each kind has answered before, and localfn has learned what it imports.
    """
    project = projects.of_kinds(folder, KINDS, functions)
    peer = peers.localfn(localfn, project, options=("--debug",))
    times: dict = {kind: [] for kind in KINDS}
    with peers.Server(peer, folder) as server, client.Connection(server.port) as connection:
        learned = ""
        for kind in KINDS:
            projects.ask(connection, f"{kind}0")
            if kind != "handler":
                learned += r"zygote: preloaded[\s\S]*"
                server.child.await_log(learned, peers.START_SECONDS)
        for number in range(1, functions + 1):
            for kind in KINDS:
                time.sleep(REST_SECONDS)
                times[kind].append(projects.ask(connection, f"{kind}{number}"))
    return times


def delay_of_rules_ms(localfn: str, folder: str, rules: int, rounds: int) -> list:
    """How much later the first answer comes with `rules` rewrites than with none, start by start."""
    plain = projects.of_functions(folder, 1)
    ruled = projects.of_functions(folder, 1)
    projects.add_rewrites(ruled, rules)
    return [first_answer_ms(localfn, ruled) - first_answer_ms(localfn, plain)
            for _ in range(rounds)]


def _ready_port(stderr, pattern: str, seconds: float) -> int:
    """Reads until the ready line. The pipe wakes the reader at once, as a file would not."""
    deadline = time.monotonic() + seconds
    seen = ""
    while not (found := re.search(pattern, seen)):
        left = max(0.0, deadline - time.monotonic())
        readable, _, _ = select.select([stderr], [], [], left)
        part = stderr.read1(65536) if readable else b""
        if not part:
            raise process.StartError(f"localfn printed no ready line: {seen[-300:].strip()}")
        seen += part.decode("utf-8", "replace")
    return int(found.group(1))
