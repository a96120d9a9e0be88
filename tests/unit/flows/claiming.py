"""What tests of claims begin with: a connection with two endpoints, and events that wait."""

import pytest
from stage import connect, listen

from connector import world
from connector.flows.parts import Parts
from connector.store.ledger import Due, Received


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
        parts.ledger.record(
            Received(
                connection_id="conn_1",
                endpoint_id=endpoint_id,
                event_id=f"evt_{endpoint_id}_{number}",
                event_type="invoice.paid",
                occurred_at=None,
                body=b"{}",
                now=now,
                delivery_id=world.new_ordered_id("dlv"),
                status="pending",
                reason=None,
                due=due or now,
                give_up_at=now + 1_000_000,
                finished_at=None,
            )
        )


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
