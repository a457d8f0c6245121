"""Load from wrk: one thread, keep-alive, for a given time."""
from __future__ import annotations

import dataclasses
import os
import re
import signal
import subprocess

import process
from client import TARGET

_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


class LoadError(Exception):
    """wrk did not run, or the server did not answer every request with a 2xx."""


@dataclasses.dataclass(frozen=True)
class Sample:
    requests_per_second: float
    slowest_ms: float


def first_cpu() -> int:
    return min(os.sched_getaffinity(0))


def run(port: int, connections: int, seconds: float, cpu: int | None = None) -> Sample:
    """Loads 127.0.0.1:`port`. With `cpu`, wrk itself runs on that processor only."""
    pin = [] if cpu is None else ["taskset", "-c", str(cpu)]
    # wrk counts whole seconds only; it is interrupted when the time is over, and then reports
    # over the time that it really ran.
    command = pin + ["wrk", "-t1", f"-c{connections}", f"-d{int(seconds) + 5}", "--timeout", "5s",
                     f"http://127.0.0.1:{port}{TARGET}"]
    wrk = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                           start_new_session=True, preexec_fn=process.die_with_parent)
    try:
        output = _interrupt_after(wrk, seconds)
    finally:
        if wrk.poll() is None:
            wrk.kill()
            wrk.wait(timeout=5)
        wrk.stdout.close()
    return _parse(output)


def _interrupt_after(wrk: subprocess.Popen, seconds: float) -> str:
    try:
        return wrk.communicate(timeout=seconds)[0]
    except subprocess.TimeoutExpired:
        wrk.send_signal(signal.SIGINT)
    return wrk.communicate(timeout=15)[0]


def _parse(output: str) -> Sample:
    rate = re.search(r"^Requests/sec:\s+([\d.]+)", output, re.M)
    slowest = re.search(r"^\s+Latency\s+\S+\s+\S+\s+([\d.]+)(us|ms|s|m)\b", output, re.M)
    if not rate or not slowest:
        raise LoadError(f"cannot read what wrk printed: {output.strip()[-300:]}")
    if refused := re.search(r"Non-2xx or 3xx responses: (\d+)", output):
        raise LoadError(f"{refused.group(1)} answers were no 2xx")
    # `read` is not looked at: wrk counts there the close that ends an HTTP/1.0 answer.
    errors = re.search(r"connect (\d+), read \d+, write (\d+), timeout (\d+)", output)
    if errors and any(int(count) for count in errors.groups()):
        raise LoadError(f"wrk met socket errors: {errors.group(0)}")
    if float(rate.group(1)) == 0:
        raise LoadError("no request was answered")
    return Sample(float(rate.group(1)), float(slowest.group(1)) * _UNITS[slowest.group(2)])
