"""Housekeeping beside a million rows: do retention and erasure stall what comes in and goes out?

    .venv/bin/python benchmarks/seed.py --database-url sqlite:////tmp/big.db --deliveries 1000000
    .venv/bin/python -m benchmarks.housekeeping --database-url sqlite:////tmp/big.db

The log is a month long, and half a month is kept, so `prune` has half of it to remove; then `erase`
looks through the rest for a contact. Each runs in a process of its own, as the dispatcher's sweep
and the command line do, while this process keeps an event every 20 ms and claims and finishes what
is due every 50 ms, each from a thread of its own. Prints a line of JSON for each phase: how long
it took, what it removed, and the milliseconds that ingest and claim took, quiet and beside it.
Fails if the 99th percentile of either is, beside it, above 100 ms and above three times the quiet.
"""

import argparse
import json
import multiprocessing
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from statistics import quantiles
from typing import Any

from benchmarks.measures.growth import claim_some, received
from benchmarks.workload import events
from connector.flows.erase import erase
from connector.flows.parts import Parts, open_parts
from connector.flows.prune import prune
from connector.settings import Settings

KEPT_DAYS = 15
INGEST_EVERY_S, CLAIM_EVERY_S = 0.02, 0.05
QUIET_S, LONGEST_S = 15.0, 120.0
MOST_MS, MOST_TIMES = 100, 3
CONTACT = "con_0000000000000000"


def main() -> None:
    """Read the options, go through the phases, print them, and judge."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--database-url", required=True)
    settings = Settings.from_environment(
        database_url=options.parse_args().database_url, retention_days=KEPT_DAYS
    )
    spawn = multiprocessing.get_context("spawn")
    with closing(open_parts(settings)) as parts, ProcessPoolExecutor(1, spawn) as other:
        other.submit(settled, settings).result()
        quiet = phase(parts, "quiet", lambda: time.sleep(QUIET_S))
        beside = [
            phase(parts, name, other.submit(work, settings).result)
            for name, work in (("prune", pruned), ("erase", erased))
        ]
    stalled = [
        f"{each['phase']}: {what}"
        for each in beside
        for what in ("ingest", "claim")
        if each[what]["p99"] > max(MOST_MS, MOST_TIMES * quiet[what]["p99"])
    ]
    if stalled:
        sys.exit(f"stalled: {stalled}")


def settled(settings: Settings) -> None:
    """Finish what the seed left due, so that every phase has the same to claim."""
    with closing(open_parts(settings)) as parts:
        while claim_some(parts):
            pass


def pruned(settings: Settings) -> int:
    """Remove what is over, as the sweep does, for a while; return how many."""
    end = time.monotonic() + LONGEST_S
    with closing(open_parts(settings)) as parts:
        return prune(parts, go_on=lambda: time.monotonic() < end)


def erased(settings: Settings) -> int:
    """Look for a contact everywhere, as `unitwire erase` does; return how many events named it."""
    with closing(open_parts(settings)) as parts:
        return erase(parts, CONTACT).events


def phase(parts: Parts, name: str, work: Callable[[], object]) -> dict[str, Any]:
    """Measure ingest and claim while `work` lasts; print and return what was found."""
    over = threading.Event()
    coming = (received(event.id, event.body) for event in events())
    times: dict[str, list[float]] = {"ingest": [], "claim": []}
    threads = [
        threading.Thread(target=repeat, args=(over, every_s, operation, times[what]))
        for what, every_s, operation in (
            ("ingest", INGEST_EVERY_S, lambda: parts.ledger.record(next(coming))),
            ("claim", CLAIM_EVERY_S, lambda: claim_some(parts)),
        )
    ]
    for thread in threads:
        thread.start()
    began = time.monotonic()
    try:
        removed = work()
    finally:
        took = time.monotonic() - began
        over.set()
        for thread in threads:
            thread.join()
    found = {"phase": name, "seconds": round(took, 1), "removed": removed}
    found |= {what: told(taken) for what, taken in times.items()}
    print(json.dumps(found), flush=True)
    return found


def repeat(
    over: threading.Event, every_s: float, operation: Callable[[], object], times: list[float]
) -> None:
    """Do `operation` every so often; note how many milliseconds each took."""
    while not over.wait(every_s):
        began = time.perf_counter()
        operation()
        times.append((time.perf_counter() - began) * 1000)


def told(times: list[float]) -> dict[str, float]:
    """Return how many there were, their median, 95th and 99th percentile, and the longest."""
    cuts = quantiles(times, n=100)
    figures = {"p50": cuts[49], "p95": cuts[94], "p99": cuts[98], "max": max(times)}
    return {"count": len(times)} | {name: round(value, 1) for name, value in figures.items()}


if __name__ == "__main__":
    main()
