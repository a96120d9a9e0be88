"""Deliveries: the log, one delivery from Stora to its answer, and the live tail."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Response, render_template_string, request

from connector import world
from connector.catalogue.events import EVENT_TYPES
from connector.errors import InvalidUrlParam
from connector.flows import deliveries as log
from connector.flows.deliveries import STATUSES, Filter, id_at
from connector.flows.delivery_story import story_of
from connector.flows.search import made_at, search
from connector.flows.tail import CURSOR, OVERLAP_MS
from connector.flows.workflows import names
from connector.web.api import parts
from connector.web.pages import leave
from connector.web.pages.people import asked, mine, people, show

deliveries = people("deliveries")

PERIODS: Mapping[str, tuple[str, int]] = {
    "": ("Any time", 0),
    "1h": ("Last hour", 3_600_000),
    "24h": ("Last 24 hours", 86_400_000),
    "7d": ("Last 7 days", 7 * 86_400_000),
}
LIVE_MS = 3_000  # between two looks of the live tail
LIVE_ROWS = 50
SHOWN = 16_000  # characters of a body
ROW = '{% import "macros.html" as show %}{{ show.line(row) }}'


@dataclass(frozen=True)
class Query:
    """What the log is asked for, as its address and its form say it."""

    q: str = ""
    status: str = ""
    endpoint_id: str = ""
    event_type: str = ""
    period: str = ""

    @property
    def filter(self) -> Filter:
        """The same for the flows."""
        _, ms = PERIODS[self.period]
        return Filter(
            statuses=(self.status,) if self.status else (),
            endpoint_id=self.endpoint_id or None,
            event_type=self.event_type or None,
            created_after=world.now_ms() - ms if ms else None,
        )

    @property
    def parameters(self) -> dict[str, str]:
        """What is not empty, for an address."""
        return {name: value for name, value in vars(self).items() if value}


def query_of(given: Mapping[str, str]) -> Query:
    """Return the query in parameters or a form; raises InvalidUrlParam for what is not offered."""
    query = Query(**{name: given.get(name, "") for name in Query.__dataclass_fields__})
    if query.status not in ("", *STATUSES) or query.period not in PERIODS:
        raise InvalidUrlParam("There is no such choice. Go back and choose again.")
    return query


@deliveries.get("/deliveries")
def see_all() -> Response:
    """Show a page of the log."""
    given = asked()
    query = query_of(given)
    before = given.get("before", "")
    if before and not CURSOR.fullmatch(before):
        raise InvalidUrlParam("This address is not one of the log's. Go back to its beginning.")
    found = search(parts(), mine(), query.filter, text=query.q, before=before)
    return show(
        "deliveries.html",
        "deliveries",
        query=query,
        found=found,
        before=before,
        workflows=names(parts(), mine()),
        event_types=EVENT_TYPES,
        statuses=STATUSES,
        periods=PERIODS,
        cursor=id_at(world.now_ms()),
    )


@deliveries.get("/deliveries/<delivery_id>")
def see(delivery_id: str) -> Response:
    """Show one delivery as a story."""
    story = story_of(parts(), mine(), delivery_id)
    return show(
        "delivery.html",
        "deliveries",
        story=story,
        delivery=story.delivery,
        body=pretty(story.body),
        most=SHOWN,
    )


@deliveries.get("/deliveries/<delivery_id>/body")
def save(delivery_id: str) -> Response:
    """Give what Stora sent, byte for byte, as a file: no browser ever shows it as a page."""
    story = story_of(parts(), mine(), delivery_id)
    response = Response(story.body, mimetype="application/octet-stream")
    response.headers["Content-Disposition"] = (
        f'attachment; filename="{story.delivery.event_id}.json"'
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@deliveries.post("/deliveries/<delivery_id>/replay")
def send_again(delivery_id: str) -> Response:
    """Send one delivery again."""
    log.replay(parts(), mine(), delivery_id)
    return leave(f"/deliveries/{delivery_id}")


@deliveries.get("/deliveries/live")
def live() -> Response:
    """Tell, as server-sent events, what is new since the last look, and end.

    Each look begins a little before the last, since what is made first may be committed second,
    and tells of those few seconds again: the page replaces what it knows, status and all.

    The browser asks again by itself after `retry` ms, with the id of the last thing it was told
    (HTML standard, section 9.2). So a watcher holds no thread between two looks.
    """
    given = asked()
    last = request.headers.get("Last-Event-ID") or given.get("since", "")
    since = last if CURSOR.fullmatch(last) else id_at(world.now_ms())
    told = [f"retry: {LIVE_MS}\n\n"]
    after = id_at(made_at(since) - OVERLAP_MS)
    rows = log.newer(parts(), mine(), query_of(given).filter, after, LIVE_ROWS)
    for row in rows:
        html = render_template_string(ROW, row=row)
        told.append(f"event: delivery\ndata: {json.dumps({'row': html})}\n\n")
    newest = max(since, *(row.id for row in rows)) if rows else since
    told.append(f"id: {newest}\nevent: seen\ndata:\n\n")
    response = Response("".join(told), mimetype="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    return response


def pretty(body: bytes) -> str:
    """Return a body as indented JSON, as it came where it is none or too deep."""
    text = body.decode("utf-8", "replace")
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text
