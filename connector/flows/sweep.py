"""Sweep: bring our rows and Stora together again, whatever a crash, a person or Stora did to them.

    list what carries this connection's stamp → compare with the rows → mend each difference

- in Stora, but nobody's: removed; so are the leftovers of earlier removals
- ours, but gone in Stora: made again, with a new secret
- different in Stora (disabled, other events, another address of Unitwire): changed there
- begun and never finished: removed on both sides, for the builder was told that it failed

A listing is old as soon as it is there, so each difference is looked at again in the endpoint's
turn, and what is just being changed is left for the next sweep. A difference that Stora refuses to
have mended is reported and keeps no other from being mended.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from connector import world
from connector.errors import GiveUp, NotFound, Unavailable, UnitwireError
from connector.flows import mirror
from connector.flows.endpoints import COLUMNS, Endpoint, of_row
from connector.flows.parts import Parts
from connector.flows.prune import prune
from connector.flows.turn import Turn, turn
from connector.flows.twin import drift, owner, wanted
from connector.flows.unsubscribe import remove
from connector.store.tables import connections, upstream_endpoints
from connector.store.tables import webhook_endpoints as table

UNFINISHED_MS = 600_000  # a pending endpoint this old has no request any more that makes it


@dataclass
class Report:
    """What a sweep came to: counts, and `lines` for people.

    `removed`: endpoints in Stora that were nobody's. `made_again`: those that were missing there.
    `mended`: those that differed. `withdrawn`: begun and never finished. `left`: could not be
    removed. `failed`: differences and connections that could not be looked after. `pruned`: rows
    that were past their time.
    """

    connections: int = 0
    removed: int = 0
    made_again: int = 0
    mended: int = 0
    withdrawn: int = 0
    left: int = 0
    failed: int = 0
    pruned: int = 0
    lines: list[str] = field(default_factory=list)


def sweep(
    parts: Parts, connection_id: str | None = None, go_on: Callable[[], bool] = lambda: True
) -> Report:
    """Sweep one connection, or all that are active, and prune; never raises because of Stora.

    Ends soon when `go_on` says no. Raises NotFound for an unknown connection.
    """
    report = Report()
    statement = select(connections.c.id, connections.c.operator, connections.c.status)
    if connection_id is not None:
        statement = statement.where(connections.c.id == connection_id)
    else:
        statement = statement.where(connections.c.status == "active")
    with parts.store.read() as c:
        found = c.execute(statement.order_by(connections.c.id)).all()
    if connection_id is not None and not found:
        raise NotFound("There is no such connection.")
    for row in found:
        if not go_on():
            break
        report.connections += 1
        try:
            _sweep(parts, row.id, report)
        except UnitwireError as problem:
            report.failed += 1
            report.lines.append(f"{row.operator} ({row.id}): not swept. {problem.message}")
    report.pruned = prune(parts, go_on)
    return report


def _sweep(parts: Parts, connection_id: str, report: Report) -> None:
    # The rows first: whatever is made in Stora later than this is not looked for there.
    endpoints = _living(parts, connection_id)
    listed = {found["id"]: found for found in mirror.stamped(parts, connection_id, lane="sweep")}
    for endpoint_id, upstream_id in mirror.leftovers(parts, connection_id):
        listed.pop(upstream_id, None)
        _discard(parts, connection_id, endpoint_id, upstream_id, report)
    known = {upstream_id for _, upstream_id in endpoints}
    strays = [(owner(found), id) for id, found in listed.items() if id not in known]
    for endpoint_id, upstream_id in strays:
        _stray(parts, connection_id, endpoint_id, upstream_id, report)
    for endpoint, known_id in endpoints:
        if endpoint.upstream == "pending":
            made = [upstream_id for owner_id, upstream_id in strays if owner_id == endpoint.id]
            _withdraw(parts, endpoint, made, report)
        elif not _agrees(parts, endpoint, listed.get(known_id or "")):
            _mend(parts, endpoint, report)


def _living(parts: Parts, connection_id: str) -> list[tuple[Endpoint, str | None]]:
    """Return the connection's endpoints and what each has in Stora, as far as is known."""
    upstream = upstream_endpoints.alias()
    on = (
        (upstream.c.connection_id == table.c.connection_id)
        & (upstream.c.endpoint_id == table.c.id)
        & (upstream.c.status == "live")
    )
    with parts.store.read() as c:
        rows = (
            c.execute(
                select(*COLUMNS, upstream.c.id.label("upstream_id"))
                .select_from(table.outerjoin(upstream, on))
                .where(table.c.connection_id == connection_id, table.c.deleted_at.is_(None))
                .order_by(table.c.created_at, table.c.id)
            )
            .mappings()
            .all()
        )
    return [(of_row(row), row["upstream_id"]) for row in rows]


def _agrees(parts: Parts, endpoint: Endpoint, have: Mapping[str, Any] | None) -> bool:
    if have is None:  # a disabled one need not be there; it is made again when it is enabled
        return endpoint.status == "disabled"
    same = have.get("status") == endpoint.status
    return same and not drift(wanted(parts, endpoint), have)


def _stray(
    parts: Parts, connection_id: str, endpoint_id: str, upstream_id: str, report: Report
) -> None:
    """Remove what is in Stora, unless it is somebody's, or may become so.

    One that is being made goes on under the key that made this, which brings it back: see `make`.
    """
    try:
        with turn(parts, connection_id, endpoint_id, lane="sweep", wait_s=0) as held:
            endpoint = held.endpoint()
            if endpoint.upstream == "ready" and mirror.known(parts, endpoint) != upstream_id:
                _discard(parts, connection_id, endpoint_id, upstream_id, report)
    except Unavailable:
        return
    except NotFound:
        _discard(parts, connection_id, endpoint_id, upstream_id, report)


def _discard(
    parts: Parts, connection_id: str, endpoint_id: str, upstream_id: str, report: Report
) -> None:
    problem = mirror.discard(parts, connection_id, endpoint_id, upstream_id, lane="sweep")
    if problem:
        report.left += 1
        report.lines.append(f"{upstream_id}: still in Stora. {problem}")
    else:
        report.removed += 1
        report.lines.append(f"{upstream_id}: removed from Stora; it belonged to no workflow.")


def _withdraw(parts: Parts, listed: Endpoint, made: Sequence[str], report: Report) -> None:
    """Remove an endpoint that was begun and never finished, and what was `made` of it in Stora."""
    if world.now_ms() - listed.created_at < UNFINISHED_MS:
        return
    connection_id = listed.connection_id
    try:
        with turn(parts, connection_id, listed.id, lane="sweep", wait_s=0) as held:
            if held.endpoint().upstream != "pending":
                return
            with parts.store.begin() as c:
                remove(c, connection_id, listed.id, "never finished", world.now_ms())
    except (Unavailable, NotFound):
        return
    report.withdrawn += 1
    report.lines.append(f"{listed.id}: removed; it was begun and never finished.")
    for upstream_id in made:
        _discard(parts, connection_id, listed.id, upstream_id, report)


def _mend(parts: Parts, listed: Endpoint, report: Report) -> None:
    try:
        with turn(parts, listed.connection_id, listed.id, lane="sweep", wait_s=0) as held:
            _mend_now(held, report)
    except (Unavailable, NotFound):
        return  # just being changed, or removed by now
    except GiveUp as refused:
        report.failed += 1
        report.lines.append(f"{listed.id}: differs in Stora. {refused.message}")


def _mend_now(held: Turn, report: Report) -> None:
    """Compare with what Stora holds now, not when it was listed, and mend that."""
    parts, endpoint = held.parts, held.endpoint()
    upstream_id = mirror.known(parts, endpoint)
    have = mirror.look(held, upstream_id) if upstream_id else None
    if _agrees(parts, endpoint, have):
        return
    if have is None or upstream_id is None:
        if endpoint.upstream == "ready":
            mirror.remake(held, endpoint)
        else:
            mirror.make(held, endpoint)
        report.made_again += 1
        report.lines.append(f"{endpoint.id}: was missing in Stora; made again.")
        return
    mirror.correct(held, endpoint, upstream_id, have)
    report.mended += 1
    report.lines.append(f"{endpoint.id}: differed in Stora; corrected there.")
