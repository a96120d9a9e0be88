"""The API: a page of 20 deliveries with a token, beside the same read with plain SQL.

Both are asked in turns, on the same server and the same database.
"""

import sys
from collections.abc import Mapping
from statistics import median

from benchmarks.load import Load
from benchmarks.measures.ingest import MOST_PER_SECOND, NOWHERE, waits
from benchmarks.ports import HOST, free_port, wait_for
from benchmarks.running import Running
from benchmarks.systems.system import Missing, System
from benchmarks.systems.unitwire import CONNECTION, Unitwire
from connector.flows.personal_tokens import add_token

PATH = "/2025-09/deliveries?limit=20"
ROWS = 1_000
CONNECTIONS = 16
TURNS = 3
WARM_UP_S = 0.3


def api(system: System, seconds: float) -> Mapping[str, float]:
    """Return `per_s` of Unitwire, `raw_per_s` of plain SQL, and their `ratio`."""
    if not isinstance(system, Unitwire):
        raise Missing("only Unitwire has this API")
    with Running(system, NOWHERE) as running:
        system.preload(running.place, ROWS)
        parts = system.parts()
        _, token = add_token(parts, connection_id=CONNECTION)
        parts.close()
        running.start_web()
        port = free_port()
        raw = [sys.executable, "-m", "benchmarks.apps.serve", "benchmarks.apps.raw_sql", str(port)]
        running.workers.start(raw, {"DATABASE": str(running.place.folder / "unitwire.db")})
        wait_for(port, running.workers)
        ours = f"http://{HOST}:{running.place.port}{PATH}"
        theirs = f"http://{HOST}:{port}{PATH}"
        for url in (ours, theirs):
            ask(url, token, WARM_UP_S)
        turns = [(ask(ours, token, seconds), ask(theirs, token, seconds)) for _ in range(TURNS)]
    return {
        "per_s": median(one for one, _ in turns),
        "raw_per_s": median(one for _, one in turns),
        "ratio": median(one / other for one, other in turns),
    }


def ask(url: str, token: str, seconds: float) -> float:
    """Return the answers a second; raises RuntimeError if one is not a 2xx."""
    load = Load(url, CONNECTIONS)
    return len(waits(load.reads(token, int(MOST_PER_SECOND * seconds), seconds))) / seconds
