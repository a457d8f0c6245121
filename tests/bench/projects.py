"""Small projects made for one row, and localfn serving them."""
from __future__ import annotations

import json
import os
import shutil
import tempfile
import time

import client
import peers

HELLO = os.path.join(peers.ENDPOINT, "api", "hello.py")


def of_functions(folder: str, count: int) -> str:
    """A project with api/hello.py and count - 1 copies of it: f1.py, f2.py, …"""
    project = tempfile.mkdtemp(dir=folder)
    os.mkdir(os.path.join(project, "api"))
    for number in range(count):
        shutil.copyfile(HELLO, os.path.join(project, "api", _name(number) + ".py"))
    return project


def of_kinds(folder: str, files: dict, count: int) -> str:
    """A project with api/hello.py and, for each {kind: file}, api/kind0.py to api/kind`count`.py."""
    project = of_functions(folder, 1)
    for kind, file in files.items():
        for number in range(count + 1):
            shutil.copyfile(os.path.join(peers.ENDPOINT, file),
                            os.path.join(project, "api", f"{kind}{number}.py"))
    return project


def of_file(folder: str, name: str) -> str:
    """A project whose api/hello.py is the file `name` of the endpoint."""
    project = tempfile.mkdtemp(dir=folder)
    os.mkdir(os.path.join(project, "api"))
    shutil.copyfile(os.path.join(peers.ENDPOINT, name), os.path.join(project, "api", "hello.py"))
    return project


def add_rewrites(project: str, count: int) -> None:
    """Rewrites that no request of a benchmark matches, each with a parameter to compile."""
    rules = [{"source": f"/blog/{number}-:slug", "destination": f"/posts/{number}/:slug"}
             for number in range(count)]
    with open(os.path.join(project, "vercel.json"), "w", encoding="utf-8") as file:
        json.dump({"rewrites": rules}, file)


def serving(localfn: str, project: str, folder: str) -> peers.Server:
    """localfn with the project; api/hello.py has answered, the other functions are cold."""
    return peers.Server(peers.localfn(localfn, project), folder)


def ask_each(port: int, count: int, rest_seconds: float) -> list:
    """One request to each function, one after another: their latencies in ms."""
    times = []
    with client.Connection(port) as connection:
        for number in range(count):
            time.sleep(rest_seconds)
            times.append(ask(connection, _name(number)))
    return times


def ask(connection: client.Connection, name: str) -> float:
    """The latency of one request to the function in ms."""
    elapsed, status, body = connection.timed_get(f"/api/{name}?name=x")
    if (status, body) != (200, b"Hello, x!"):
        raise client.ClientError(f"function {name} answered {status} {body!r}")
    return elapsed


def _name(number: int) -> str:
    return "hello" if number == 0 else f"f{number}"
