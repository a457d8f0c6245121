"""The rows of the table: each function measures some figures and returns {key: Measured}."""
from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import statistics
import subprocess
import time
from typing import Callable

import edits
import idle
import load
import memory
import peers
import process
import projects
import starts
import streams
from figures import Measured


@dataclasses.dataclass(frozen=True)
class Settings:
    localfn: str  # path of the executable
    build: str
    rounds: int
    seconds: float
    edits: int
    idle_connections: int
    folder: str  # for logs and projects; removed at the end
    say: Callable  # progress, one line


def throughput(settings: Settings, wanted: set, connections: int, rivals: dict,
               cpu: int | None = None, served: peers.Peer | None = None) -> dict:
    """localfn's requests a second over those of each rival, {key: Peer}, round by round.

    `served` is localfn with a project of the row's own; by default it serves a handler class.
    """
    served = served or peers.localfn(settings.localfn)
    rivals = {key: peer for key, peer in rivals.items() if key in wanted}
    results = {key: Measured(missing=served.missing() or peer.missing())
               for key, peer in rivals.items()}
    if served.missing():
        return results
    with contextlib.ExitStack() as stack:
        own = stack.enter_context(peers.Server(served, settings.folder, cpu))
        servers = {}
        for key, peer in rivals.items():
            if results[key].missing:
                continue
            try:
                servers[key] = stack.enter_context(peers.Server(peer, settings.folder, cpu))
            except process.StartError as error:
                results[key].missing = str(error)
        samples, failures = _interleave(settings, own, list(servers.values()), connections, cpu)
    for key, server in servers.items():
        results[key] = (Measured(missing=failures[server.name]) if server.name in failures else
                        _compare(own.name, samples[own.name], samples[server.name]))
    return results


def _interleave(settings: Settings, own, rivals: list, connections: int,
                cpu: int | None) -> tuple:
    """Every server once a round, each round beginning with another, after a short warm-up.

    Returns ({name: rates}, {name of a rival that failed: why}). localfn itself may not fail.
    """
    samples: dict = {server.name: [] for server in (own, *rivals)}
    failures: dict = {}

    def load_one(server, seconds: float) -> None:
        if server.name in failures:
            return
        try:
            samples[server.name].append(_rate(server, connections, seconds, cpu))
        except load.LoadError as error:
            if server is own:
                raise
            failures[server.name] = str(error)

    for server in (own, *rivals):
        load_one(server, min(0.3, settings.seconds))
        samples[server.name].clear()
    for number in range(settings.rounds):
        settings.say(f"{connections} connection(s), round {number + 1} of {settings.rounds}")
        first = number % (1 + len(rivals))
        for server in ([own, *rivals] * 2)[first:first + 1 + len(rivals)]:
            load_one(server, settings.seconds)
    return samples, failures


def _rate(server, connections: int, seconds: float, cpu: int | None) -> float:
    try:
        return load.run(server.port, connections, seconds, cpu).requests_per_second
    except load.LoadError as error:
        raise load.LoadError(f"{server.name}: {error}") from error


def _compare(own_name: str, own: list, rival: list) -> Measured:
    ratios = [mine / theirs for mine, theirs in zip(own, rival)]
    note = f"{statistics.median(own):,.0f} against {statistics.median(rival):,.0f} req/s"
    return Measured(statistics.median(ratios), note.replace(",", " "),
                    samples=[{own_name: mine, "peer": theirs} for mine, theirs in zip(own, rival)])


def pinned(settings: Settings, wanted: set) -> dict:
    results = throughput(settings, wanted, connections=1, cpu=load.first_cpu(),
                         rivals={"pinned-httplib": peers.httplib(settings.build),
                                 "pinned-threading": peers.threading_server()})
    _tell_ceiling(results.get("pinned-httplib"), results.get("pinned-threading"))
    return results


def _tell_ceiling(httplib: Measured | None, threading: Measured | None) -> None:
    """What a server without Python and without a log has there: how far a ratio can go depends on
    what the machine's system calls and switches cost."""
    if not httplib or not threading or not httplib.samples or not threading.samples:
        return
    ratios = [floor["peer"] / other["peer"]
              for floor, other in zip(httplib.samples, threading.samples)]
    threading.note += f"; cpp-httplib alone has {statistics.median(ratios):.2f} ×"


def eight(settings: Settings, wanted: set) -> dict:
    return throughput(settings, wanted, connections=8,
                      rivals={"eight-threading": peers.threading_server(),
                              "eight-gunicorn": peers.gunicorn(), "eight-uwsgi": peers.uwsgi(),
                              "eight-uvicorn": peers.uvicorn(),
                              "eight-uvicorn-silent": peers.silent_uvicorn(),
                              "eight-vercel": peers.vercel()})


def wsgi(settings: Settings, wanted: set) -> dict:
    project = projects.of_file(settings.folder, "wsgi.py")
    return throughput(settings, wanted, connections=8,
                      served=peers.localfn(settings.localfn, project),
                      rivals={"wsgi-gunicorn": peers.gunicorn(), "wsgi-uwsgi": peers.uwsgi()})


def flask(settings: Settings, wanted: set) -> dict:
    project = projects.of_file(settings.folder, "flask_app.py")
    return throughput(settings, wanted, connections=8,
                      served=peers.localfn(settings.localfn, project, ("python3-flask",)),
                      rivals={"flask-gunicorn": peers.flask_on_gunicorn()})


def asgi(settings: Settings, wanted: set) -> dict:
    project = projects.of_file(settings.folder, "asgi.py")
    return throughput(settings, wanted, connections=8,
                      served=peers.localfn(settings.localfn, project),
                      rivals={"asgi-uvicorn": peers.uvicorn(),
                              "asgi-uvicorn-silent": peers.silent_uvicorn()})


def adapter(settings: Settings, _wanted: set) -> dict:
    """Runs the micro benchmark of the adapters: `plain_us=… fast_us=… wsgi_us=…`."""
    path = os.path.join(settings.build, "bin", "adapter_bench")
    if not os.access(path, os.X_OK):
        reason = f"needs: cmake --build {settings.build} --target adapter_bench"
        return {key: Measured(missing=reason) for key in ("adapter", "adapter-wsgi")}
    settings.say("the adapters alone")
    output = subprocess.run([path], capture_output=True, text=True, timeout=120, check=False,
                            env=process.plain_environment())
    costs = dict(re.findall(r"\b(plain|fast|wsgi)_us\s*[=:]\s*([\d.]+)", output.stdout + output.stderr))
    if output.returncode != 0 or len(costs) != 3:
        reason = (f"{path} printed no plain_us, fast_us and wsgi_us (status "
                  f"{output.returncode}): {output.stderr.strip()[-200:]}")
        return {key: Measured(missing=reason) for key in ("adapter", "adapter-wsgi")}
    plain, fast, app = (float(costs[kind]) for kind in ("plain", "fast", "wsgi"))
    return {"adapter": Measured(plain / fast, f"{plain:.1f} against {fast:.1f} µs",
                                samples=[{"plain_us": plain, "fast_us": fast}]),
            "adapter-wsgi": Measured(app, samples=[{"wsgi_us": app}])}


def start(settings: Settings, _wanted: set) -> dict:
    settings.say("localfn dev to its first answer")
    times = [starts.first_answer_ms(settings.localfn) for _ in range(max(settings.rounds, 5))]
    return {"start": _median_ms(times)}


def cold(settings: Settings, _wanted: set) -> dict:
    settings.say("cold functions")
    results = {}
    for key, rest_seconds in (("cold", starts.REST_SECONDS), ("cold-row", 0)):
        times = starts.cold_answers_ms(settings.localfn, settings.folder, 20, rest_seconds)
        results[key] = _median_ms(times)
    return results


def learned(settings: Settings, _wanted: set) -> dict:
    """Functions that import a framework, not the first to do so, over plain handlers."""
    settings.say("cold functions of frameworks")
    missing = peers.localfn(settings.localfn, packages=("python3-flask", "python3-fastapi")).missing()
    if missing:
        return {key: Measured(missing=missing) for key in ("learned-flask", "learned-fastapi")}
    times = starts.learned_answers_ms(settings.localfn, settings.folder, functions=20)
    plain = statistics.median(times["handler"])
    results = {}
    for kind in ("flask", "fastapi"):
        own = statistics.median(times[kind])
        results[f"learned-{kind}"] = Measured(own / plain, f"{own:.1f} against {plain:.1f} ms",
                                              samples=times[kind])
    return results


def streamed(settings: Settings, _wanted: set) -> dict:
    """The first chunk of each answer: the kind of function that is slowest, by its median."""
    settings.say("streamed answers")
    delays = streams.delays_ms(settings.localfn, settings.folder, rounds=max(settings.rounds, 10))
    first = {kind: statistics.median(answer[0] for answer in answers)
             for kind, answers in delays.items()}
    slowest = max(delay for answers in delays.values() for answer in answers for delay in answer)
    note = ", ".join(f"{kind} {delay:.2f}" for kind, delay in first.items())
    return {"stream": Measured(max(first.values()), f"{note}; slowest of all chunks {slowest:.1f} ms",
                               samples=[delays])}


def rules(settings: Settings, _wanted: set) -> dict:
    """What 2 000 rules add: to the start of localfn, and to the routing of one request."""
    settings.say("starts with 2 000 rules")
    delays = starts.delay_of_rules_ms(settings.localfn, settings.folder, 2000,
                                      max(settings.rounds, 5))
    return {"rules-start": _median_ms(delays), "rules-request": _routing_cost(settings)}


def _routing_cost(settings: Settings) -> Measured:
    """Runs the micro benchmark of the router: lines of table, path and `… ns`."""
    path = os.path.join(settings.build, "bin", "routing_bench")
    if not os.access(path, os.X_OK):
        return Measured(missing=f"needs: cmake --build {settings.build} --target routing_bench")
    settings.say("the router alone")
    output = subprocess.run([path], capture_output=True, text=True, timeout=120, check=False,
                            env=process.plain_environment())
    costs = {(table.strip(), target): float(cost) for table, target, cost in
             re.findall(r"^(.+?)\s+(/\S*)\s+([\d.]+) ns$", output.stdout, re.MULTILINE)}
    targets = [target for table, target in costs if table == "no rules"]
    extra = [(costs[table, target] - costs["no rules", target]) / 1000
             for table, target in costs if table.startswith("2000") and target in targets]
    if output.returncode != 0 or not extra:
        return Measured(missing=f"{path} printed no costs of 2000 rules (status "
                                f"{output.returncode}): {output.stderr.strip()[-200:]}")
    return Measured(max(extra), f"the dearest of {len(extra)} cases", samples=extra)


def edit(settings: Settings, _wanted: set) -> dict:
    settings.say(f"{settings.edits} edits")
    result = edits.run(settings.localfn, settings.folder, settings.edits)
    measured = _median_ms(result.times_ms)
    measured.note += f", {result.stale} stale of {len(result.times_ms)}"
    measured.broken = f"{result.stale} stale answers" if result.stale else ""
    return {"edit": measured}


def pss(settings: Settings, _wanted: set) -> dict:
    settings.say("memory of three functions")
    sizes, spares, processes = [], [], 0
    for _ in range(settings.rounds):
        project = projects.of_functions(settings.folder, 3)
        with projects.serving(settings.localfn, project, settings.folder) as server:
            memory.await_processes(server.child.pid, 4)  # host, zygote, first instance, spare
            projects.ask_each(server.port, 3, starts.REST_SECONDS)
            memory.await_processes(server.child.pid, 6)
            time.sleep(starts.REST_SECONDS)  # until the spare has its pages
            pids = memory.tree(server.child.pid)
            spare = [pid for pid in pids if memory.name(pid) == "localfn-spare"]
            sizes.append(memory.pss_mib([pid for pid in pids if pid not in spare]))
            spares.append(memory.pss_mib(spare))
            processes = len(pids) - len(spare)
    broken = "" if processes == 5 else f"expected 5 processes, found {processes}"
    return {"memory": Measured(statistics.median(sizes), f"{processes} processes", broken,
                               samples=sizes),
            "memory-spare": Measured(statistics.median(spares), "one process", samples=spares)}


def tail(settings: Settings, _wanted: set) -> dict:
    """The slowest of all samples: of a burst of connects on a new server, and of the load after."""
    slowest = []
    for number in range(settings.rounds):
        settings.say(f"32 connections, round {number + 1} of {settings.rounds}")
        with peers.Server(peers.localfn(settings.localfn), settings.folder) as server:
            burst = idle.burst_ms(server.port, 32)
            loaded = load.run(server.port, 32, settings.seconds).slowest_ms
        slowest.append({"burst_ms": burst, "load_ms": loaded})
    worst = max(max(sample.values()) for sample in slowest)
    burst = max(sample["burst_ms"] for sample in slowest)
    return {"tail": Measured(worst, f"burst of 32 connects: {burst:.1f} ms", samples=slowest)}


def idle_connections(settings: Settings, _wanted: set) -> dict:
    settings.say(f"{settings.idle_connections} idle connections")
    cpu = load.first_cpu()
    with peers.Server(peers.localfn(settings.localfn), settings.folder, cpu) as server, \
            idle.on_cpu(cpu):
        result = idle.run(server, settings.idle_connections, settings.rounds)
    note = f"one more: {result.alone_us:.0f} µs without, {result.crowded_us:.0f} µs with them"
    broken = "" if result.is_unchanged() else "latency of one more rises"
    return {"idle": Measured(result.pss_mib, note, broken, samples=[dataclasses.asdict(result)])}


def _median_ms(times: list) -> Measured:
    ordered = sorted(times)
    note = f"{ordered[0]:.1f} to {ordered[-1]:.1f} ms, {len(times)} samples"
    return Measured(statistics.median(times), note, samples=times)


# Which function measures which figures, in the order of the table.
GROUPS = [
    (pinned, ("pinned-httplib", "pinned-threading")),
    (eight, ("eight-threading", "eight-gunicorn", "eight-uwsgi", "eight-uvicorn",
             "eight-uvicorn-silent", "eight-vercel")),
    (wsgi, ("wsgi-gunicorn", "wsgi-uwsgi")),
    (flask, ("flask-gunicorn",)),
    (asgi, ("asgi-uvicorn", "asgi-uvicorn-silent")),
    (adapter, ("adapter", "adapter-wsgi")),
    (cold, ("cold", "cold-row")),
    (learned, ("learned-flask", "learned-fastapi")),
    (streamed, ("stream",)),
    (start, ("start",)),
    (rules, ("rules-start", "rules-request")),
    (edit, ("edit",)),
    (pss, ("memory", "memory-spare")),
    (tail, ("tail",)),
    (idle_connections, ("idle",)),
]
