"""Glance: is anything stuck? And how are things going?

What is stuck is found along the index of deliveries with a reason, which holds only what went
wrong; the rest comes from the tallies. So the answer takes milliseconds beside a million rows.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, select

from connector import world
from connector.flows.deliveries import id_at
from connector.flows.parts import Parts
from connector.flows.receive import PAUSED
from connector.flows.search import made_at
from connector.flows.tally import DAY_MS, LAG_MS, LATE
from connector.flows.workflows import DAYS, Workflow, days_of, list_workflows
from connector.store.tables import budgets, connections, deliveries, refusals
from connector.store.tables import webhook_endpoints as table

LOOKED_AT = 5_000  # deliveries with a reason, of each status; and that wait, of one workflow
COUNTED = 20  # workflows whose waiting events are counted
RECENT = 1_000  # deliveries that are not in the tallies yet
TIMES = refusals.c.count.label("times")
QUIET_DAYS = 2  # without any event
BUSY_DAYS = 5  # of those before, at least, with one


@dataclass
class Stuck:
    """One workflow that something keeps from running.

    `cause` is a key of CAUSES; `count` is how many events wait or were given up, the oldest since
    `since` (ms); `reason` is the last failure in words.
    """

    cause: str
    endpoint_id: str
    name: str
    reason: str
    count: int
    since: int


CAUSES: Mapping[str, tuple[str, str]] = {
    "gone": ("Unknown to the builder", "The builder answers that there is no such workflow."),
    "denied": ("Refused by the builder", "The builder does not let Unitwire in at that address."),
    "busy": ("Asked to wait", "The builder takes no more for now. Unitwire tries on by itself."),
    "down": ("Trouble at the builder", "The builder answers with a fault. Unitwire tries on."),
    "silent": ("No answer", "Nobody answers at that address. Unitwire tries on."),
    "other": ("Not taken", "The builder does not take these events."),
    "disabled": ("Switched off", "It hears nothing at all. Switch it on to go on."),
    "paused": ("Paused", "Events are kept and wait until you resume."),
    "given_up": ("Given up", "These were tried to the end. They can be sent again."),
}
"""Each cause: its heading, and what it means."""


@dataclass(frozen=True)
class Glance:
    """What the home page tells; `days` counts by event type (see workflows.days_of).

    `paces` are (p50, p95) a day in ms, None where nothing was delivered, LATE above a minute.
    `counted_to` (ms) is up to when they and `failed` count.
    `today` counts deliveries by status since midnight UTC. `calls` is how many of Stora's 60 calls
    a minute are used.
    """

    status: str
    status_reason: str | None
    stuck: Sequence[Stuck]
    oldest_waiting: int | None
    today: Mapping[str, int]
    days: Mapping[str, Sequence[int]]
    paces: Sequence[tuple[str, str] | None]
    failed: float | None
    counted_to: int
    calls: int
    quiet: Sequence[Workflow]
    refused: Sequence[Row[Any]]
    workflows: int


def glance(parts: Parts, connection_id: str) -> Glance:
    """Return how a connection is doing."""
    now = world.now_ms()
    workflows = list_workflows(parts, connection_id)
    with parts.store.read() as c:
        account = c.execute(
            select(
                connections.c.status, connections.c.status_reason, connections.c.tallied_to
            ).where(connections.c.id == connection_id)
        ).one()
        waiting = c.execute(_grouped(connection_id, "pending", "")).all()
        given_up = c.execute(_grouped(connection_id, "dead", id_at(now - 7 * DAY_MS))).all()
        fresh = c.execute(_fresh(connection_id, account.tallied_to)).all()
        budget = c.scalar(select(budgets.c.state).where(budgets.c.connection_id == connection_id))
        refused = c.execute(_refused(connection_id, now - DAY_MS)).all()
    stuck = [*_stuck(workflows, waiting, given_up)]
    _count_untried(parts, stuck)
    waiting_since = [each.since for each in stuck if each.cause not in ("given_up", "disabled")]
    days = {name: list(counts) for name, counts in days_of(parts, connection_id, "type").items()}
    statuses = days_of(parts, connection_id, "status")
    today = {name: counts[-1] for name, counts in statuses.items()}
    for row in fresh:
        days.setdefault(row.event_type, [0] * DAYS)[-1] += 1
        today[row.status] = today.get(row.status, 0) + 1
    return Glance(
        status=account.status,
        status_reason=account.status_reason,
        stuck=stuck,
        oldest_waiting=min(waiting_since, default=None),
        today=today,
        days=days,
        paces=_paces(days_of(parts, connection_id, "pace")),
        failed=_failed(statuses),
        counted_to=min([now - LAG_MS, *(made_at(row.id) for row in fresh)]),
        calls=_calls(budget, now),
        quiet=[each for each in workflows if _is_quiet(each)],
        refused=refused,
        workflows=len(workflows),
    )


def cause_of(status: int | None, reason: str) -> str:
    """Return the key of CAUSES for the last answer of a workflow."""
    if reason == PAUSED:
        return "paused"
    if status is None:
        return "silent"
    if status in (404, 410):
        return "gone"
    if status in (401, 403):
        return "denied"
    if status in (429, 503):
        return "busy"
    return "down" if status >= 500 else "other"


# Along the index of what waits, however long the log is.
WAITING = """
    SELECT count(*) FROM (
      SELECT 1 FROM deliveries WHERE endpoint_id = :endpoint_id AND status = 'pending' LIMIT :most
    ) AS found
"""


# ---- the queries -------------------------------------------------------------------------------


def _grouped(connection_id: str, status: str, after: str) -> Any:
    some = (
        select(
            deliveries.c.id,
            deliveries.c.endpoint_id,
            deliveries.c.last_status,
            deliveries.c.reason,
            deliveries.c.created_at,
        )
        .where(
            deliveries.c.connection_id == connection_id,
            deliveries.c.status == status,
            deliveries.c.reason.is_not(None),
            deliveries.c.id > after,
        )
        .order_by(deliveries.c.id)
        .limit(LOOKED_AT)
        .subquery()
    )
    return select(
        some.c.endpoint_id,
        func.max(some.c.last_status).label("last_status"),
        func.max(some.c.reason).label("reason"),
        func.count().label("waiting"),
        func.min(some.c.created_at).label("since"),
    ).group_by(some.c.endpoint_id)


def _fresh(connection_id: str, mark: str) -> Any:
    """Return the SELECT of what is newer than the tallies."""
    return (
        select(deliveries.c.id, deliveries.c.event_type, deliveries.c.status)
        .where(deliveries.c.connection_id == connection_id, deliveries.c.id > mark)
        .order_by(deliveries.c.id.desc())
        .limit(RECENT)
    )


def _refused(connection_id: str, since: int) -> Any:
    return (
        select(table.c.id, table.c.name, refusals.c.reason, TIMES, refusals.c.last_at)
        .select_from(table.join(refusals, refusals.c.endpoint_id == table.c.id))
        .where(
            table.c.connection_id == connection_id,
            table.c.deleted_at.is_(None),
            refusals.c.last_at > since,
        )
        .order_by(refusals.c.last_at.desc())
        .limit(20)
    )


# ---- what follows from them --------------------------------------------------------------------


def _stuck(
    workflows: Iterable[Workflow], waiting: Iterable[Row[Any]], given_up: Iterable[Row[Any]]
) -> Iterable[Stuck]:
    known = {each.endpoint.id: each.endpoint for each in workflows}
    for endpoint in known.values():
        if endpoint.status == "disabled":
            reason = endpoint.disabled_reason or "Switched off."
            yield Stuck(
                "disabled", endpoint.id, endpoint.name, reason, 0, endpoint.disabled_at or 0
            )
    for cause_known, rows in ("", waiting), ("given_up", given_up):
        for row in rows:
            if (found := known.get(row.endpoint_id)) is not None:
                cause = "paused" if found.paused_at else cause_of(row.last_status, row.reason)
                yield Stuck(
                    cause_known or cause, found.id, found.name, row.reason, row.waiting, row.since
                )


def _count_untried(parts: Parts, stuck: Iterable[Stuck]) -> None:
    """Let the counts of what waits include what was not tried yet, which has no reason."""
    waiting = [each for each in stuck if each.cause not in ("disabled", "given_up")]
    for each in waiting[:COUNTED]:
        values = {"endpoint_id": each.endpoint_id, "most": LOOKED_AT}
        ((each.count,),) = parts.store.query(parts.store.sql(WAITING), values)


def by_cause(stuck: Iterable[Stuck]) -> dict[str, list[Stuck]]:
    """Return what is stuck by cause, in the order of CAUSES."""
    found = defaultdict(list)
    for each in stuck:
        found[each.cause].append(each)
    return {cause: found[cause] for cause in CAUSES if cause in found}


def _paces(tallied: Mapping[str, Sequence[int]]) -> list[tuple[str, str] | None]:
    steps = sorted(tallied, key=lambda name: float("inf") if name == LATE else int(name))
    return [
        (_share(tallied, steps, day, 0.5), _share(tallied, steps, day, 0.95))
        if any(tallied[step][day] for step in steps)
        else None
        for day in range(DAYS)
    ]


def _share(
    tallied: Mapping[str, Sequence[int]], steps: Sequence[str], day: int, share: float
) -> str:
    """Return the least pace that `share` of a day's deliveries kept."""
    wanted = share * sum(tallied[step][day] for step in steps)
    seen = 0
    for step in steps:
        seen += tallied[step][day]
        if seen >= wanted:
            return step
    return LATE


def _failed(statuses: Mapping[str, Sequence[int]]) -> float | None:
    """Return the share of the last two days' events that were not delivered within a minute."""
    sums = {name: sum(counts[-2:]) for name, counts in statuses.items() if name != "skipped"}
    total = sum(sums.values())
    return (total - sums.get("delivered", 0)) / total if total else None


def _calls(state: str | None, now: int) -> int:
    kept = json.loads(state)["calls"] if state else []
    return sum(now - at < 60_000 for at in kept)


def _is_quiet(workflow: Workflow) -> bool:
    before, lately = workflow.days[:-QUIET_DAYS], workflow.days[-QUIET_DAYS:]
    listens = workflow.state == "listening"
    return listens and not any(lately) and sum(map(bool, before)) >= BUSY_DAYS
