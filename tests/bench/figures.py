"""The figures localfn holds itself to: what is accepted, what is aimed at, and the verdict."""
from __future__ import annotations

import dataclasses
from typing import Optional


@dataclasses.dataclass(frozen=True)
class Figure:
    key: str
    title: str
    unit: str  # "×": a ratio to a peer, else the unit that is printed
    accept: Optional[float] = None  # None: nothing is asked for
    aim: Optional[float] = None
    more_is_better: bool = True
    also: str = ""  # a second condition of `accept`; the row tells through Measured.broken

    def reaches(self, value: float, bound: Optional[float]) -> bool:
        if bound is None:
            return False
        return value >= bound if self.more_is_better else value <= bound


@dataclasses.dataclass
class Measured:
    """One row's result: a value, or the reason why there is none."""

    value: Optional[float] = None
    note: str = ""
    broken: str = ""  # not accepted whatever the value: the second condition missed, or a failure
    missing: str = ""  # why there is no value, and what to do about it
    samples: list = dataclasses.field(default_factory=list)


AIM, OK, FAIL, NONE = "AIM", "ok", "FAIL", "-"


def verdict(figure: Figure, measured: Measured) -> str:
    if measured.broken:
        return FAIL
    if measured.value is None or (figure.accept is None and figure.aim is None):
        return NONE
    if figure.accept is not None and not figure.reaches(measured.value, figure.accept):
        return FAIL
    return AIM if figure.reaches(measured.value, figure.aim) else OK


def _ratio(key: str, title: str, accept=None, aim=None) -> Figure:
    return Figure(key, title, "×", accept, aim)


def _at_most(key: str, title: str, unit: str, accept, aim=None, also="") -> Figure:
    return Figure(key, title, unit, accept, aim, more_is_better=False, also=also)


FIGURES = [
    _ratio("pinned-httplib", "pinned, 1 connection, vs cpp-httplib alone", 0.7, 0.9),
    _ratio("pinned-threading", "pinned, 1 connection, vs ThreadingHTTPServer", 6, 9),
    _ratio("eight-threading", "8 connections vs ThreadingHTTPServer", 8, 14),
    _ratio("eight-gunicorn", "8 connections vs gunicorn sync ×2", 1.5, 2),
    _ratio("eight-uwsgi", "8 connections vs uwsgi --http ×2", 1.1, 1.5),
    _ratio("eight-uvicorn", "8 connections vs uvicorn ×1", None, 1),
    _ratio("eight-uvicorn-silent", "8 connections vs uvicorn ×1 without access line"),
    _ratio("eight-vercel", "8 connections vs vercel dev", 40, 60),
    _ratio("wsgi-gunicorn", "8 connections, raw WSGI vs gunicorn sync ×2", 1.5, 2),
    _ratio("wsgi-uwsgi", "8 connections, raw WSGI vs uwsgi --http ×2", 1.1, 1.5),
    _ratio("flask-gunicorn", "8 connections, Flask vs gunicorn sync ×2 with Flask", 1, 1.5),
    _ratio("asgi-uvicorn", "8 connections, raw ASGI vs uvicorn ×1", 0.7, 1),
    _ratio("asgi-uvicorn-silent", "8 connections, raw ASGI vs uvicorn ×1 without access line"),
    _ratio("adapter", "in-instance cost, plain path vs fast path", 5, 9),
    _at_most("adapter-wsgi", "in-instance cost of a WSGI app", "µs", 10, 5),
    _at_most("cold", "cold function, request → response", "ms", 6, 3),
    _at_most("cold-row", "the same, one cold function right after another", "ms", None),
    _at_most("learned-flask", "cold Flask function after the first, vs plain handler", "×", 3, 2),
    _at_most("learned-fastapi", "cold FastAPI function after the first, vs plain handler", "×", 3, 2),
    _at_most("stream", "first chunk written → read by the client", "ms", 5, 1),
    _at_most("start", "localfn dev start → first Python 200", "ms", 150, 60),
    _at_most("rules-start", "2 000 rules: later first answer", "ms", 100, 20),
    _at_most("rules-request", "2 000 rules: dearer routing of a request", "µs", 100, 5),
    _at_most("edit", "edit saved → new code answered", "ms", 10, 5, also="0 stale"),
    _at_most("memory", "PSS: host + zygote + 3 idle instances", "MiB", 45, 30),
    _at_most("memory-spare", "PSS: the spare beside them", "MiB", None),
    _at_most("tail", "slowest sample at 32 connections", "ms", 100, 20),
    _at_most("idle", "1 000 idle connections: PSS of all processes", "MiB", 100,
             also="latency kept"),
]
