"""Small projects made for one row, and localfn serving them."""
from __future__ import annotations

import json
import os
import shutil
import tempfile

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


def ask_each(port: int, count: int) -> list:
    """One request to each function, one after another: their latencies in ms."""
    times = []
    with client.Connection(port) as connection:
        for number in range(count):
            elapsed, status, body = connection.timed_get(f"/api/{_name(number)}?name=x")
            if (status, body) != (200, b"Hello, x!"):
                raise client.ClientError(f"function {_name(number)} answered {status} {body!r}")
            times.append(elapsed)
    return times


def _name(number: int) -> str:
    return "hello" if number == 0 else f"f{number}"
