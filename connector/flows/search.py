"""Search: the log of deliveries as people read it, newest first, at the same cost at any size.

Every look goes along an index from a cursor (the id of the last delivery shown), and looks at no
more than WINDOW rows. If that many do not fill the page, the answer says how far it looked, and
the next look goes on from there: an odd filter on a log of a million rows costs several looks, not
one that takes for ever.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    Row,
    Select,
    Subquery,
    and_,
    func,
    literal,
    or_,
    select,
)

from connector.flows.deliveries import Filter, its_event
from connector.flows.parts import Parts
from connector.store.tables import deliveries, events, webhook_endpoints

PAGE = 50
WINDOW = 20_000
TEXT_WINDOW = 1_000  # bodies that are searched in one look
IDS = ("dlv_", "evt_", "we_")

Line = Row[Any]


@dataclass(frozen=True)
class Found:
    """One page: `rows` have the delivery's columns and `endpoint_name`.

    `older` is the cursor for what comes next, None at the end; `looked_to` is when the last row
    that was looked at was made (ms), if the page is not full although there is more.
    """

    rows: Sequence[Line]
    older: str | None
    looked_to: int | None


def search(
    parts: Parts, connection_id: str, wanted: Filter, *, text: str = "", before: str = ""
) -> Found:
    """Return a page of the log: what `wanted` names and, with `text`, what is about that.

    `text` is an id, or words: of a workflow's name, or of what Stora sent.
    """
    text = text.strip()
    span = wanted.span() + ([deliveries.c.id < before] if before else [])
    mine = deliveries.c.connection_id == connection_id
    with parts.store.read() as c:
        if text.startswith(IDS):
            fitting = [*span, *wanted.conditions(connection_id), _by_id(connection_id, text)]
            return _page(c.execute(_lines(*fitting).limit(PAGE + 1)).all())
        if not text and wanted == Filter():  # whatever comes along fits
            return _page(c.execute(_lines(mine, *span).limit(PAGE + 1)).all())
        along = [mine, *span, *_along(wanted)]
        limit = TEXT_WINDOW if text else WINDOW
        window = (
            select(deliveries.c.id, deliveries.c.endpoint_id, deliveries.c.event_id)
            .where(*along)
            .order_by(deliveries.c.id.desc())
            .limit(limit)
            .subquery()
        )
        oldest, count = c.execute(select(func.min(window.c.id), func.count())).one()
        if oldest is None:
            return Found([], None, None)
        fitting = [*along, *wanted.conditions(connection_id), deliveries.c.id >= oldest]
        if text:
            inside = list(c.execute(_inside(parts, connection_id, text, window)).scalars())
            fitting.append(_about(connection_id, text, inside))
        rows = c.execute(_lines(*fitting).limit(PAGE + 1)).all()
    page = _page(rows)
    if page.older is None and count == limit:
        return replace(page, older=oldest, looked_to=made_at(oldest))
    return page


def made_at(delivery_id: str) -> int:
    """Return when a delivery was made, by its id (ms)."""
    return int(delivery_id[4:16], 16)


def _along(wanted: Filter) -> list[ColumnElement[bool]]:
    """Return the conditions by which an index holds least besides what is wanted."""
    if wanted.endpoint_id is not None:
        return [deliveries.c.endpoint_id == wanted.endpoint_id]
    if wanted.statuses in (("dead",), ("skipped",)):
        return [deliveries.c.status == wanted.statuses[0], deliveries.c.reason.is_not(None)]
    return []


def _lines(*conditions: ColumnElement[bool]) -> Select[Any]:
    return (
        select(deliveries, webhook_endpoints.c.name.label("endpoint_name"))
        .select_from(
            deliveries.outerjoin(
                webhook_endpoints,
                and_(
                    webhook_endpoints.c.connection_id == deliveries.c.connection_id,
                    webhook_endpoints.c.id == deliveries.c.endpoint_id,
                ),
            )
        )
        .where(*conditions)
        .order_by(deliveries.c.id.desc())
    )


def _by_id(connection_id: str, text: str) -> ColumnElement[bool]:
    if text.startswith("dlv_"):
        return deliveries.c.id == text
    if text.startswith("we_"):
        return deliveries.c.endpoint_id == text
    endpoints = select(webhook_endpoints.c.id).where(
        webhook_endpoints.c.connection_id == connection_id
    )
    made = select(events.c.delivery_id).where(
        events.c.connection_id == connection_id,
        events.c.endpoint_id.in_(endpoints),
        events.c.id == text,
    )
    return deliveries.c.id.in_(made)


def _inside(parts: Parts, connection_id: str, text: str, window: Subquery) -> Select[Any]:
    """Return the SELECT of the deliveries of `window` for which Stora's text has `text`."""
    raw = literal(text.encode(), LargeBinary)
    at = (
        func.instr(events.c.body, raw)
        if parts.store.is_sqlite
        else func.pg_catalog.position(events.c.body, raw)
    )
    joined = window.join(events, its_event(window, connection_id))
    return select(window.c.id).select_from(joined).where(at > 0)


def _about(connection_id: str, text: str, inside: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition: among `inside`, or with `text` in the workflow's name or the type."""
    named = select(webhook_endpoints.c.id).where(
        webhook_endpoints.c.connection_id == connection_id,
        func.lower(webhook_endpoints.c.name).contains(text.lower(), autoescape=True),
    )
    return or_(
        deliveries.c.id.in_(inside),
        deliveries.c.endpoint_id.in_(named),
        deliveries.c.event_type.contains(text, autoescape=True),
    )


def _page(rows: Sequence[Line]) -> Found:
    shown = rows[:PAGE]
    return Found(shown, shown[-1].id if len(rows) > PAGE else None, None)
