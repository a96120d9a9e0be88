"""The mirror: the webhook endpoint that Unitwire keeps in Stora for one of its own.

Making one has three outcomes: known good, known bad, and unknown. Stora keeps the first answer to
an Idempotency-Key for 24 h, errors included (Stora page: guides/requests). So the key of an unknown
outcome is used again, which brings the lost answer with its secret, and after a failure that Stora
keeps, what may have been made is looked for and removed before a fresh key is used.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

from sqlalchemy import delete, insert, select, update

from connector import world
from connector.catalogue import API_VERSION
from connector.errors import (
    GiveUp,
    InvalidEndpoint,
    MethodNotAllowed,
    NotFound,
    StoraRefused,
    StoraUnavailable,
    UnitwireError,
)
from connector.flows.call import call_stora
from connector.flows.endpoints import Endpoint
from connector.flows.parts import Parts
from connector.flows.turn import Turn
from connector.flows.twin import drift, is_ours, owner, wanted
from connector.stora.budget import Lane
from connector.stora.client import segment
from connector.store.tables import upstream_endpoints as table

PATH = "/webhook_endpoints"
PAGE = 100
KEY_GOOD_MS = 23 * 3_600_000  # Stora forgets a key after 24 h; then it would make a second one

WITHOUT_KEY = "Stora made the webhook endpoint but did not tell its signing secret. Try again."
NO_DELETE = "Stora offers no way to remove it; it is disabled there."
OUR_ADDRESS = (
    "Stora refused the address under which Unitwire takes in events. "
    "Whoever runs Unitwire has to check UNITWIRE_PUBLIC_URL."
)


# ---- making, changing --------------------------------------------------------------------------


def make(turn: Turn, endpoint: Endpoint) -> None:
    """Make the upstream endpoint of `endpoint`, which has none that is known.

    Raises what call_stora raises; after a StoraUnavailable or TooManyRequests the next call of
    `make` goes on where this one stopped. Raises NotFound when the endpoint was removed meanwhile:
    then nothing stays in Stora.
    """
    want = wanted(turn.parts, endpoint)
    key = endpoint.upstream_key
    if world.now_ms() - endpoint.upstream_key_at > KEY_GOOD_MS:
        key = _start_afresh(turn)
    try:
        made = _post(turn, want, key)
    except StoraUnavailable as problem:
        if problem.lost:
            raise
        made = _post(turn, want, _start_afresh(turn))
    upstream_id, secret = made.get("id"), made.get("secret")
    if not (isinstance(upstream_id, str) and isinstance(secret, str) and secret):
        if isinstance(upstream_id, str):
            discard(turn.parts, endpoint.connection_id, endpoint.id, upstream_id)
        raise StoraRefused(WITHOUT_KEY)
    try:
        if changes := drift(want, made):  # an answer that Stora had kept, from before a change
            turn.call("PATCH", f"{PATH}/{segment(upstream_id)}", json=changes)
        _adopt(turn, endpoint, upstream_id, secret)
    except GiveUp:
        discard(turn.parts, endpoint.connection_id, endpoint.id, upstream_id)
        raise


def bring(turn: Turn, old: Endpoint, new: Endpoint, *, enable: bool) -> None:
    """Make Stora's side of `old` follow `new`; `enable` it there as well.

    One that somebody removed in Stora is made again. Raises what `make` raises.
    """
    upstream_id = known(turn.parts, old)
    if upstream_id is None:
        make(turn, new)
        return
    path = f"{PATH}/{segment(upstream_id)}"
    try:
        if changes := drift(wanted(turn.parts, new), wanted(turn.parts, old)):
            turn.call("PATCH", path, json=changes)
        if enable:
            turn.call("POST", f"{path}/enable", key=world.new_token())
    except NotFound:
        remake(turn, new)


def remake(turn: Turn, endpoint: Endpoint) -> None:
    """Make the upstream endpoint again after somebody removed it in Stora."""
    key, now = world.new_token(), world.now_ms()
    with turn.parts.store.begin() as c:
        turn.write(c, upstream="gone", upstream_key=key, upstream_key_at=now)
        c.execute(
            delete(table).where(
                table.c.connection_id == endpoint.connection_id,
                table.c.endpoint_id == endpoint.id,
                table.c.status == "live",
            )
        )
    make(turn, replace(endpoint, upstream_key=key, upstream_key_at=now))


def look(turn: Turn, upstream_id: str) -> Mapping[str, Any] | None:
    """Return the endpoint as Stora shows it now, None if it is not there."""
    try:
        have = turn.call("GET", f"{PATH}/{segment(upstream_id)}").body.get("endpoint")
    except NotFound:
        return None
    return have if isinstance(have, dict) else {}


def correct(turn: Turn, endpoint: Endpoint, upstream_id: str, have: Mapping[str, Any]) -> None:
    """Change what Stora has (`have`, from `look`) so that it agrees with `endpoint`."""
    path = f"{PATH}/{segment(upstream_id)}"
    if changes := drift(wanted(turn.parts, endpoint), have):
        turn.call("PATCH", path, json=changes)
    if have.get("status") != endpoint.status:
        switch = "enable" if endpoint.status == "enabled" else "disable"
        turn.call("POST", f"{path}/{switch}", key=world.new_token())


def known(parts: Parts, endpoint: Endpoint) -> str | None:
    """Return the id of the upstream endpoint of `endpoint`, None while there is none."""
    with parts.store.read() as c:
        found = c.execute(
            select(table.c.id).where(
                table.c.connection_id == endpoint.connection_id,
                table.c.endpoint_id == endpoint.id,
                table.c.status == "live",
            )
        ).scalar_one_or_none()
    return cast("str | None", found)


def _post(turn: Turn, want: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    try:
        answer = turn.call("POST", PATH, json={"api_version": API_VERSION, **want}, key=key)
    except StoraRefused as refused:
        if any(detail["pointer"] == "/url" for detail in refused.details):
            raise StoraRefused(OUR_ADDRESS) from None
        raise
    made = answer.body.get("endpoint")
    return made if isinstance(made, dict) else {}


def _start_afresh(turn: Turn) -> str:
    """Remove what an earlier attempt may have made and return a fresh key, saved."""
    parts, connection_id = turn.parts, turn.connection_id
    for found in stamped(parts, connection_id, lane=turn.lane):
        if owner(found) == turn.endpoint_id:
            discard(parts, connection_id, turn.endpoint_id, found["id"], lane=turn.lane)
    key = world.new_token()
    turn.save(upstream_key=key, upstream_key_at=world.now_ms())
    return key


def _adopt(turn: Turn, endpoint: Endpoint, upstream_id: str, secret: str) -> None:
    """Keep the id and the secret of what was made."""
    now = world.now_ms()
    with turn.parts.store.begin() as c:
        turn.write(c, upstream="ready")
        c.execute(
            insert(table).values(
                connection_id=endpoint.connection_id,
                id=upstream_id,
                endpoint_id=endpoint.id,
                status="live",
                secret_sealed=turn.parts.vault.seal(secret),
                created_at=now,
                updated_at=now,
            )
        )


# ---- finding, removing -------------------------------------------------------------------------


def stamped(parts: Parts, connection_id: str, *, lane: Lane) -> Iterator[dict[str, Any]]:
    """Yield the endpoints in Stora that carry this connection's stamp, oldest first, once each.

    All are asked for and looked at, since an unknown filter would be ignored and return everything
    (oldest first, so that one made meanwhile moves no other to another page).
    """
    seen: set[str] = set()
    page: int | None = 1
    while page is not None:
        params = {"page": page, "limit": PAGE, "sort_by": "created_at", "sort_direction": "ASC"}
        answer = call_stora(parts, connection_id, "GET", PATH, params=params, lane=lane)
        found = answer.body.get("endpoints") or []
        ours = [one for one in found if is_ours(one, connection_id)]
        yield from (one for one in ours if one["id"] not in seen)
        seen.update(one["id"] for one in ours)
        pagination = (answer.body.get("meta") or {}).get("pagination") or {}
        page = page + 1 if found and pagination.get("next") else None


def discard(
    parts: Parts, connection_id: str, endpoint_id: str, upstream_id: str, *, lane: Lane = "action"
) -> str:
    """Remove an upstream endpoint; return "", or why it could not be done.

    What could not be removed stays known as a leftover, for `sweep`. Never raises because of Stora.
    """
    problem = _remove(parts, connection_id, upstream_id, lane)
    here = (table.c.connection_id == connection_id, table.c.id == upstream_id)
    now = world.now_ms()
    with parts.store.begin() as c:
        if not problem:
            c.execute(delete(table).where(*here))
            return ""
        left = {"status": "leftover", "problem": problem, "updated_at": now}
        if not c.execute(update(table).where(*here).values(**left)).rowcount:
            c.execute(
                insert(table).values(
                    connection_id=connection_id,
                    id=upstream_id,
                    endpoint_id=endpoint_id,
                    created_at=now,
                    **left,
                )
            )
    return problem


def _remove(parts: Parts, connection_id: str, upstream_id: str, lane: Lane) -> str:
    """Delete it in Stora, or disable it where Stora has no such route, as may be."""
    path = f"{PATH}/{segment(upstream_id)}"
    try:
        call_stora(parts, connection_id, "DELETE", path, lane=lane)
    except NotFound:
        return ""
    except (InvalidEndpoint, MethodNotAllowed):
        return disable(parts, connection_id, upstream_id, lane=lane) or NO_DELETE
    except UnitwireError as problem:
        return problem.message
    return ""


def disable(parts: Parts, connection_id: str, upstream_id: str, *, lane: Lane = "action") -> str:
    """Disable it in Stora; return "", or why it could not be done."""
    path = f"{PATH}/{segment(upstream_id)}/disable"
    try:
        call_stora(parts, connection_id, "POST", path, idempotency_key=world.new_token(), lane=lane)
    except UnitwireError as problem:
        return problem.message
    return ""


def leftovers(
    parts: Parts, connection_id: str, endpoint_id: str | None = None
) -> list[tuple[str, str]]:
    """Return (endpoint id, upstream id) of what still has to be removed, of one endpoint or all."""
    statement = select(table.c.endpoint_id, table.c.id).where(
        table.c.connection_id == connection_id, table.c.status == "leftover"
    )
    if endpoint_id is not None:
        statement = statement.where(table.c.endpoint_id == endpoint_id)
    with parts.store.read() as c:
        return [(row.endpoint_id, row.id) for row in c.execute(statement.order_by(table.c.id))]
