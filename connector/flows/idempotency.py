"""One answer for one Idempotency-Key, in Stora's dialect (Stora page: guides/requests).

The first status and body are kept for 24 h and returned unchanged to whoever repeats the request;
a refusal (4xx) is kept as well. What may succeed later, such as a 5xx or a 429, is not kept, so
that a repeat under the same key can still succeed; that is where Unitwire is kinder than Stora.

Keys belong to one caller at one connection: two apps of an operator that count 1, 2, 3 never see
each other's answers, which may hold a secret and are therefore sealed.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from connector import world
from connector.errors import Conflict
from connector.flows.callers import Caller
from connector.flows.parts import Parts
from connector.flows.quotas import KEYS, demand
from connector.store.secrets import hash_token
from connector.store.tables import idempotency_keys as table

KEEP_MS = 24 * 3_600_000
ABANDONED_MS = 60_000  # few requests take that long: whoever began it has most likely died
WAIT_S = 10.0
POLL_S = 0.05

BUSY = "A request with this Idempotency-Key is still being answered. Repeat it shortly."
OTHER = "This Idempotency-Key was used for another route. Use a new key for each request."

FORGOTTEN = "null"  # what is left of an answer that named an erased contact
WAS_DONE = "This was done, but its answer named a contact that had to be forgotten."


def remembered(text: str) -> dict[str, Any]:
    """Return the kept answer in `text`; raises Conflict if it had to be forgotten."""
    kept: dict[str, Any] | None = json.loads(text)
    if kept is None:
        raise Conflict(WAS_DONE)
    return kept


@dataclass(frozen=True)
class Kept:
    """An answer as it was given."""

    status: int
    body: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Begun:
    """The right to answer the first request under a key."""

    parts: Parts
    where: tuple[ColumnElement[bool], ...]

    def keep(self, answer: Kept) -> None:
        """Keep the answer for 24 h."""
        text = json.dumps({"body": answer.body, "headers": dict(answer.headers)})
        with self.parts.store.begin() as c:
            c.execute(
                update(table)
                .where(*self.where)
                .values(status=answer.status, answer_sealed=self.parts.vault.seal(text))
            )

    def forget(self) -> None:
        """Let a repeat be a first request again."""
        with self.parts.store.begin() as c:
            c.execute(delete(table).where(*self.where))


def begin(parts: Parts, caller: Caller, key: str, route: str) -> Begun | Kept:
    """Return the answer that was kept under `key`, or the right to answer.

    Waits for one that is just being answered. Raises Conflict when that takes more than ten
    seconds, when the key was used for another `route`, and when the answer had to be forgotten; and
    QuotaReached.
    """
    key_hash = hash_token(f"{caller.creator} {key}")
    here = (table.c.connection_id == caller.connection_id, table.c.key_hash == key_hash)
    deadline = world.monotonic() + WAIT_S
    while True:
        now = world.now_ms()
        if _insert(parts, caller.connection_id, key_hash, route, now):
            return Begun(parts, (*here, table.c.created_at == now))
        with parts.store.read() as c:
            row = c.execute(select(table).where(*here)).first()
        if row is not None and row.fingerprint != route:
            raise Conflict(OTHER)
        if row is not None and row.status is not None:
            return Kept(row.status, **remembered(parts.vault.open(row.answer_sealed)))
        if world.monotonic() >= deadline:
            raise Conflict(BUSY, retry_after=5)
        world.sleep(POLL_S)


def _insert(parts: Parts, connection_id: str, key_hash: str, route: str, now: int) -> bool:
    """Begin, unless the key is in use; one that is over or abandoned no longer counts."""
    here = and_(table.c.connection_id == connection_id, table.c.key_hash == key_hash)
    over = or_(
        table.c.created_at <= now - KEEP_MS,
        and_(table.c.status.is_(None), table.c.created_at <= now - ABANDONED_MS),
    )
    try:
        with parts.store.begin() as c:
            c.execute(delete(table).where(here, over))
            if not c.execute(select(table.c.key_hash).where(here)).first():
                demand(c, KEYS, connection_id)
            c.execute(
                insert(table).values(
                    connection_id=connection_id,
                    key_hash=key_hash,
                    fingerprint=route,
                    created_at=now,
                )
            )
    except IntegrityError:
        return False
    return True
