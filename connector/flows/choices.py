"""The choices of a picklist: fetched from Stora, kept for each connection, correct after a write.

Stora allows 60 calls a minute, so what was fetched is kept. While it is fresh it is served as it
is; for a while after that too, and fetched anew in the background. What an action of ours has
changed since is fetched before it is served. One request at a time fetches, across processes.

The value that a form has already always comes along with its label, on whatever page it is.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, select, text, update

from connector import world
from connector.catalogue.ids import PICKLIST_OF
from connector.catalogue.inputs import ObjectId
from connector.catalogue.picklists import PICKLIST, STATIC, Item, Picklist, items, narrow
from connector.catalogue.places import PLACES
from connector.errors import NotFound, Retry, Unavailable
from connector.flows.call import call_stora
from connector.flows.parts import Parts
from connector.stora.budget import Lane
from connector.store.tables import picklists as table

MAX_PAGES: Final = 30  # half of what Stora allows in a minute
PAGE: Final = 100
STALE: Final = 10  # how many lives long something old may be served while it is fetched anew
WAIT_S: Final = 15.0
LEASE_MS: Final = 40_000
POLL_S: Final = 0.05


@dataclass(frozen=True)
class Kept:
    """A picklist as it was fetched."""

    items: list[Item]
    age_ms: int

    def is_fresh(self, row: Picklist) -> bool:
        """Whether it may be served without another thought."""
        return self.age_ms < row.lives_s * 1000

    def is_good(self, row: Picklist) -> bool:
        """Whether it may be served while it is fetched anew."""
        return self.age_ms < row.lives_s * 1000 * STALE


@dataclass(frozen=True)
class Page:
    """One page of choices, and how many there are in all."""

    items: list[Item]
    count: int


def page_of(
    parts: Parts,
    connection_id: str,
    name: str,
    *,
    q: str = "",
    filters: Mapping[str, str] | None = None,
    value: str | None = None,
    page: int = 1,
    limit: int = 50,
) -> Page:
    """Return one page of the picklist `name`, narrowed by words and by what it depends on.

    `value` is the value that the form has: its item stands in front of the first page if it is not
    on that by itself. Raises NotFound for an unknown name, and what `call_stora` raises.
    """
    found = all_of(parts, connection_id, name)
    wanted = narrow(found, q, filters)
    shown = wanted[(page - 1) * limit : page * limit]
    if value and page == 1 and all(item["value"] != value for item in shown):
        current = next((item for item in found if item["value"] == value), None)
        if current is None and name in PICKLIST:
            current = _single(parts, connection_id, PICKLIST[name], value)
        shown = [current, *shown] if current else shown
    return Page(shown, len(wanted))


def all_of(
    parts: Parts,
    connection_id: str,
    name: str,
    *,
    lane: Lane = "picklist",
    wait_s: float = WAIT_S,
) -> list[Item]:
    """Return all choices of the picklist `name`: kept ones, or fetched within `wait_s` seconds."""
    if name in STATIC:
        return STATIC[name]()
    row = PICKLIST.get(name)
    if row is None:
        raise NotFound("There is no such picklist.")
    kept = _kept(parts, connection_id, name)
    if kept is None:
        return _fetched(parts, connection_id, row, lane, wait_s)
    if kept.is_fresh(row):
        return kept.items
    if kept.is_good(row):
        parts.background.do(
            (connection_id, name),
            lambda: _fetched(parts, connection_id, row, lane, wait_s),
        )
        return kept.items
    try:
        return _fetched(parts, connection_id, row, lane, wait_s)
    except Retry:
        return kept.items  # old choices are better than none


def known_of(parts: Parts, connection_id: str, name: str) -> list[Item] | None:
    """Return the choices that are kept, without asking Stora; None if there are none that count."""
    kept = _kept(parts, connection_id, name)
    return kept.items if kept else None


def changed(c: Connection, connection_id: str, resource: str | None) -> None:
    """Note in `c` that an action of ours has changed a `resource`: what was kept no longer counts.

    To be called after Stora's answer, so that what is fetched from now on shows the change.
    """
    if resource in PICKLIST_OF:
        _make_row(c, connection_id, PICKLIST_OF[resource])
        c.execute(
            update(table)
            .where(*_here(connection_id, PICKLIST_OF[resource]))
            .values(changed_at=world.now_ms())
        )


# ---- what is kept ------------------------------------------------------------------------------


def _kept(parts: Parts, connection_id: str, name: str) -> Kept | None:
    with parts.store.read() as c:
        row = c.execute(select(table).where(*_here(connection_id, name))).first()
    if row is None or row.fetched_at <= row.changed_at:
        return None
    return Kept(json.loads(row.items), world.now_ms() - row.fetched_at)


def _fetched(
    parts: Parts, connection_id: str, row: Picklist, lane: Lane, wait_s: float
) -> list[Item]:
    """Fetch the choices, or wait for whoever is fetching them."""
    until = world.monotonic() + wait_s
    while not (began := _take_lease(parts, connection_id, row.name)):
        if world.monotonic() > until:
            raise Unavailable("The choices are just being fetched. Try again.", retry_after=5)
        world.sleep(POLL_S)
    try:
        kept = _kept(parts, connection_id, row.name)
        if kept and kept.is_fresh(row):  # somebody else has just fetched them
            return kept.items
        found = items(row, _documents(parts, connection_id, row, lane, until))
        _save(parts, connection_id, row.name, began, found)
    finally:
        _end_lease(parts, connection_id, row.name, began)
    return found


def _take_lease(parts: Parts, connection_id: str, name: str) -> int | None:
    """Return the moment that fetching begins; None while somebody else fetches."""
    now = world.now_ms()
    with parts.store.begin() as c:
        _make_row(c, connection_id, name)
        taken = c.execute(
            update(table)
            .where(*_here(connection_id, name), table.c.fetching_until <= now)
            .values(fetching_until=now + LEASE_MS)
        )
    return now if taken.rowcount else None


def _save(parts: Parts, connection_id: str, name: str, began: int, found: list[Item]) -> None:
    with parts.store.begin() as c:
        c.execute(
            update(table)
            .where(*_here(connection_id, name), table.c.fetched_at < began)
            .values(items=json.dumps(found), fetched_at=began)
        )


def _end_lease(parts: Parts, connection_id: str, name: str, began: int) -> None:
    with parts.store.begin() as c:
        c.execute(
            update(table)
            .where(*_here(connection_id, name), table.c.fetching_until == began + LEASE_MS)
            .values(fetching_until=0)
        )


def _make_row(c: Connection, connection_id: str, name: str) -> None:
    c.execute(
        text(
            "INSERT INTO picklists (connection_id, name) VALUES (:connection_id, :name) "
            "ON CONFLICT DO NOTHING"
        ),
        {"connection_id": connection_id, "name": name},
    )


def _here(connection_id: str, name: str) -> tuple[Any, ...]:
    return (table.c.connection_id == connection_id, table.c.name == name)


# ---- Stora -------------------------------------------------------------------------------------


def _documents(
    parts: Parts, connection_id: str, row: Picklist, lane: Lane, until: float
) -> list[Mapping[str, Any]]:
    """Return the whole list, at most MAX_PAGES pages of it."""
    found: list[Mapping[str, Any]] = []
    page: object = 1
    for _ in range(MAX_PAGES):
        body = call_stora(
            parts,
            connection_id,
            "GET",
            row.path,
            params={**row.params, "limit": str(PAGE), "page": str(page)},
            lane=lane,
            wait_s=max(0.0, until - world.monotonic()),
        ).body
        listed = body.get(row.envelope)
        found += [each for each in listed or () if isinstance(each, Mapping)]
        meta = body.get("meta")
        pagination = meta.get("pagination") if isinstance(meta, Mapping) else None
        page = pagination.get("next") if isinstance(pagination, Mapping) else None
        if not isinstance(page, int):
            break
    return found


def _single(parts: Parts, connection_id: str, row: Picklist, value: str) -> Item | None:
    """Return the item of one value that is not in the list; None if Stora does not know it."""
    place = PLACES[row.resource]
    if not (place.by_id and ObjectId.form.fullmatch(value)):
        return None
    try:
        answer = call_stora(parts, connection_id, "GET", f"{place.path}/{value}", lane="picklist")
    except NotFound:
        return None
    document = answer.body.get(place.one)
    return next(iter(items(row, [document])), None) if isinstance(document, Mapping) else None
