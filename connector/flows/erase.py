"""Erase: what Unitwire keeps about one contact is removed, on the contact's wish.

Every event whose body names the contact's id loses its body but for id, type and time, so that a
repeat of Stora's still does nothing. Its deliveries that wait are not sent any more, what workflows
answered to it is removed, and so is what was noted about the contact for Stora's timeline. Samples
are made of events, so they follow. An answer that is kept for repeats of a request loses its words;
whoever repeats it is told that it was done. In Stora and in the workflows the contact has to be
erased there.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import (
    Column,
    LargeBinary,
    and_,
    bindparam,
    delete,
    func,
    or_,
    select,
    tuple_,
    update,
)

from connector import world
from connector.catalogue import API_VERSION
from connector.errors import InvalidRequest
from connector.flows import audit
from connector.flows.idempotency import FORGOTTEN
from connector.flows.parts import Parts
from connector.flows.reseal import next_batch, rewrite
from connector.store.secrets import hash_token
from connector.store.tables import (
    action_runs,
    attempts,
    deliveries,
    events,
    idempotency_keys,
    timeline_entries,
)

BATCH = 500
LEAST, MOST = 4, 128  # characters of an id: a shorter one would be found everywhere
ERASED = "Erased: the contact it is about had to be forgotten."
KEPT_ANSWERS = (idempotency_keys.c.answer_sealed, action_runs.c.answer_sealed)


@dataclass
class Erased:
    """How much was erased: rows of each kind."""

    events: int = 0
    deliveries: int = 0
    attempts: int = 0
    timeline_entries: int = 0
    kept_answers: int = 0

    def document(self) -> dict[str, int]:
        """Return it for JSON."""
        return asdict(self)


def erase(parts: Parts, contact_id: str) -> Erased:
    """Erase a contact of any connection; may be run again at any time.

    Raises InvalidRequest for what cannot be an id, and SettingsError if a kept answer opens with
    no key.
    """
    if not (LEAST <= len(contact_id) <= MOST and contact_id.isascii() and contact_id.isprintable()):
        raise InvalidRequest("Name the contact by its id in Stora.")
    named = json.dumps(contact_id)
    done = Erased()
    last: tuple[str, ...] = ("", "", "")
    while rows := _next(parts, last):
        _erase(parts, [row for row in rows if named.encode() in bytes(row.body)], done)
        last = tuple(rows[-1])[:3]
    with parts.store.begin() as c:
        about = timeline_entries.c.body.contains(named, autoescape=True)
        entries = delete(timeline_entries).where(about)
        done.timeline_entries = c.execute(entries).rowcount
        subject = f"sha256:{hash_token(contact_id)[:16]}"  # whose it was is not written down
        audit.record(c, actor=audit.COMMAND_LINE, action="contact.erased", subject=subject)
    done.kept_answers = sum(_forget(parts, column, named) for column in KEPT_ANSWERS)
    return done


def _forget(parts: Parts, column: Column[Any], named: str) -> int:
    """Leave nothing of the kept answers that name the contact but that there was one."""
    forgotten = 0
    last: tuple[Any, ...] | None = None
    while rows := next_batch(parts, column, last):
        theirs = [row for row in rows if _names(parts.vault.open(row[-1]), named)]
        forgotten += rewrite(parts, column, [(row, parts.vault.seal(FORGOTTEN)) for row in theirs])
        last = tuple(rows[-1])[:-1]
    return forgotten


def _names(answer: str, named: str) -> bool:
    """Whether the contact is in it; what went over HTTP is kept as JSON inside of JSON."""
    return named in answer or json.dumps(named)[1:-1] in answer


def _next(parts: Parts, last: tuple[str, ...]) -> list[Any]:
    """Return the next events after the key `last`."""
    key = (events.c.connection_id, events.c.endpoint_id, events.c.id)
    wanted = (
        select(*key, events.c.type, events.c.occurred_at, events.c.delivery_id, events.c.body)
        .where(tuple_(*key) > tuple_(*last))
        .order_by(*key)
        .limit(BATCH)
    )
    with parts.store.read() as c:
        return list(c.execute(wanted))


def _erase(parts: Parts, rows: list[Any], done: Erased) -> None:
    """Erase these events, in one transaction."""
    if not rows:
        return
    now = world.now_ms()
    bodies = [
        {"c": row.connection_id, "e": row.endpoint_id, "i": row.id, "b": remains(row)}
        for row in rows
    ]
    theirs = tuple_(deliveries.c.connection_id, deliveries.c.id).in_(
        [(row.connection_id, row.delivery_id) for row in rows]
    )
    tries = tuple_(attempts.c.connection_id, attempts.c.delivery_id).in_(
        [(row.connection_id, row.delivery_id) for row in rows]
    )
    with parts.store.begin() as c:
        c.execute(
            update(events)
            .where(
                events.c.connection_id == bindparam("c"),
                events.c.endpoint_id == bindparam("e"),
                events.c.id == bindparam("i"),
            )
            .values(body=bindparam("b", type_=LargeBinary)),
            bodies,
        )
        done.events += len(rows)
        done.deliveries += c.execute(
            update(deliveries)
            .where(and_(theirs, deliveries.c.status == "pending"))
            .values(status="skipped", reason=ERASED, due=None, lease=None, finished_at=now)
        ).rowcount
        done.attempts += c.execute(
            update(attempts)
            .where(
                tries,
                or_(func.length(attempts.c.answer) > 0, func.length(attempts.c.answer_head) > 0),
            )
            .values(answer=b"", answer_head=b"")
        ).rowcount


def remains(row: Any) -> bytes:
    """Return what is left of an event's body: nothing about anybody."""
    event = {
        "id": row.id,
        "type": row.type,
        "api_version": API_VERSION,
        "created_at": row.occurred_at,
        "data": {},
        "meta": {"erased": True},
    }
    return json.dumps({"event": event}, separators=(",", ":")).encode()
