"""Memory of a process and all that descend from it, shared pages counted by their share (PSS)."""
from __future__ import annotations

import os
import re
import time


def tree(root: int) -> list:
    """`root` and its descendants, as pids."""
    children: dict = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            parent = _parent(int(entry))
            if parent is not None:
                children.setdefault(parent, []).append(int(entry))
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting.extend(children.get(pid, []))
    return found


def await_processes(root: int, count: int) -> list:
    """The pids of tree() when there are `count`; after 10 s as many as there are."""
    deadline = time.monotonic() + 10
    while len(tree(root)) < count and time.monotonic() < deadline:
        time.sleep(0.01)
    return tree(root)


def name(pid: int) -> str:
    with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as file:
        return file.read().strip()


def pss_mib(pids: list) -> float:
    return sum(_pss_kib(pid) for pid in pids) / 1024


def _parent(pid: int):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            # The name, in parentheses, may hold anything; the fields after it are numbers.
            return int(file.read().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return None


def _pss_kib(pid: int) -> int:
    with open(f"/proc/{pid}/smaps_rollup", encoding="utf-8") as file:
        return int(re.search(r"^Pss:\s+(\d+) kB", file.read(), re.M).group(1))
