"""Prune: rows go when their time is over, and not before."""

from typing import Any

import pytest
import stage
from sqlalchemy import insert, select
from stage import received, rows

from connector import world
from connector.flows import prune as flow
from connector.flows.parts import Parts
from connector.flows.prune import DAY_MS, LONGEST_REST_S, REST, prune
from connector.store.ledger import Result
from connector.store.tables import (
    attempts,
    authorization_codes,
    deliveries,
    events,
    idempotency_keys,
    pending_steps,
    sessions,
    tokens,
)


def remember(
    parts: Parts, number: int, days: float, status: str = "delivered", connection: str = "conn_1"
) -> None:
    """Keep an event with its delivery and an attempt, received `days` ago."""
    at = world.now_ms() - int(days * DAY_MS)
    pending = status == "pending"
    delivery_id = f"dlv_{at:012x}{number:012x}"
    parts.ledger.record(
        received(
            f"evt_{number}",
            now=at,
            connection_id=connection,
            delivery_id=delivery_id,
            status=status,
            due=at if pending else None,
            give_up_at=at,
            finished_at=None if pending else at,
        )
    )
    parts.ledger.save(
        [
            Result(
                connection, delivery_id, "none", 1, at, 5, 200, "", b"", b"", status, None, None, at
            )
        ]
    )


def left(parts: Parts) -> set[str]:
    """Return the ids of events that are left, and check that the three tables agree."""
    found = {row.event_id: row.id for row in rows(parts, deliveries)}
    assert found.keys() == {row.id for row in rows(parts, events)}
    assert set(found.values()) == {row.delivery_id for row in rows(parts, attempts)}
    return set(found)


def test_old_deliveries_go_with_their_events_and_attempts(parts: Parts) -> None:
    """After 30 days, unless they are still under way; of every connection."""
    for connection in ("conn_1", "conn_2"):
        stage.connect(parts, connection)
    remember(parts, 1, 31)
    remember(parts, 2, 29)
    remember(parts, 3, 31, "pending")
    remember(parts, 4, 31, "dead", "conn_2")

    assert prune(parts) == 2
    assert left(parts) == {"evt_2", "evt_3"}
    assert prune(parts) == 0


def test_nothing_goes_before_three_days(make_settings: Any) -> None:
    """An event's row keeps Stora's repeats from being delivered twice."""
    from connector.flows.parts import open_parts

    parts = open_parts(make_settings(retention_days=1))
    stage.connect(parts)
    remember(parts, 1, 2.9)
    remember(parts, 2, 3.1)

    assert prune(parts) == 1
    assert left(parts) == {"evt_1"}
    parts.close()


def test_more_than_one_batch_goes(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few at a time, until all are gone; in between others have the database, for longer."""
    monkeypatch.setattr(flow, "BATCH", 2)
    rests: list[float] = []
    monkeypatch.setattr(world, "sleep", rests.append)
    stage.connect(parts)
    for number in range(5):
        remember(parts, number, 31)

    began = world.monotonic()
    assert prune(parts) == 5
    took = world.monotonic() - began
    assert left(parts) == set()
    assert len(rests) == 2
    assert all(0 < each <= min(REST * took, LONGEST_REST_S) for each in rests)


def test_whoever_has_to_end_leaves_the_rest(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dispatcher that is told to stop does not wait for a long log to be pruned."""
    monkeypatch.setattr(flow, "BATCH", 2)
    stage.connect(parts)
    for number in range(5):
        remember(parts, number, 31)

    assert prune(parts, go_on=lambda: len(left(parts)) == 5) == 2
    assert len(left(parts)) == 3


ROWS: list[tuple[Any, str, int, dict[str, Any]]] = [
    (idempotency_keys, "created_at", 1, {"connection_id": "c", "fingerprint": "POST /"}),
    (pending_steps, "expires_at", 1, {"kind": "stora", "payload_sealed": ""}),
    (sessions, "expires_at", 0, {"connection_id": "c", "created_at": 0}),
    (tokens, "expires_at", 30, {"family_id": "f", "kind": "access", "scopes": "", "created_at": 0}),
    (tokens, "spent_at", 30, {"family_id": "f", "kind": "refresh", "scopes": "", "created_at": 0}),
    (
        authorization_codes,
        "expires_at",
        1,
        {
            "client_id": "a",
            "connection_id": "c",
            "redirect_uri": "",
            "scopes": "",
            "code_challenge": "",
            "created_at": 0,
        },
    ),
]


@pytest.mark.parametrize(
    ("table", "column", "days", "values"), ROWS, ids=[f"{row[0]}-{row[1]}" for row in ROWS]
)
def test_single_use_things_go_when_they_are_over(
    parts: Parts, table: Any, column: str, days: int, values: dict[str, Any]
) -> None:
    """One that is over goes; one that is not, and one without an end, stays."""
    key = list(table.primary_key.columns)[-1].name
    moments = {"over": -days * DAY_MS - 1000, "good": -days * DAY_MS + 60_000}
    with parts.store.begin() as c:
        for name, offset in moments.items():
            c.execute(insert(table).values({key: name, column: world.now_ms() + offset, **values}))
        if table is tokens:
            c.execute(insert(table).values({key: "endless", **values}))
    prune(parts)

    with parts.store.read() as c:
        kept = set(c.execute(select(table.c[key])).scalars())
    assert kept == {"good"} | ({"endless"} if table is tokens else set())
