"""Prune: remove rows whose time is over, a few at a time, so that nobody waits for long.

Between two steps it rests for longer than a step takes. SQLite's lock goes to whoever asks at the
right moment: without a rest nobody but prune would get it, and what comes in would wait.

Events, deliveries and attempts stay for `retention_days` after they were received, and longer as
long as they are under way. An event's row is also what makes a repeat do nothing, and Stora
repeats a webhook for a day and a half, so nothing goes before three days have passed.
"""

from collections.abc import Callable

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, or_, select, tuple_

from connector import world
from connector.flows.idempotency import KEEP_MS
from connector.flows.parts import Parts
from connector.flows.runs import KEEP_MS as KEEP_RUN_MS
from connector.store.tables import (
    action_runs,
    attempts,
    authorization_codes,
    connections,
    deliveries,
    events,
    idempotency_keys,
    pending_steps,
    picklists,
    rates,
    sessions,
    timeline_entries,
    tokens,
)

BATCH = 200
REST, LONGEST_REST_S = 4, 1.0  # times as long as the step took, at most
DAY_MS = 86_400_000
LEAST_DAYS = 3


def prune(parts: Parts, go_on: Callable[[], bool] = lambda: True) -> int:
    """Remove all rows whose time is over; return how many deliveries and single-use things.

    Ends within a second or two when `go_on` says no; the rest is for the next time.
    """
    now = world.now_ms()
    kept_since = now - max(parts.settings.retention_days, LEAST_DAYS) * DAY_MS
    ended = select(connections.c.id).where(connections.c.status == "revoked")
    # A spent code or refresh token that comes again tells of theft, so it is known for longer.
    over = (
        (idempotency_keys, idempotency_keys.c.created_at <= now - KEEP_MS),
        (picklists, picklists.c.connection_id.in_(ended)),
        (action_runs, action_runs.c.created_at <= now - KEEP_RUN_MS),
        (
            timeline_entries,
            and_(
                timeline_entries.c.status != "pending",
                timeline_entries.c.created_at <= kept_since,
            ),
        ),
        (authorization_codes, authorization_codes.c.expires_at <= now - DAY_MS),
        (pending_steps, pending_steps.c.expires_at <= now - DAY_MS),
        (rates, rates.c.ends_at <= now),
        (sessions, sessions.c.expires_at <= now),
        (tokens, or_(tokens.c.expires_at <= kept_since, tokens.c.spent_at <= kept_since)),
    )
    removed = sum(_remove(parts, go_on, table, condition) for table, condition in over)
    with parts.store.read() as c:
        ids = list(c.execute(select(connections.c.id)).scalars())
    return removed + sum(_remove_deliveries(parts, go_on, each, kept_since) for each in ids)


def _remove(
    parts: Parts, go_on: Callable[[], bool], table: Table, condition: ColumnElement[bool]
) -> int:
    key = list(table.primary_key.columns)
    chosen = select(*key).where(condition).limit(BATCH)
    gone = delete(table).where(tuple_(*key).in_(chosen))
    return _by_steps(parts, go_on, lambda c: c.execute(gone).rowcount)


def _by_steps(parts: Parts, go_on: Callable[[], bool], step: Callable[[Connection], int]) -> int:
    """Take steps, each in a transaction, until one removes less than a batch; return the sum."""
    removed = 0
    while go_on():
        began = world.monotonic()
        with parts.store.begin() as c:
            count = step(c)
        removed += count
        if count < BATCH:
            break
        world.sleep(min(REST * (world.monotonic() - began), LONGEST_REST_S))
    return removed


def _remove_deliveries(
    parts: Parts, go_on: Callable[[], bool], connection_id: str, kept_since: int
) -> int:
    """Remove old deliveries that came to an end, with their attempts and events.

    Ids are in the order of time, so what is old is found at the beginning of the primary key.
    """
    here = deliveries.c.connection_id == connection_id
    oldest_kept = f"dlv_{kept_since:012x}"
    statement = (
        select(deliveries.c.id, deliveries.c.endpoint_id, deliveries.c.event_id)
        .where(here, deliveries.c.id < oldest_kept, deliveries.c.status != "pending")
        .order_by(deliveries.c.id)
        .limit(BATCH)
    )

    def step(c: Connection) -> int:
        rows = c.execute(statement).all()
        ids = [row.id for row in rows]
        keys = [(row.endpoint_id, row.event_id) for row in rows]
        tried = attempts.c.connection_id == connection_id
        came = events.c.connection_id == connection_id
        c.execute(delete(attempts).where(tried, attempts.c.delivery_id.in_(ids)))
        c.execute(delete(events).where(came, tuple_(events.c.endpoint_id, events.c.id).in_(keys)))
        c.execute(delete(deliveries).where(here, deliveries.c.id.in_(ids)))
        return len(ids)

    return _by_steps(parts, go_on, step)
