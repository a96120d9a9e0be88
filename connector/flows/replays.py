"""Replays: many deliveries put back to work, a few at a time, so that a builder can keep up.

A replay is a row. A dispatcher steps it every second: it lets go as many as the pace allows, and
writes how far it is in the same transaction, so that two dispatchers never do a step twice and a
killed one loses nothing. Cancelling stops what has not been let go.

`again` sends once more what ended (by filter). `backlog` sends what waited while a workflow was
paused; cancelling it pauses the workflow again.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update

from connector import world
from connector.errors import Conflict, NotFound
from connector.flows import audit
from connector.flows.deliveries import REPLAYABLE, Filter, id_at, revive
from connector.flows.parts import Parts
from connector.flows.quotas import REPLAYS, demand
from connector.flows.replay_choice import WINDOW, able, preview
from connector.store.tables import deliveries, replays, webhook_endpoints

PACES = (10, 60, 300, 1200)  # a minute; Zapier takes 30 a second for one hook
STEP = 500  # let go in one step at most
SETTLE_MS = 20_000  # events that came in just while a workflow was resumed are waited for


@dataclass(frozen=True)
class Replay:
    """How a replay is going (times in ms)."""

    connection_id: str
    id: str
    what: str
    status: str
    filter: Filter
    total: int
    done: int
    per_minute: int
    cursor: str
    created_at: int
    stepped_at: int
    finished_at: int | None

    @property
    def left_ms(self) -> int:
        """How long the rest takes at its pace."""
        return max(self.total - self.done, 0) * 60_000 // self.per_minute


def begin_again(
    parts: Parts, connection_id: str, wanted: Filter, *, per_minute: int, actor: str
) -> Replay:
    """Begin to send again all that `wanted` names and that ended; raises Conflict if none."""
    expected = preview(parts, connection_id, wanted)
    if not expected.count:
        raise Conflict("Nothing matches that could be sent again.")
    with parts.store.begin() as c:
        begun = _begin(c, connection_id, "again", wanted, expected.count, per_minute)
        audit.record(
            c,
            actor=actor,
            action="deliveries.replayed",
            subject=begun.id,
            connection_id=connection_id,
        )
    return begun


def begin_backlog(
    c: Connection, connection_id: str, endpoint_id: str, total: int, per_minute: int
) -> Replay:
    """Begin to let go what waits for an endpoint, in the transaction that resumes it."""
    return _begin(c, connection_id, "backlog", Filter(endpoint_id=endpoint_id), total, per_minute)


def show(parts: Parts, connection_id: str, replay_id: str) -> Replay:
    """Return a replay; raises NotFound, for a foreign one as well."""
    with parts.store.read() as c:
        row = c.execute(select(replays).where(*_one(connection_id, replay_id))).first()
    if row is None:
        raise NotFound("There is no such replay.")
    return _of_row(row)


def newest(parts: Parts, connection_id: str, limit: int = 5) -> list[Replay]:
    """Return the newest replays of a connection."""
    statement = (
        select(replays)
        .where(replays.c.connection_id == connection_id)
        .order_by(replays.c.id.desc())
        .limit(limit)
    )
    with parts.store.read() as c:
        return [_of_row(row) for row in c.execute(statement)]


def cancel(parts: Parts, connection_id: str, replay_id: str, *, actor: str) -> None:
    """Let nothing more go; raises NotFound. One that is over stays as it is."""
    replay = show(parts, connection_id, replay_id)
    now = world.now_ms()
    with parts.store.begin() as c:
        ended = c.execute(
            update(replays)
            .where(*_one(connection_id, replay_id), replays.c.status == "running")
            .values(status="cancelled", finished_at=now)
        )
        if not ended.rowcount:
            return
        if replay.what == "backlog":
            c.execute(
                update(webhook_endpoints)
                .where(
                    webhook_endpoints.c.connection_id == connection_id,
                    webhook_endpoints.c.id == replay.filter.endpoint_id,
                )
                .values(paused_at=now, updated_at=now)
            )
        audit.record(
            c,
            actor=actor,
            action="deliveries.replay_cancelled",
            subject=replay_id,
            connection_id=connection_id,
        )


# ---- stepping ----------------------------------------------------------------------------------


def step(parts: Parts) -> int:
    """Let go what the pace of each running replay allows by now; return how many.

    Those that have waited longest come first, so that nobody's replays keep another's waiting.
    """
    with parts.store.read() as c:
        running = [
            _of_row(row)
            for row in c.execute(
                select(replays)
                .where(replays.c.status == "running")
                .order_by(replays.c.stepped_at)
                .limit(100)
            )
        ]
    count = sum(_step(parts, replay, world.now_ms()) for replay in running)
    if count:
        parts.bell.ring()
    return count


def _step(parts: Parts, replay: Replay, now: int) -> int:
    allowed = min(STEP, (now - replay.stepped_at) * replay.per_minute // 60_000)
    if allowed < 1:
        return 0
    with parts.store.read() as c:
        ids, cursor, over = _chosen(c, replay, allowed, now)
    with parts.store.begin() as c:
        mine = c.execute(
            update(replays)
            .where(
                *_one(replay.connection_id, replay.id),
                replays.c.status == "running",
                replays.c.cursor == replay.cursor,
                replays.c.stepped_at == replay.stepped_at,
            )
            .values(
                cursor=cursor,
                stepped_at=now,
                done=replays.c.done + len(ids),
                **({"status": "finished", "finished_at": now} if over else {}),
            )
        )
        if not mine.rowcount:
            return 0
        if ids:
            c.execute(
                revive(parts).where(
                    deliveries.c.connection_id == replay.connection_id,
                    deliveries.c.id.in_(ids),
                    *_still(replay),
                )
            )
    return len(ids)


def _chosen(c: Connection, replay: Replay, allowed: int, now: int) -> tuple[list[str], str, bool]:
    """Return the ids to let go, the new cursor, and whether that was all."""
    if replay.what == "backlog":
        waiting = (
            select(deliveries.c.id)
            .where(
                deliveries.c.connection_id == replay.connection_id,
                deliveries.c.endpoint_id == replay.filter.endpoint_id,
                deliveries.c.reason.is_not(None),
                *_still(replay),
            )
            .order_by(deliveries.c.id)
            .limit(allowed)
        )
        ids = list(c.execute(waiting).scalars())
        return ids, "", len(ids) < allowed and now - replay.created_at > SETTLE_MS
    left = able(replay.connection_id, replay.filter).where(
        deliveries.c.id > replay.cursor, deliveries.c.id < id_at(replay.created_at)
    )
    rows = c.execute(left.order_by(deliveries.c.id).limit(WINDOW)).all()
    ids = [row.id for row in rows if row.fits][:allowed]
    if len(ids) == allowed:
        return ids, ids[-1], False
    return ids, rows[-1].id if rows else replay.cursor, len(rows) < WINDOW


def _still(replay: Replay) -> Sequence[Any]:
    """Return the conditions that a delivery must still meet when it is let go."""
    if replay.what == "backlog":
        return (deliveries.c.status == "pending", deliveries.c.due.is_(None))
    return (deliveries.c.status.in_(REPLAYABLE),)


def _begin(
    c: Connection, connection_id: str, what: str, wanted: Filter, total: int, per_minute: int
) -> Replay:
    demand(c, REPLAYS, connection_id)
    now = world.now_ms()
    replay_id = world.new_ordered_id("rpl")
    c.execute(
        insert(replays).values(
            connection_id=connection_id,
            id=replay_id,
            what=what,
            status="running",
            filter=json.dumps(asdict(wanted)),
            total=total,
            per_minute=per_minute,
            created_at=now,
            stepped_at=now,
        )
    )
    row = c.execute(select(replays).where(*_one(connection_id, replay_id))).one()
    return _of_row(row)


def _one(connection_id: str, replay_id: str) -> Sequence[Any]:
    return (replays.c.connection_id == connection_id, replays.c.id == replay_id)


def _of_row(row: Any) -> Replay:
    values = dict(row._mapping)
    kept = json.loads(values["filter"])
    return Replay(**values | {"filter": Filter(**kept | {"statuses": tuple(kept["statuses"])})})
