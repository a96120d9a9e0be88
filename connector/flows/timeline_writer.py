"""Writes to Stora's timeline what is due, whoever put it there.

An entry is sent under an Idempotency-Key that follows from its id and from how many keys failures
have used up, so that it is there once, whatever is lost or dies (Stora page: guides/requests).
"""

import json
from collections.abc import Mapping
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from prometheus_client import Counter
from sqlalchemy import Row, select, update

from connector import world
from connector.catalogue.ids import PICKLIST_OF
from connector.catalogue.places import PLACES
from connector.errors import (
    GiveUp,
    StoraUnavailable,
    TooManyRequests,
    Unavailable,
    UnitwireError,
)
from connector.flows import choices
from connector.flows.call import call_stora
from connector.flows.parts import Parts
from connector.flows.timeline import id_of, names_of, none_called
from connector.store.tables import timeline_entries as table

MOST: Final = 20  # in one go
LEASE_MS: Final = 60_000
RETRIES_MS: Final = (10_000, 60_000, 300_000, 1_800_000, 7_200_000, 21_600_000)

ENTRIES = Counter("unitwire_timeline_entries", "Entries in Stora's timeline", ["status"])


def write_due(parts: Parts) -> int:
    """Write the entries that are due, a few of them; return how many were tried.

    Any number of dispatchers may do this at once: each entry is claimed by an UPDATE that must
    touch one row, and one whose writer died is due again when that one's time is up.
    """
    due = (table.c.status == "pending", table.c.due <= world.now_ms())
    with parts.store.read() as c:
        found = c.execute(select(table).where(*due).order_by(table.c.due).limit(MOST)).all()
    tried = 0
    for row in found:
        if _claim(parts, row):
            _save(parts, row, **_written(parts, row))
            tried += 1
    return tried


def _claim(parts: Parts, row: Row[Any]) -> bool:
    with parts.store.begin() as c:
        taken = c.execute(
            update(table)
            .where(*_here(row), table.c.status == "pending", table.c.due == row.due)
            .values(due=world.now_ms() + LEASE_MS)
        )
    return bool(taken.rowcount)


def _written(parts: Parts, row: Row[Any]) -> dict[str, Any]:
    """Try to write an entry; return what is to be saved of it."""
    try:
        body: dict[str, Any] = json.loads(row.body)
        for resource, name in names_of(parts).items():
            known = choices.all_of(
                parts, row.connection_id, PICKLIST_OF[resource], lane="timeline", wait_s=0
            )
            id = id_of(known, name)
            if id is None:
                return _ended("off", problem=none_called(resource, name))
            body[resource.removeprefix("timeline_")] = {"id": id}
        made = call_stora(
            parts,
            row.connection_id,
            "POST",
            PLACES["timeline_event"].path,
            json=body,
            idempotency_key=str(uuid5(NAMESPACE_URL, f"{row.id} {row.generation}")),
            lane="timeline",
            wait_s=0,
            repeats=False,
        ).body.get(PLACES["timeline_event"].one)
        event_id = made.get("id") if isinstance(made, Mapping) else None
        return _ended("written", event_id=event_id, problem=None)
    except (TooManyRequests, Unavailable) as problem:
        return {"due": world.now_ms() + int((problem.retry_after or 1) * 1000)}
    except StoraUnavailable as problem:
        used_up = {"generation": row.generation + 1} if problem.answered else {}
        return _later(row, problem) | used_up
    except GiveUp as problem:
        return _ended("failed", problem=problem.message)
    except UnitwireError as problem:
        return _later(row, problem)


def _later(row: Row[Any], problem: UnitwireError) -> dict[str, Any]:
    if row.attempts >= len(RETRIES_MS):
        return _ended("failed", problem=problem.message)
    wait = RETRIES_MS[row.attempts] * (1 + world.jitter() / 4)
    return {
        "attempts": row.attempts + 1,
        "due": world.now_ms() + int(wait),
        "problem": problem.message,
    }


def _ended(status: str, **values: Any) -> dict[str, Any]:
    ENTRIES.labels(status).inc()
    return {"status": status, "due": None, **values}


def _save(parts: Parts, row: Row[Any], **values: Any) -> None:
    with parts.store.begin() as c:
        c.execute(update(table).where(*_here(row)).values(values))


def _here(row: Row[Any]) -> tuple[Any, ...]:
    return (table.c.connection_id == row.connection_id, table.c.id == row.id)
