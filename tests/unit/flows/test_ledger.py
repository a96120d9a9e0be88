"""The ledger's hot statements on both databases: leases, fencing, and fair claims."""

import threading

import pytest
from stage import all_deliveries, connect, listen, rows

from connector import world
from connector.flows.parts import Parts
from connector.store.ledger import CLAIM, Due, Received, Result
from connector.store.tables import attempts


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
        answer=b"ok",
        status=status,
        reason=None,
        due=None,
        finished_at=3,
    )


def test_a_claimed_delivery_is_claimed_once(parts: Parts) -> None:
    """Nobody else gets it while the lease lasts, and all that sending needs comes with it."""
    add(parts, 1)
    (due,) = claim(parts, "a")
    assert (due.event_id, due.attempt, bytes(due.body)) == ("evt_we_1_0", 1, b"{}")
    assert claim(parts, "b") == []


def test_a_lost_lease_comes_back(parts: Parts) -> None:
    """When the lease is over the row is due again, for whoever asks, as the next attempt."""
    add(parts, 1)
    claim(parts, "a")
    later = world.now_ms() + 10_001
    (again,) = claim(parts, "b", now=later)
    assert again.attempt == 2


def test_a_frozen_dispatcher_changes_nothing(parts: Parts) -> None:
    """Its attempt is logged, but the state belongs to the one that holds the lease now."""
    add(parts, 1)
    (first,) = claim(parts, "a")
    (second,) = claim(parts, "b", now=world.now_ms() + 10_001)
    parts.ledger.save([result(first, "a", "dead")])
    assert all_deliveries(parts)[0].status == "pending"
    parts.ledger.save([result(second, "b")])
    assert all_deliveries(parts)[0].status == "delivered"
    assert [row.number for row in rows(parts, attempts)] == [1, 2]


def test_a_renewed_lease_lasts(parts: Parts) -> None:
    """Renewing holds what is held, and only under the right lease."""
    add(parts, 1)
    (due,) = claim(parts, "a")
    held = (due.connection_id, due.delivery_id, "a")
    later = world.now_ms() + 10_001
    parts.ledger.renew([(*held[:2], "stranger")], later + 10_000)
    parts.ledger.renew([held], later + 5_000)
    assert claim(parts, "b", now=later) == []
    assert len(claim(parts, "b", now=later + 5_000)) == 1


def test_a_released_delivery_is_as_if_never_claimed(parts: Parts) -> None:
    """It is due when it was said to be, and the attempt does not count."""
    add(parts, 1)
    (due,) = claim(parts, "a")
    parts.ledger.release([(due.connection_id, due.delivery_id, "a")], world.now_ms())
    (again,) = claim(parts, "b", now=world.now_ms() + 1)
    assert again.attempt == 1


def test_busy_endpoints_are_passed_over(parts: Parts) -> None:
    """A claim takes what others wait for."""
    add(parts, 3, "we_1")
    add(parts, 2, "we_2")
    found = claim(parts, "a", busy=("we_1",))
    assert {due.endpoint_id for due in found} == {"we_2"}
    assert len(claim(parts, "b")) == 3


def test_what_is_not_due_is_not_claimed(parts: Parts) -> None:
    """A delivery is claimed at its moment and not a millisecond before."""
    moment = world.now_ms() + 60_000
    add(parts, 1, due=moment)
    assert claim(parts, "a", now=moment - 1) == []
    assert len(claim(parts, "a", now=moment)) == 1


def test_a_claim_has_a_limit(parts: Parts) -> None:
    """No claim takes more than it asks for, nor more than the ledger's own limit."""
    add(parts, CLAIM + 1)
    assert len(claim(parts, "a", count=3)) == 3
    assert len(claim(parts, "b", count=1000)) == CLAIM - 2
    parts.ledger.release([], 0)


def test_parallel_claims_never_share_a_row(parts: Parts) -> None:
    """Eight dispatchers that claim at once take each row exactly once."""
    add(parts, 200)
    taken: list[str] = []

    def work(number: int) -> None:
        while found := claim(parts, f"{number}-{world.new_id('l')}", count=7):
            taken.extend(due.delivery_id for due in found)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 200
