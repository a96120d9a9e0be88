"""How long a move to PostgreSQL stops the intake, and whether it loses anything.

    .venv/bin/python -m benchmarks.move --rows 100000

An SQLite installation with so many events, deliveries and attempts takes in webhooks by the clock
while `unitwire db move` runs. Prints one line of JSON: how long the move took, for how long nothing
was acknowledged before it ended, how many were answered 503 in that time, and how many of the
acknowledged are not in the new database. Ends with 1 if any is missing.
"""

import argparse
import json
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from itertools import islice
from typing import Any

from sqlalchemy import insert, select

from benchmarks.load import Load, Sent
from benchmarks.postgres import Postgres
from benchmarks.processes import Processes
from benchmarks.running import Running
from benchmarks.systems.unitwire import Unitwire, backlog
from benchmarks.workload import Event, events
from connector.flows.parts import open_parts
from connector.settings import Settings
from connector.store.tables import attempts, deliveries
from connector.store.tables import events as event_rows

RATE, CONNECTIONS = 50, 64
NOWHERE = "http://127.0.0.1:9/hook"
BATCH = 10_000
AFTER_S = 2.0


def move(rows: int) -> dict[str, Any]:
    """Return the figures."""
    system = Unitwire()
    with Running(system, NOWHERE) as running:
        fill(system, rows)
        target = Postgres(running.place.folder)
        url = target.start(Processes(running.place.folder / "log"))
        try:
            running.start_web()
            return figures(running, system, rows, url)
        finally:
            target.stop()


def figures(running: Running, system: Unitwire, rows: int, url: str) -> dict[str, Any]:
    """Move under load, then compare."""
    command = system._command("db", "move", url)
    process = None
    sent: list[Sent] = []
    over = threading.Event()

    def load() -> None:
        supply = events()
        while not over.is_set():
            second: list[Event] = list(islice(supply, RATE))
            sent.extend(Load(running.url, CONNECTIONS).paced(second, RATE))

    thread = threading.Thread(target=load)
    thread.start()
    time.sleep(AFTER_S)
    began = time.monotonic()
    process = subprocess.run(
        command.argv, env=dict(command.env), check=True, stdout=subprocess.DEVNULL
    )
    ended = time.monotonic()
    time.sleep(AFTER_S)
    over.set()
    thread.join()
    assert process.returncode == 0
    acknowledged = [each for each in sent if each.acknowledged]
    settings = Settings(
        database_url=url, secret_keys=(command.env["UNITWIRE_SECRET_KEYS"],), rate_limits=False
    )
    parts = open_parts(settings)
    try:
        with parts.store.read() as c:
            kept = set(c.execute(select(event_rows.c.id)).scalars())
    finally:
        parts.close()
    last = max(each.ended for each in acknowledged)
    return {
        "rows": 3 * rows,
        "took_s": round(ended - began, 1),
        "stopped_s": round(ended - last, 1),
        "longest_wait_s": round(max(each.ended - each.began for each in acknowledged), 1),
        "refused_meanwhile": sum(not s.acknowledged and began < s.ended < ended for s in sent),
        "acknowledged": len(acknowledged),
        "missing": len({each.id for each in acknowledged} - kept),
    }


def fill(system: Unitwire, rows: int) -> None:
    """Put so many events, delivered at the first attempt, into the installation."""
    parts = system.parts()
    try:
        for start in range(0, rows, BATCH):
            backlog(parts, min(BATCH, rows - start), 1)
        with parts.store.begin() as c:
            c.execute(deliveries.update().values(status="delivered", due=None, attempts=1))
            columns = (deliveries.c.connection_id, deliveries.c.id, deliveries.c.created_at)
            tries = [
                {"connection_id": row[0], "delivery_id": row[1], "started_at": row[2], "number": 1}
                | {"duration_ms": 3, "status": 200, "answer": b"ok"}
                for row in c.execute(select(*columns))
            ]
            c.execute(insert(attempts), tries)
    finally:
        parts.close()


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the options and measure."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=100_000)
    found = move(options.parse_args(arguments).rows)
    print(json.dumps(found))
    if found["missing"]:
        sys.exit(1)


if __name__ == "__main__":
    main()
