"""What the figures were measured on: processor, kernel, versions, and how busy it was."""
from __future__ import annotations

import os
import platform
import re
import subprocess


def describe() -> dict:
    return {"cpu": _cpu_model(), "cores": len(os.sched_getaffinity(0)),
            "kernel": platform.release(), "system": _system(), "load": os.getloadavg()[0]}


def is_busy(machine: dict) -> bool:
    """Whether others used the processor before the bench began: ratios then are noisy."""
    return machine["load"] > 0.25 * machine["cores"]


def package_version(package: str) -> str:
    """The installed version of a Debian package, or '' when it is not installed."""
    try:
        query = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Abbrev} ${Version}", package],
                               capture_output=True, text=True, timeout=20, check=False)
    except OSError:
        return ""
    status, _, version = query.stdout.partition(" ")
    return version.strip() if status == "ii" else ""


def _cpu_model() -> str:
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        found = re.search(r"^(?:model name|Model)\s*:\s*(.+)$", file.read(), re.M)
    return found.group(1).strip() if found else platform.machine()


def _system() -> str:
    try:
        with open("/etc/os-release", encoding="utf-8") as file:
            found = re.search(r'^PRETTY_NAME="?([^"\n]+)', file.read(), re.M)
    except OSError:
        found = None
    return found.group(1) if found else platform.system()
