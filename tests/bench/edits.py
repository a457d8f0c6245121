"""Saves a handler file again and again; how soon the new code answers, and whether old code does."""
from __future__ import annotations

import dataclasses
import os
import time

import client
import projects
from projects import HELLO

GIVE_UP_SECONDS = 5


@dataclasses.dataclass
class Result:
    times_ms: list  # from the end of each save to the end of the first answer of the new code
    stale: int  # edits after which the old code, or none, answered first


def run(localfn: str, folder: str, count: int) -> Result:
    project = projects.of_functions(folder, 1)
    path = os.path.join(project, "api", "hello.py")
    with open(HELLO, encoding="utf-8") as file:
        original = file.read()
    result = Result([], 0)
    with projects.serving(localfn, project, folder) as server:
        with client.Connection(server.port) as connection:
            for number in range(count):
                greeting = f"{number:05d}"  # every edit has the same size
                _save(path, original.replace("Hello", greeting), in_place=number % 2 == 0)
                elapsed, was_stale = _await_new(connection, f"{greeting}, x!".encode())
                result.times_ms.append(elapsed)
                result.stale += was_stale
    return result


def _save(path: str, text: str, in_place: bool) -> None:
    """Editors do both: overwrite the file, or put a new one in its place."""
    if in_place:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return
    with open(path + "~", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + "~", path)


def _await_new(connection: client.Connection, expected: bytes) -> tuple:
    begin = time.perf_counter()
    stale = False
    while True:
        status, body = connection.get()
        elapsed = (time.perf_counter() - begin) * 1000
        if (status, body) == (200, expected):
            return elapsed, stale
        stale = True
        if elapsed > GIVE_UP_SECONDS * 1000:
            raise client.ClientError(f"the new code did not answer within {GIVE_UP_SECONDS} s; "
                                     f"the last answer was {status} {body[:200]!r}")
