"""How long a chunk takes from the function that writes it to the client that reads it."""
from __future__ import annotations

import client
import projects

KINDS = {"handler": "stream_handler.py", "wsgi": "stream_wsgi.py", "asgi": "stream_asgi.py"}
CHUNKS = 20


def delays_ms(localfn: str, folder: str, rounds: int) -> dict:
    """{kind: the delays of all chunks, for each of `rounds` answers}; the function is warm."""
    project = projects.of_kinds(folder, KINDS, 0)
    delays: dict = {kind: [] for kind in KINDS}
    with projects.serving(localfn, project, folder) as server, \
            client.Connection(server.port) as connection:
        for number in range(rounds + 1):
            for kind in KINDS:
                found = _delays_ms(connection.arrivals(f"/api/{kind}0"))
                if number > 0:
                    delays[kind].append(found)
    return delays


def _delays_ms(arrivals: list) -> list:
    delays = []
    for arrived, chunk in arrivals:
        # Chunks that arrive together have waited for the last of them.
        delays += [(arrived - int(written)) / 1e6 for written in chunk.split()]
    if len(delays) != CHUNKS:
        raise client.ClientError(f"{len(delays)} chunks arrived, {CHUNKS} were written")
    return delays
