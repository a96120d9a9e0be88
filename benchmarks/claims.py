"""Nobody sends what another sends: several dispatchers work off a million due deliveries.

    .venv/bin/python -m benchmarks.claims --deliveries 1000000 --dispatchers 3
    .venv/bin/python -m benchmarks.claims --deliveries 100000 --dispatchers 2 --sqlite

Each dispatcher is the product's own loop in a process of its own; only its sender is replaced by
one that has its answer at once, and writes down what it was given. Those lists are compared with
what was due: each delivery in exactly one of them, once. Prints one line of JSON, and ends with 1
if anything was claimed twice or never.
"""

import argparse
import json
import multiprocessing
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from benchmarks.processes import Processes
from benchmarks.systems.system import Place
from benchmarks.systems.unitwire import Unitwire, backlog
from connector import world
from connector.dispatcher import Dispatcher
from connector.flows.parts import Parts, open_parts
from connector.flows.send import Outcome
from connector.logs import set_up_logs
from connector.settings import Settings

ENDPOINTS, EVENTS = 100, 1_000
TARGET = "http://127.0.0.1:9/hook"  # nothing is sent there
LOOK_S = 0.5
PATIENCE_S = 900.0

# Every event many times over, due one after the other.
SEED = """
    INSERT INTO deliveries
      (connection_id, id, endpoint_id, event_id, event_type, status, due, attempts, created_at,
       give_up_at)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :copies)
    SELECT connection_id, 'dlv_' || n.i || '_' || id, endpoint_id, id, type, 'pending',
      received_at - n.i, 0, received_at, received_at + 259200000
    FROM events, n
"""
LEFT = "SELECT count(*) FROM deliveries WHERE status = 'pending'"
ONCE = """
    SELECT count(*) FROM deliveries d
    JOIN attempts a ON a.connection_id = d.connection_id AND a.delivery_id = d.id
    WHERE d.status = 'delivered' AND d.attempts = 1 AND a.number = 1
"""


class Instant:
    """A sender whose every attempt has been answered with 204 already."""

    def __init__(self, book: Path) -> None:
        self._book = book.open("w")
        self._answered: list[Outcome] = []

    def start(self, key: str, *_: object) -> bool:
        """Write down the delivery that `key` begins with."""
        print(key.partition(" ")[0], file=self._book)
        self._answered.append(Outcome(key, 204, 1))
        return True

    def poll(self, wait_s: float) -> list[Outcome]:
        """Return what was answered; wait if there is nothing."""
        if not self._answered:
            time.sleep(wait_s)
        answered, self._answered = self._answered, []
        return answered

    def close(self) -> None:
        """Close the book."""
        self._book.close()


def work(settings: Settings, book: Path, stop: Event) -> None:
    """Run one dispatcher until `stop`."""
    set_up_logs("error")
    parts = open_parts(settings)
    dispatcher: Any = Dispatcher(parts)
    dispatcher._sender.close()
    dispatcher._sender = Instant(book)
    try:
        dispatcher.run(stop)
    finally:
        parts.close()


def prove(parts: Parts, count: int, dispatchers: int, folder: Path) -> dict[str, Any]:
    """Let so many dispatchers work off what is due; return the figures."""
    spawn = multiprocessing.get_context("spawn")
    stop = spawn.Event()
    books = [folder / f"{number}.book" for number in range(dispatchers)]
    processes = [spawn.Process(target=work, args=(parts.settings, book, stop)) for book in books]
    for process in processes:
        process.start()
    began: float | None = None
    until = time.monotonic() + PATIENCE_S
    while (left := one(parts, LEFT)) and time.monotonic() < until:
        if began is None and left < count:
            began, at_first = time.monotonic(), left
        time.sleep(LOOK_S)
    took_s = time.monotonic() - (began or until)
    stop.set()
    for process in processes:
        process.join()
    lists = [book.read_text().split() for book in books]
    times = Counter(delivery for each in lists for delivery in each)
    return {
        "store": "SQLite" if parts.settings.is_sqlite else "PostgreSQL",
        "deliveries": count,
        "dispatchers": dispatchers,
        "each": [len(each) for each in lists],
        "twice": sum(number > 1 for number in times.values()),
        "never": count - len(times),
        "one_attempt_each": one(parts, ONCE),
        "per_s": round(at_first / took_s) if began else 0,
    }


def one(parts: Parts, statement: str) -> int:
    """Return the number that a statement counts."""
    return int(parts.store.query(statement, {})[0][0])


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the options, seed, and let them work."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--deliveries", type=int, default=1_000_000)
    options.add_argument("--dispatchers", type=int, default=3)
    options.add_argument("--sqlite", action="store_true")
    given = options.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="unitwire-claims-") as name:
        folder = Path(name)
        system = Unitwire(postgres=not given.sqlite, endpoints=ENDPOINTS)
        ground = Processes(folder / "log")
        system.prepare(Place(folder, TARGET, 0, ground))
        parts = system.parts()
        try:
            backlog(parts, EVENTS, ENDPOINTS)
            with parts.store.begin() as c:
                c.exec_driver_sql("DELETE FROM deliveries")
            copies = given.deliveries // EVENTS
            began = world.monotonic()
            parts.store.write(
                lambda cursor: cursor.execute(parts.store.sql(SEED), {"copies": copies})
            )
            print(f"seeded in {world.monotonic() - began:.0f} s", file=sys.stderr)
            figures = prove(parts, copies * EVENTS, given.dispatchers, folder)
        finally:
            parts.close()
            system.put_away(Place(folder, TARGET, 0, ground))
    print(json.dumps(figures))
    if figures["twice"] or figures["never"] or figures["one_attempt_each"] != figures["deliveries"]:
        sys.exit(1)


if __name__ == "__main__":
    main()
