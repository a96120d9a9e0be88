"""Growth: do the hot operations slow down when the log has a million rows?

Two installations, one with a log of 1,000 deliveries and one with 1,000,000, are asked to do the
same in turns, inside one process: keep events in batches, claim and finish them, and show the
log's first page. Since the turns alternate, what else goes on on the machine hits both alike.
"""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from itertools import islice
from pathlib import Path
from statistics import median

from benchmarks.postgres import Postgres
from benchmarks.processes import Processes
from benchmarks.seed import CONNECTION, endpoint_id, seed
from benchmarks.systems.system import Missing, System
from benchmarks.systems.unitwire import Unitwire
from benchmarks.workload import EVENT_TYPE, events
from connector import world
from connector.flows.deliveries import Filter
from connector.flows.parts import Parts, open_parts
from connector.flows.search import search
from connector.settings import Settings
from connector.store.ledger import CLAIM, Received, Result
from connector.store.secrets import new_key

SMALL, LARGE = 1_000, 1_000_000
TURNS = 11
BATCH = 400
THREADS = 16
PAGES = 20
HOUR_MS = 3_600_000


def growth(system: System, large: float) -> Mapping[str, float]:
    """Return each operation's rate a second at SMALL and at `large` rows, and their ratio."""
    if not isinstance(system, Unitwire):
        raise Missing("only Unitwire has this log")
    figures: dict[str, float] = {}
    with ExitStack() as stack:
        small = stack.enter_context(installation(SMALL, on_postgres=system.on_postgres))
        big = stack.enter_context(installation(int(large), on_postgres=system.on_postgres))
        pool = stack.enter_context(ThreadPoolExecutor(THREADS))
        operations: dict[str, Callable[[Parts], float]] = {
            "ingest": lambda parts: ingest(parts, pool),
            "claim": claim,
            "page": page,
        }
        for name, operation in operations.items():
            rates = [(operation(small), operation(big)) for _ in range(TURNS)]
            figures[f"{name}_small"] = median(one for one, _ in rates)
            figures[f"{name}_large"] = median(one for _, one in rates)
            figures[f"{name}_ratio"] = median(after / before for before, after in rates)
    return figures


@contextmanager
def installation(count: int, *, on_postgres: bool) -> Iterator[Parts]:
    """Give the parts of an installation with a log of `count` deliveries."""
    with tempfile.TemporaryDirectory(prefix="unitwire-bench-") as name:
        folder = Path(name)
        server = Postgres(folder)
        try:
            url = f"sqlite:///{folder / 'unitwire.db'}"
            if on_postgres:
                url = server.start(Processes(folder / "log"))
            with closing(open_parts(Settings(database_url=url, secret_keys=(new_key(),)))) as parts:
                seed(parts, count)
                yield parts
        finally:
            server.stop()


def ingest(parts: Parts, pool: ThreadPoolExecutor) -> float:
    """Keep a batch of events from as many threads as a web process has; return events a second."""
    batch = [received(event.id, event.body) for event in islice(events(), BATCH)]
    began = time.perf_counter()
    list(pool.map(parts.ledger.record, batch))
    return BATCH / (time.perf_counter() - began)


def received(event_id: str, body: bytes) -> Received:
    """Return what receiving makes of an event."""
    now = world.now_ms()
    return Received(
        connection_id=CONNECTION,
        endpoint_id=endpoint_id(0),
        event_id=event_id,
        event_type=EVENT_TYPE,
        occurred_at=None,
        body=body,
        now=now,
        delivery_id=world.new_ordered_id("dlv"),
        status="pending",
        reason=None,
        due=now,
        give_up_at=now + 75 * HOUR_MS,
        finished_at=None,
    )


def claim(parts: Parts) -> float:
    """Claim what `ingest` has left, a batch of it, and save that it was delivered."""
    began = time.perf_counter()
    taken = sum(claim_some(parts) for _ in range(BATCH // CLAIM))
    assert taken == BATCH, f"{taken} of {BATCH} were due"
    return BATCH / (time.perf_counter() - began)


def claim_some(parts: Parts) -> int:
    """Claim what is due, CLAIM of it at most, and save that it was delivered; return how many."""
    now, lease = world.now_ms(), world.new_id("lse")
    found = parts.ledger.claim(
        lease=lease, now=now, until=now + HOUR_MS, count=CLAIM, busy=frozenset()
    )
    parts.ledger.save(
        [
            Result(
                connection_id=due.connection_id,
                delivery_id=due.delivery_id,
                lease=lease,
                attempt=due.attempt,
                started_at=now,
                duration_ms=1,
                answer_status=200,
                error="",
                answer_head=b"",
                answer=b"",
                status="delivered",
                reason=None,
                due=None,
                finished_at=now,
            )
            for due in found
        ]
    )
    return len(found)


def page(parts: Parts) -> float:
    """Look at the log's first page; return pages a second."""
    began = time.perf_counter()
    for _ in range(PAGES):
        assert search(parts, CONNECTION, Filter()).rows
    return PAGES / (time.perf_counter() - began)
