"""What tests of claims begin with: a connection with two endpoints, and events that wait."""

import pytest
from stage import connect, listen, received

from connector import world
from connector.flows.parts import Parts
from connector.store.ledger import Due, Result


@pytest.fixture(autouse=True)
def endpoint(parts: Parts) -> None:
    """One connection with two endpoints."""
    connect(parts)
    listen(parts, "we_1")
    listen(parts, "we_2")


def add(parts: Parts, count: int, endpoint_id: str = "we_1", due: int | None = None) -> None:
    """Record `count` events, due now."""
    now = world.now_ms()
    for number in range(count):
        event_id = f"evt_{endpoint_id}_{number}"
        parts.ledger.record(received(event_id, endpoint_id=endpoint_id, now=now, due=due or now))


def claim(
    parts: Parts,
    lease: str,
    *,
    now: int | None = None,
    count: int = 100,
    busy: tuple[str, ...] = (),
) -> list[Due]:
    """Claim for ten seconds."""
    now = now or world.now_ms()
    return parts.ledger.claim(lease=lease, now=now, until=now + 10_000, count=count, busy=busy)


def result(due: Due, lease: str, status: str = "delivered") -> Result:
    """Return a finished attempt."""
    return Result(
        connection_id=due.connection_id,
        delivery_id=due.delivery_id,
        lease=lease,
        attempt=due.attempt,
        started_at=1,
        duration_ms=2,
        answer_status=200,
        error="",
        answer_head=b"HTTP/1.1 200 OK\r\n",
        answer=b"ok",
        status=status,
        reason=None,
        due=None,
        finished_at=3,
    )


# ---- leases ------------------------------------------------------------------------------------
