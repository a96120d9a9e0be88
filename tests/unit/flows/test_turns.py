"""Turns between claims on both databases: no backlog and no crowded operator is in the way."""

from collections.abc import Collection

import pytest
from stage import connect, listen

from connector import world
from connector.flows.parts import Parts
from connector.store.ledger import Received

NOW = 1_800_000_000_000


@pytest.fixture(autouse=True)
def endpoints(parts: Parts) -> None:
    """Three operators with one workflow each."""
    for number in (1, 2, 3):
        connect(parts, f"conn_{number}")
        listen(parts, f"we_{number}", connection_id=f"conn_{number}")


def add(parts: Parts, number: int, count: int, *, waited: int = 1) -> None:
    """Record `count` events of one operator, due `waited` ms ago."""
    for _ in range(count):
        parts.ledger.record(
            Received(
                connection_id=f"conn_{number}",
                endpoint_id=f"we_{number}",
                event_id=world.new_ordered_id("evt"),
                event_type="invoice.paid",
                occurred_at=None,
                body=b"{}",
                now=NOW,
                delivery_id=world.new_ordered_id("dlv"),
                status="pending",
                reason=None,
                due=NOW - waited,
                give_up_at=NOW + 1_000_000,
                finished_at=None,
            )
        )


def claim(
    parts: Parts, count: int = 100, *, busy: Collection[str] = (), full: Collection[str] = ()
) -> list[str]:
    """Claim for ten seconds; return whose deliveries were claimed."""
    found = parts.ledger.claim(
        lease=world.new_token(), now=NOW, until=NOW + 10_000, count=count, busy=busy, full=full
    )
    return sorted(due.endpoint_id for due in found)


def test_behind_a_backlog_every_second_claim_goes_round(parts: Parts) -> None:
    """While more is due than was claimed, who came late has its turn; then the oldest go on."""
    add(parts, 1, 9, waited=2000)
    add(parts, 2, 3, waited=1000)
    assert claim(parts, 3) == ["we_1"] * 3
    assert claim(parts, 2) == ["we_1", "we_2"]
    assert claim(parts, 3) == ["we_1"] * 3


def test_without_a_backlog_the_oldest_come_first(parts: Parts) -> None:
    """After a claim that took all there was, the next one takes what has been due for longest."""
    add(parts, 1, 1)
    assert claim(parts, 2) == ["we_1"]
    add(parts, 1, 2, waited=2000)
    add(parts, 2, 2, waited=1000)
    assert claim(parts, 2) == ["we_1"] * 2


def test_an_operator_who_has_enough_in_hand_is_passed_over(parts: Parts) -> None:
    """All deliveries of every connection that is full wait, and are there afterwards."""
    for number in (1, 2, 3):
        add(parts, number, 2)
    assert claim(parts, full=("conn_1", "conn_3")) == ["we_2"] * 2
    assert claim(parts) == ["we_1"] * 2 + ["we_3"] * 2


def test_where_nobody_waits_nothing_is_claimed(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Past a busy workflow that waits alone nothing is claimed nor written, and all goes on."""
    add(parts, 1, 1)
    with monkeypatch.context() as patched:
        patched.setattr(parts.store, "write", None)
        assert claim(parts, busy=("we_1",)) == []
    assert claim(parts, busy=("we_2",)) == ["we_1"]
