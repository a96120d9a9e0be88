"""Deliveries: which are meant, one of them as the API shows it, and sending something again.

A replay puts the same delivery back to work: the same event id goes out again, its attempts are
added to those before, and it has a full horizon of retries.
"""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, and_, func, select, update

from connector import world
from connector.errors import Conflict, NotFound
from connector.flows.endpoints import find, named
from connector.flows.parts import Parts
from connector.store.tables import attempts, deliveries, events, webhook_endpoints

STATUSES = ("pending", "delivered", "dead", "skipped")
REPLAYABLE = ("delivered", "dead", "skipped")
MAX_REPLAY = 10_000  # deliveries one replay by filter may put back to work
COMMIT_MS = 60_000  # an id is made after the moment of its `created_at`, by less than that

Term = tuple[str, str, Any]  # a column of deliveries, how it compares, to what
COMPARED: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    ">=": operator.ge,
    "<": operator.lt,
    "IN": lambda column, values: column.in_(values),
}


@dataclass(frozen=True)
class Filter:
    """Which deliveries of a connection: all conditions hold, None means any (times in ms)."""

    statuses: tuple[str, ...] = ()
    endpoint_id: str | None = None
    event_id: str | None = None
    event_type: str | None = None
    created_after: int | None = None
    created_before: int | None = None

    def conditions(self, connection_id: str) -> list[Any]:
        """Return the SQL conditions; the connection always is the first of them."""
        terms = self._terms(connection_id)
        return [COMPARED[sign](deliveries.c[name], value) for name, sign, value in terms]

    def span(self) -> list[Any]:
        """Return conditions on the id that hold for every delivery of the time asked for.

        Ids are in the order of time, so the primary key finds a period without looking at others.
        """
        return [COMPARED[sign](deliveries.c[name], value) for name, sign, value in self._span()]

    def where(self, connection_id: str) -> tuple[str, dict[str, Any]]:
        """Return the conditions as plain SQL about `deliveries d`, and its values by name."""
        texts, values = [], dict[str, Any]()
        for number, (column, sign, value) in enumerate(self._terms(connection_id)):
            several = value if sign == "IN" else (value,)
            named = {f"{column}_{number}_{place}": each for place, each in enumerate(several)}
            texts.append(f"d.{column} {sign} ({', '.join(f':{name}' for name in named)})")
            values |= named
        return " AND ".join(texts), values

    def _terms(self, connection_id: str) -> list[Term]:
        found: list[Term] = [("connection_id", "=", connection_id), *self._span()]
        for column, sign, value in (
            ("status", "IN", self.statuses or None),
            ("endpoint_id", "=", self.endpoint_id),
            ("event_id", "=", self.event_id),
            ("event_type", "=", self.event_type),
            ("created_at", ">=", self.created_after),
            ("created_at", "<", self.created_before),
        ):
            if value is not None:
                found.append((column, sign, value))
        return found

    def _span(self) -> list[Term]:
        found: list[Term] = []
        if self.created_after is not None:
            found.append(("id", ">=", id_at(self.created_after)))
        if self.created_before is not None:
            found.append(("id", "<", id_at(self.created_before + COMMIT_MS)))
        return found


def newer(
    parts: Parts, connection_id: str, wanted: Filter, since: str, limit: int
) -> Sequence[Row[Any]]:
    """Return the newest deliveries made after the one with the id `since`, oldest first, with the
    name of their workflow as `endpoint_name`.
    """
    statement = (
        select(deliveries, webhook_endpoints.c.name.label("endpoint_name"))
        .select_from(joined_endpoint())
        .where(*wanted.conditions(connection_id), deliveries.c.id > since)
        .order_by(deliveries.c.id.desc())
        .limit(limit)
    )
    with parts.store.read() as connection:
        return connection.execute(statement).all()[::-1]


def show_delivery(parts: Parts, connection_id: str, delivery_id: str) -> dict[str, Any]:
    """Return one delivery with its attempts; raises NotFound, for a foreign one as well."""
    with parts.store.read() as connection:
        row = connection.execute(with_event(*one(connection_id, delivery_id))).first()
        if row is None:
            raise NotFound("There is no such delivery.")
        tries = connection.execute(
            select(attempts)
            .where(attempts.c.connection_id == connection_id, attempts.c.delivery_id == delivery_id)
            .order_by(attempts.c.number)
        )
        return document(row) | {"attempts": [attempt(row) for row in tries]}


def replay(parts: Parts, connection_id: str, delivery_id: str) -> dict[str, Any]:
    """Put one delivery back to work and return it.

    One that waits for its next attempt is tried at once. Raises NotFound, and Conflict while an
    attempt is under way or its endpoint cannot take it.
    """
    with parts.store.begin() as connection:
        row = connection.execute(
            select(
                deliveries.c.status,
                deliveries.c.lease,
                webhook_endpoints.c.status.label("endpoint_status"),
                webhook_endpoints.c.paused_at,
            )
            .select_from(joined_endpoint())
            .where(*one(connection_id, delivery_id), webhook_endpoints.c.deleted_at.is_(None))
        ).first()
        if row is None:
            exists = connection.execute(
                select(deliveries.c.id).where(*one(connection_id, delivery_id))
            ).first()
            if exists is None:
                raise NotFound("There is no such delivery.")
            raise Conflict("The webhook endpoint of this delivery was removed.")
        if row.status == "pending" and row.lease is not None:
            raise Conflict("An attempt at this delivery is under way right now.")
        if row.endpoint_status == "disabled":
            raise Conflict("The webhook endpoint is disabled. Enable it first.")
        if row.paused_at is not None:
            raise Conflict("The webhook endpoint is paused. Resume it first.")
        connection.execute(revive(parts).where(*one(connection_id, delivery_id)))
    parts.bell.ring()
    return show_delivery(parts, connection_id, delivery_id)


def replay_many(parts: Parts, connection_id: str, wanted: Filter, *, preview: bool) -> int:
    """Put all deliveries that `wanted` names back to work; return how many.

    Those under way, and those of removed or disabled endpoints, stay as they are. With `preview`
    nothing is changed. Raises Conflict above 10,000: narrow the filter.
    """
    able = and_(
        *wanted.conditions(connection_id),
        deliveries.c.status.in_(REPLAYABLE),
        deliveries.c.endpoint_id.in_(
            select(webhook_endpoints.c.id).where(
                webhook_endpoints.c.connection_id == connection_id,
                webhook_endpoints.c.deleted_at.is_(None),
                webhook_endpoints.c.status == "enabled",
                webhook_endpoints.c.paused_at.is_(None),
            )
        ),
    )
    with parts.store.begin() as connection:
        count: int = connection.execute(
            select(func.count()).select_from(deliveries).where(able)
        ).scalar_one()
        if count > MAX_REPLAY:
            raise Conflict(
                f"{count} deliveries match; at most {MAX_REPLAY} can be sent again at once. "
                "Narrow the filter."
            )
        if not preview and count:
            connection.execute(revive(parts).where(able))
    if not preview and count:
        parts.bell.ring()
    return count


def retry_now(parts: Parts, connection_id: str, endpoint_id: str) -> int:
    """Try at once what waits for its next attempt; return how many. Those under way go on.

    Where only probes are sent, one is sent now.
    Raises NotFound for an endpoint that is not there, or is another connection's.
    """
    now = world.now_ms()
    with parts.store.begin() as connection:
        find(connection, connection_id, endpoint_id)
        count: int = connection.execute(
            update(deliveries)
            .where(
                deliveries.c.connection_id == connection_id,
                deliveries.c.endpoint_id == endpoint_id,
                deliveries.c.status == "pending",
                deliveries.c.lease.is_(None),
                deliveries.c.due > now,
            )
            .values(due=now)
        ).rowcount
        connection.execute(
            update(webhook_endpoints)
            .where(*named(connection_id, endpoint_id), webhook_endpoints.c.probe_at > now)
            .values(probe_at=now)
        )
    parts.bell.ring()
    return count


def revive(parts: Parts) -> Any:
    """Return the UPDATE that makes deliveries due now, for a full horizon."""
    now = world.now_ms()
    return update(deliveries).values(
        status="pending",
        reason=None,
        due=now,
        lease=None,
        finished_at=None,
        give_up_at=now + parts.settings.retry_hours * 3_600_000,
    )


def id_at(ms: int) -> str:
    """Return the smallest id that a delivery made at `ms` can have (see world.new_ordered_id)."""
    return f"dlv_{max(ms, 0):012x}{0:012x}"


def one(connection_id: str, delivery_id: str) -> list[Any]:
    """Return the conditions that name one delivery of a connection."""
    return [deliveries.c.connection_id == connection_id, deliveries.c.id == delivery_id]


def joined_endpoint() -> Any:
    """Return deliveries with their webhook endpoints."""
    return deliveries.join(
        webhook_endpoints,
        and_(
            webhook_endpoints.c.connection_id == deliveries.c.connection_id,
            webhook_endpoints.c.id == deliveries.c.endpoint_id,
        ),
    )


def its_event(rows: Any = deliveries, connection: Any = deliveries.c.connection_id) -> Any:
    """Return the condition that joins `rows` of deliveries, all of `connection`, with events."""
    return and_(
        events.c.connection_id == connection,
        events.c.endpoint_id == rows.c.endpoint_id,
        events.c.id == rows.c.event_id,
    )


def with_event(*conditions: Any) -> Select[Any]:
    """Return the SELECT of deliveries with when their event happened."""
    return (
        select(deliveries, events.c.occurred_at, events.c.repeats)
        .select_from(deliveries.join(events, its_event()))
        .where(*conditions)
    )


def document(row: Any) -> dict[str, Any]:
    """Return a delivery, with what `with_event` finds of it, as the API shows it."""
    return {
        "id": row.id,
        "attempt_count": row.attempts,
        "created_at": world.iso(row.created_at),
        "endpoint": {"id": row.endpoint_id},
        "event": {"id": row.event_id, "type": row.event_type, "created_at": row.occurred_at},
        "finished_at": world.iso(row.finished_at),
        "last_answer_status": row.last_status,
        "next_attempt_at": world.iso(row.due),
        "reason": row.reason,
        "repeats": row.repeats,
        "status": row.status,
    }


def attempt(row: Row[Any]) -> dict[str, Any]:
    """Return an attempt as the API shows it: of the answer, the first 1,024 bytes as text."""
    return {
        "number": row.number,
        "started_at": world.iso(row.started_at),
        "duration_ms": row.duration_ms,
        "status": row.status,
        "error": row.error or None,
        "answer_head": bytes(row.answer_head or b"").decode("latin-1"),
        "answer": bytes(row.answer or b"").decode("utf-8", "replace"),
    }
