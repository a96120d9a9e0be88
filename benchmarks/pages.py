"""How long the pages take, and how much they weigh, beside a log of a million deliveries.

    .venv/bin/python benchmarks/pages.py            # makes a log in a temporary folder first
    .venv/bin/python benchmarks/pages.py --database-url sqlite:////tmp/big.db --plans

Each page is asked for several times inside one process, so what is measured is the server's own
time: session, queries, template. The slowest of all but the first counts (the first fills SQLite's
cache). Fails if a page takes more than 200 ms or, with its style sheet and script, weighs more
than 100 kB. `--plans` prints how the database finds what each page asks for.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import seed
from sqlalchemy import event, func, select, update

from connector.factory import app_of
from connector.flows.parts import Parts, open_parts
from connector.flows.sessions import open_session
from connector.settings import Settings
from connector.store.tables import connections, deliveries, webhook_endpoints

MOST_MS, MOST_BYTES = 200, 100_000
TIMES = 7
BASE = "http://127.0.0.1:8080"
PATHS = (
    "/",
    "/workflows",
    "/workflows/{workflow}",
    "/workflows/{workflow}/filter",
    "/deliveries",
    "/deliveries?before={middle}",
    "/deliveries?status=dead",
    "/deliveries?status=skipped&before={middle}",
    "/deliveries?status=pending",
    "/deliveries?status=delivered&event_type=deal.won",
    "/deliveries?endpoint_id={rare}",
    "/deliveries?endpoint_id={rare}&status=dead",
    "/deliveries?event_type=nothing.known",
    "/deliveries?period=24h&status=dead",
    "/deliveries?q={event}",
    "/deliveries?q={middle}",
    "/deliveries?q=no+such+words",
    "/deliveries/{middle}",
    "/deliveries/live",
    "/replays/new?status=dead",
    "/replays/new?status=delivered&period=7d",
    "/replays/new",
    "/why?id={workflow}",
    "/why?id={event}",
    "/start",
    "/account",
    "/account/changes",
    "/clients",
    "/clients/new?platform=n8n",
)


def main() -> None:
    """Measure, print, and fail if a page is too slow or too heavy."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--database-url", default="")
    options.add_argument("--deliveries", type=int, default=1_000_000)
    options.add_argument("--plans", action="store_true")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="unitwire-bench-") as folder:
        url = given.database_url or f"sqlite:///{Path(folder) / 'unitwire.db'}"
        parts = open_parts(Settings.from_environment(database_url=url, rate_limits=False))
        try:
            fill(parts, given.deliveries)
            sys.exit(measure(parts, plans=given.plans))
        finally:
            parts.close()


def fill(parts: Parts, count: int) -> None:
    """Make the log unless it is there, with a workflow that is being probed."""
    with parts.store.read() as c:
        there = c.execute(select(connections.c.id).where(connections.c.id == seed.CONNECTION))
        if there.first() is not None:
            return
    seed.seed(parts, count)
    probed = webhook_endpoints.c.id == seed.endpoint_id(3)
    with parts.store.begin() as c:
        c.execute(update(webhook_endpoints).where(probed).values(failing_since=1, probe_at=1))


def measure(parts: Parts, *, plans: bool) -> int:
    """Ask for each page; return 1 if one was too slow or too heavy, else 0."""
    client = app_of(parts).test_client()
    client.set_cookie("unitwire", open_session(parts, seed.CONNECTION), domain="127.0.0.1")
    with parts.store.read() as c:
        count = c.execute(select(func.count()).select_from(deliveries)).scalar_one()
        row = c.execute(
            select(deliveries.c.id, deliveries.c.event_id)
            .where(deliveries.c.connection_id == seed.CONNECTION)
            .order_by(deliveries.c.id)
            .offset(count // 2)
            .limit(1)
        ).one()
    names = {
        "workflow": seed.endpoint_id(0),
        "rare": seed.endpoint_id(9),
        "middle": row.id,
        "event": row.event_id,
    }
    beside = sum(
        len(client.get(f"/static/{name}", base_url=BASE).data)
        for name in ("unitwire.css", "unitwire.js")
    )
    print(f"{count:,} deliveries; style sheet and script: {beside:,} bytes\n")
    print(f"{'median':>8} {'slowest':>8} {'bytes':>8}  page")
    failed = 0
    for path in PATHS:
        filled = path.format(**names)
        took = []
        for number in range(TIMES):
            with watched(parts, show=plans and number == 0, title=filled):
                began = time.perf_counter()
                answer = client.get(filled, base_url=BASE)
                took.append((time.perf_counter() - began) * 1000)
            assert answer.status_code == 200, (filled, answer.status_code)
        slowest, weight = max(took[1:]), len(answer.data) + beside
        bad = slowest > MOST_MS or weight > MOST_BYTES
        failed |= bad
        mark = "  <-- too much" if bad else ""
        print(f"{statistics.median(took):8.1f} {slowest:8.1f} {weight:8,}  {filled}{mark}")
    return int(failed)


@contextmanager
def watched(parts: Parts, *, show: bool, title: str) -> Iterator[None]:
    """Print the plan of each query that runs meanwhile, if `show`."""
    seen: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, values: Any, *_more: Any) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            seen.append((statement, values))

    if show:
        event.listen(parts.store.engine, "before_cursor_execute", note)
    yield
    if not show:
        return
    event.remove(parts.store.engine, "before_cursor_execute", note)
    explain = "EXPLAIN QUERY PLAN " if parts.store.is_sqlite else "EXPLAIN "
    print(f"\n== {title}")
    with parts.store.read() as c:
        for statement, values in seen:
            for line in c.exec_driver_sql(explain + statement, values):
                print("   ", line[-1])
            print("    --")


if __name__ == "__main__":
    main()
