"""Fair claims on both databases: a busy endpoint's backlog is in nobody's way."""

import pytest
from sqlalchemy import insert
from stage import listen
from unit.flows.claiming import add, claim, endpoint  # noqa: F401  the fixture

from connector import world
from connector.flows.parts import Parts
from connector.store.ledger import CLAIM
from connector.store.tables import deliveries, events


def backlog(parts: Parts, endpoint_id: str, count: int) -> set[str]:
    """Insert deliveries that have been due for a second; return their ids."""
    now = world.now_ms() - 1000
    ids = [world.new_ordered_id("dlv") for _ in range(count)]
    names = {"connection_id": "conn_1", "endpoint_id": endpoint_id}
    with parts.store.begin() as c:
        c.execute(
            insert(events),
            [
                {
                    **names,
                    "id": f"evt_{each}",
                    "type": "invoice.paid",
                    "received_at": now,
                    "body": b"{}",
                    "delivery_id": each,
                }
                for each in ids
            ],
        )
        c.execute(
            insert(deliveries),
            [
                {
                    **names,
                    "id": each,
                    "event_id": f"evt_{each}",
                    "event_type": "invoice.paid",
                    "status": "pending",
                    "due": now,
                    "created_at": now,
                    "give_up_at": now + 10**9,
                }
                for each in ids
            ],
        )
    return set(ids)


def cost_of_claim(parts: Parts, *, busy: list[str], expected: set[str]) -> int:
    """Return how many steps SQLite takes to claim; what was claimed is given back."""
    steps = [0]

    def count() -> int:
        steps[0] += 1
        return 0

    parts.store.write(lambda cursor: cursor.connection.set_progress_handler(count, 10))
    now = world.now_ms()
    found = parts.ledger.claim(lease="lse_1", now=now, until=now + 1000, count=100, busy=busy)
    parts.store.write(lambda cursor: cursor.connection.set_progress_handler(None, 0))
    assert {due.delivery_id for due in found} == expected
    held = [(due.connection_id, due.delivery_id, "lse_1") for due in found]
    parts.ledger.release(held, now - 1000)
    return steps[0]


def test_busy_endpoints_are_passed_over(parts: Parts) -> None:
    """A claim takes what others wait for."""
    add(parts, 3, "we_1")
    add(parts, 2, "we_2")
    found = claim(parts, "a", busy=("we_1",))
    assert {due.endpoint_id for due in found} == {"we_2"}
    assert len(claim(parts, "b")) == 3


def test_endpoints_take_turns_past_a_busy_one(parts: Parts) -> None:
    """One after the other, round and round, and the busy one is never in the way."""
    for endpoint_id in ("we_3", "we_4"):
        listen(parts, endpoint_id)
    for endpoint_id in ("we_1", "we_2", "we_3", "we_4"):
        add(parts, 6, endpoint_id)

    def turn(count: int) -> list[str]:
        found = claim(parts, world.new_token(), count=count, busy=("we_1",))
        return [due.endpoint_id for due in found]

    assert [turn(1) for _ in range(4)] == [["we_2"], ["we_3"], ["we_4"], ["we_2"]]
    assert sorted(turn(3)) == ["we_2", "we_3", "we_4"]
    assert len(set(turn(2))) == 2


def test_who_waits_alone_gets_all_that_there_is_room_for(parts: Parts) -> None:
    """Past a busy endpoint, room is shared by those who wait, in whole deliveries."""
    listen(parts, "we_3")
    for endpoint_id in ("we_1", "we_2"):
        add(parts, 9, endpoint_id)
    assert len(claim(parts, "a", count=4, busy=("we_1",))) == 4
    add(parts, 9, "we_3")
    found = [due.endpoint_id for due in claim(parts, "b", count=5, busy=("we_1",))]
    assert sorted(found) == ["we_2", "we_2", "we_3", "we_3"]


def test_who_waits_has_its_turn(parts: Parts) -> None:
    """While one is busy, a claim takes as many of each of the others, however late they came."""
    for endpoint_id in ("we_busy", "we_a", "we_b", "we_c"):
        listen(parts, endpoint_id)
        backlog(parts, endpoint_id, 20)
    now = world.now_ms()
    found = parts.ledger.claim(lease="lse_1", now=now, until=now + 1000, count=9, busy=["we_busy"])
    assert sorted(due.endpoint_id for due in found) == ["we_a"] * 3 + ["we_b"] * 3 + ["we_c"] * 3


def test_a_claim_has_a_limit(parts: Parts) -> None:
    """No claim takes more than it asks for, nor more than the ledger's own limit."""
    add(parts, CLAIM + 1)
    assert len(claim(parts, "a", count=3)) == 3
    assert len(claim(parts, "b", count=1000)) == CLAIM - 2
    parts.ledger.release([], 0)


def test_a_claim_costs_the_same_behind_a_backlog(parts: Parts) -> None:
    """With thousands of due deliveries of a busy endpoint, another one's are found as quickly."""
    if not parts.store.is_sqlite:
        pytest.skip("SQLite counts its own steps")
    listen(parts, "we_big")
    listen(parts, "we_small")
    small = backlog(parts, "we_small", 5)
    costs = []
    for count in (100, 3000):
        backlog(parts, "we_big", count)
        costs.append(cost_of_claim(parts, busy=["we_big"], expected=small))
    assert costs[1] < 1.5 * costs[0]
