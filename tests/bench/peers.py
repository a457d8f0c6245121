"""The servers that are compared: how each is started, and which Debian packages it needs.

All answer the same request from the same few lines of Python (endpoint/) and write one access line
a request to a file, except cpp-httplib alone, which is the floor: a static answer and no log.
"""
from __future__ import annotations

import dataclasses
import os
import shutil
from typing import Callable, Optional

import client
import machine
import process

HERE = os.path.dirname(os.path.abspath(__file__))
ENDPOINT = os.path.join(HERE, "endpoint")
PYTHON = "/usr/bin/python3"  # the one that the packages below belong to
START_SECONDS = 20


@dataclasses.dataclass(frozen=True)
class Peer:
    name: str
    command: Callable  # (port) → arguments; port 0 where `port_in_log` tells the real one
    packages: tuple = ()
    port_in_log: Optional[str] = None  # None: the peer cannot choose a port itself
    start_seconds: int = START_SECONDS
    own_environment: bool = False  # needs the caller's environment instead of the plain one
    directory: str = ENDPOINT

    def missing(self) -> str:
        """What keeps this peer from being started, with the remedy; '' when nothing does."""
        absent = [package for package in self.packages if not machine.package_version(package)]
        return f"needs: apt-get install {' '.join(absent)}" if absent else ""

    def version(self) -> str:
        return machine.package_version(self.packages[0]) if self.packages else ""


@dataclasses.dataclass(frozen=True)
class Executable(Peer):
    """A peer that is a file rather than a package."""

    path: str = ""
    remedy: str = ""

    def missing(self) -> str:
        return "" if self.path and os.access(self.path, os.X_OK) else self.remedy


class Server:
    """A running peer. It has answered once, correctly, before anyone gets to see it."""

    def __init__(self, peer: Peer, folder: str, cpu: int | None = None):
        self.name = peer.name
        asked = 0 if peer.port_in_log else process.free_port()
        pin = [] if cpu is None else ["taskset", "-c", str(cpu)]
        environment = dict(os.environ) if peer.own_environment else process.plain_environment()
        log = os.path.join(folder, peer.name.replace(" ", "-").replace("/", "-") + ".log")
        self.child = process.Child(peer.name, pin + peer.command(asked), log, peer.directory,
                                   environment)
        try:
            self.port = asked or int(self.child.await_log(peer.port_in_log,
                                                          peer.start_seconds).group(1))
            self._await_answer(peer.start_seconds)
        except BaseException:
            self.child.stop()
            raise

    def stop(self) -> None:
        self.child.stop()

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_) -> None:
        self.stop()

    def _await_answer(self, seconds: float) -> None:
        deadline = process.Deadline(seconds)
        while True:
            try:
                with client.Connection(self.port, timeout=seconds) as connection:
                    status, body = connection.get()
            except ConnectionRefusedError:
                if self.child.has_ended() or deadline.passed():
                    raise process.StartError(
                        f"{self.name} does not accept connections: {self.child.log_tail()}")
                deadline.pause()
                continue
            except (OSError, ValueError, client.ClientError) as error:
                raise process.StartError(f"{self.name} did not answer: {error}") from error
            if (status, body) != (200, b"Hello, x!"):
                raise process.StartError(f"{self.name} answered {status} {body[:200]!r}, "
                                         "expected 200 b'Hello, x!'")
            return


def threading_server() -> Peer:
    return Peer("ThreadingHTTPServer", lambda port: [PYTHON, "threading_server.py"], ("python3",),
                r"listening on port (\d+)")


def gunicorn() -> Peer:
    return Peer("gunicorn sync ×2",
                lambda port: ["/usr/bin/gunicorn", "--workers", "2", "--bind", "127.0.0.1:0",
                              "--access-logfile", "-", "wsgi:application"],
                ("gunicorn",), r"Listening at: http://127\.0\.0\.1:(\d+)")


def uwsgi() -> Peer:
    return Peer("uwsgi --http ×2",
                lambda port: ["/usr/bin/uwsgi", "--plugins", "http,python3",
                              "--http", f"127.0.0.1:{port}", "--http-keepalive",
                              "--master", "--die-on-term", "--processes", "2",
                              "--wsgi-file", "wsgi.py"],
                ("uwsgi-core", "uwsgi-plugin-python3"))


def flask_on_gunicorn() -> Peer:
    return Peer("gunicorn sync ×2 with Flask",
                lambda port: ["/usr/bin/gunicorn", "--workers", "2", "--bind", "127.0.0.1:0",
                              "--access-logfile", "-", "flask_app:app"],
                ("gunicorn", "python3-flask"), r"Listening at: http://127\.0\.0\.1:(\d+)")


def uvicorn(name: str = "uvicorn ×1", access_line: bool = True) -> Peer:
    log = [] if access_line else ["--no-access-log"]
    return Peer(name,
                lambda port: [PYTHON, "-m", "uvicorn", "--host", "127.0.0.1", "--port", "0",
                              "--loop", "uvloop", "--http", "httptools", *log, "asgi:app"],
                ("python3-uvicorn", "python3-uvloop", "python3-httptools"),
                r"running on http://127\.0\.0\.1:(\d+)")


def silent_uvicorn() -> Peer:
    return uvicorn("uvicorn ×1 without access line", access_line=False)


def httplib(build: str) -> Peer:
    path = os.path.join(build, "bin", "bench_httplib_peer")
    return Executable("cpp-httplib alone", lambda port: [path], ("libcpp-httplib-dev",),
                      r"listening on port (\d+)", path=path,
                      remedy=f"needs: cmake --build {build} --target bench_httplib_peer")


def vercel() -> Peer:
    path = shutil.which("vercel") or ""
    return Executable("vercel dev",
                      lambda port: [path, "dev", "--local", "--yes",
                                    "--listen", f"127.0.0.1:{port}", ENDPOINT],
                      start_seconds=90, own_environment=True, path=path,
                      remedy="measured only where the vercel command is installed")


def localfn(path: str, project: str = ENDPOINT, packages: tuple = (), options: tuple = ()) -> Peer:
    """localfn serving `project`, whose functions import `packages` of Debian's."""
    absent = [package for package in packages if not machine.package_version(package)]
    if absent:
        return Executable("localfn", lambda port: [path],
                          remedy=f"needs: apt-get install {' '.join(absent)}")
    return Executable("localfn",
                      lambda port: [path, "dev", project, "--listen", "127.0.0.1:0", *options],
                      port_in_log=r"Ready! Available at http://127\.0\.0\.1:(\d+)",
                      directory=project, path=path, remedy=f"needs the executable {path}")
