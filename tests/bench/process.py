"""Processes that the bench starts: each has an owner that ends it, by its pid, whatever happens."""
from __future__ import annotations

import ctypes
import os
import re
import signal
import socket
import subprocess
import time

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


class StartError(Exception):
    """A process did not come up; the text names it and quotes the end of its log."""


class Deadline:
    """A point in time for what can only be looked at again and again: a log file, a port."""

    def __init__(self, seconds: float):
        self._end = time.monotonic() + seconds

    def passed(self) -> bool:
        return time.monotonic() > self._end

    @staticmethod
    def pause() -> None:
        time.sleep(0.005)


class Child:
    """One process in a session of its own, its output in a file (or in a pipe, for `log=None`).

    The output goes to a file because a pipe would need a reader, which would take processor time
    from the servers that are measured.
    """

    def __init__(self, name: str, command: list, log: str | None, cwd: str, env: dict):
        self.name = name
        self.log = log
        output = subprocess.PIPE if log is None else open(log, "wb")
        try:
            self._process = subprocess.Popen(
                command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True, preexec_fn=die_with_parent)
        except OSError as error:
            raise StartError(f"cannot start {name}: {error}") from error
        finally:
            if log is not None:
                output.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def stderr(self):
        return self._process.stderr

    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def stop(self) -> None:
        """SIGTERM, then SIGKILL to its whole session after five seconds. Safe to call twice."""
        if not self.has_ended():
            self._process.terminate()
            try:
                self._process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                os.killpg(self.pid, signal.SIGKILL)
                self._process.wait(timeout=5)
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()

    def __enter__(self) -> "Child":
        return self

    def __exit__(self, *_) -> None:
        self.stop()

    def log_tail(self, size: int = 600) -> str:
        if self.log is None:
            return ""
        with open(self.log, "rb") as file:
            return file.read()[-size:].decode("utf-8", "replace").strip()

    def await_log(self, pattern: str, seconds: float) -> re.Match:
        """Waits until the log holds `pattern`. A file cannot be waited on, so it is read again."""
        deadline = Deadline(seconds)
        while True:
            ended = self.has_ended()
            with open(self.log, "rb") as file:
                found = re.search(pattern, file.read(65536).decode("utf-8", "replace"))
            if found:
                return found
            if ended:
                raise StartError(f"{self.name} ended before it served: {self.log_tail()}")
            if deadline.passed():
                raise StartError(f"{self.name} did not serve within {seconds:.0f} s: "
                                 f"{self.log_tail()}")
            deadline.pause()


def die_with_parent() -> None:
    """Runs in a new child: even when the bench is killed, the child gets SIGTERM."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def plain_environment() -> dict:
    """The environment of every server: nothing of the caller's Python set-up reaches it."""
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
    return {**kept, "PATH": "/usr/local/bin:/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"}


def free_port() -> int:
    """A port that was free a moment ago, for servers that cannot report one they chose."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
