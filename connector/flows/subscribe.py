"""Subscribe: a builder makes, changes and enables its webhook endpoint.

    row (pending), commit → the upstream endpoint in Stora → its id and secret, commit → 201

- *Making.* A crash in between leaves a pending row and perhaps an orphan in Stora. The builder's
  repeat goes on with the same row; if none comes, `sweep` removes both.
- *Changing, enabling.* Stora first, then the row, so that an error means that nothing changed. New
  event types are accepted here before Stora is asked to send them.

The same source and external id again are the same workflow, hence the same endpoint.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from connector import world
from connector.errors import Conflict, GiveUp, NotFound, Reconnect, UnitwireError
from connector.flows import mirror
from connector.flows.callers import Caller
from connector.flows.endpoints import NO_SUCH, Endpoint
from connector.flows.parts import Parts
from connector.flows.quotas import ENDPOINTS, demand
from connector.flows.stamp import Stamped, restamped, stamped
from connector.flows.turn import Turn, turn
from connector.flows.unsubscribe import record, remove
from connector.store.tables import connections
from connector.store.tables import webhook_endpoints as table

ENABLED: dict[str, Any] = {
    "status": "enabled",
    "disabled_at": None,
    "disabled_reason": None,
    "not_found_since": None,
}
TAKEN = "Another webhook endpoint of this source already has this external_id."


def taken() -> Conflict:
    """Return the error of a stamp that is another endpoint's."""
    return Conflict(TAKEN, details=[{"pointer": "/metadata/external_id", "message": TAKEN}])


@dataclass(frozen=True)
class Subscribed:
    """What a POST came to: `secret` is told once, and only when the endpoint was `created`."""

    endpoint: Endpoint
    secret: str | None
    created: bool


def subscribe(parts: Parts, caller: Caller, body: Mapping[str, Any]) -> Subscribed:
    """Make the endpoint that `body` describes, or update the one that this workflow has.

    `body` is what web.schemas.CreateEndpoint lets through: name, api_version, url, event_types,
    and maybe description and metadata. An endpoint that was disabled is enabled again.

    Raises QuotaReached, Conflict (removed in the meantime), what Stora refuses (then
    nothing is left), and StoraUnavailable, TooManyRequests or Unavailable: then a repeat of the
    same request goes on with what was begun.
    """
    stamp = stamped(caller, body.get("metadata") or {})
    wished = {
        "name": body["name"],
        "description": body.get("description"),
        "url": body["url"],
        "event_types": tuple(dict.fromkeys(body["event_types"])),
        "source": stamp.source,
        "external_id": stamp.external_id,
        "metadata": stamp.metadata,
    }
    endpoint_id = _row_for(parts, caller, stamp, wished, body["api_version"])
    try:
        with turn(parts, caller.connection_id, endpoint_id) as held:
            old = held.endpoint()
            new = replace(old, **wished, updated_at=world.now_ms(), **ENABLED)
            if old.upstream == "pending":
                return _make(held, caller, new)
            return Subscribed(_settle(held, caller.creator, old, new), None, created=False)
    except NotFound:
        raise Conflict("The webhook endpoint was removed in the meantime. Try again.") from None


def change(parts: Parts, caller: Caller, endpoint_id: str, body: Mapping[str, Any]) -> Endpoint:
    """Change an endpoint in place; `body` is what web.schemas.ChangeEndpoint lets through.

    Raises NotFound, Conflict (the external_id is another endpoint's), InvalidContent (too much
    metadata), and what Stora says; then nothing is changed.
    """
    with turn(parts, caller.connection_id, endpoint_id) as held:
        old = _made(held)
        new = replace(
            old,
            name=body.get("name", old.name),
            url=body.get("url", old.url),
            description=body.get("description", old.description),
            event_types=tuple(dict.fromkeys(body.get("event_types", old.event_types))),
            updated_at=world.now_ms(),
        )
        if new.url != old.url:
            new = replace(new, not_found_since=None)
        if "metadata" in body:
            kept = Stamped(old.source, old.external_id, old.metadata)
            stamp = restamped(caller, kept, body["metadata"])
            new = replace(
                new,
                source=stamp.source,
                external_id=stamp.external_id,
                metadata=stamp.metadata,
            )
        return _settle(held, caller.creator, old, new)


def enable(parts: Parts, connection_id: str, endpoint_id: str, *, actor: str) -> Endpoint:
    """Let events be sent again, from Stora on; raises NotFound and what Stora says."""
    with turn(parts, connection_id, endpoint_id) as held:
        old = _made(held)
        new = replace(old, **ENABLED, updated_at=world.now_ms())
        return _settle(held, actor, old, new, enable=True)


# ---- the steps ---------------------------------------------------------------------------------


def _row_for(
    parts: Parts, caller: Caller, stamp: Stamped, wished: Mapping[str, Any], api_version: str
) -> str:
    """Return the id of this workflow's endpoint, of a pending one made for it if it has none.

    The connection's row is locked meanwhile, so one workflow never gets two.
    """
    now = world.now_ms()
    with parts.store.begin() as c:
        c.execute(
            select(connections.c.id)
            .where(connections.c.id == caller.connection_id)
            .with_for_update()
        )
        if found := _holder(c, caller.connection_id, stamp):
            return found
        demand(c, ENDPOINTS, caller.connection_id)
        made = Endpoint(
            connection_id=caller.connection_id,
            id=world.new_id("we"),
            api_version=api_version,
            secret_sealed=parts.vault.seal(world.new_signing_secret()),
            creator=caller.creator,
            upstream="pending",
            upstream_key=world.new_token(),
            upstream_key_at=now,
            created_at=now,
            updated_at=now,
            **wished,
            **ENABLED,
        )
        fixed = ("connection_id", "id", "api_version", "secret_sealed", "creator", "created_at")
        key = ("upstream", "upstream_key", "upstream_key_at")
        values = {name: getattr(made, name) for name in (*fixed, *key)}
        c.execute(insert(table).values(**values, **made.columns))
    return made.id


def _holder(c: Connection, connection_id: str, stamp: Stamped | Endpoint) -> str | None:
    """Return the id of the endpoint that has this source and external id."""
    row = c.execute(
        select(table.c.id).where(
            table.c.connection_id == connection_id,
            table.c.source == stamp.source,
            table.c.external_id == stamp.external_id,
            table.c.deleted_at.is_(None),
        )
    ).first()
    return row.id if row else None


def _make(held: Turn, caller: Caller, new: Endpoint) -> Subscribed:
    """Make a pending endpoint real; what Stora refuses leaves nothing behind."""
    parts = held.parts
    held.save(**new.columns)
    try:
        mirror.make(held, new)
    except (GiveUp, Reconnect) as refused:
        with parts.store.begin() as c:
            remove(c, new.connection_id, new.id, refused.message, world.now_ms())
        raise
    with parts.store.begin() as c:
        record(c, new.connection_id, new.id, caller.creator, "created")
    secret = parts.vault.open(new.secret_sealed)
    return Subscribed(replace(new, upstream="ready"), secret, created=True)


def _made(held: Turn) -> Endpoint:
    """Return the endpoint of a turn; one still being made does not exist for anybody else."""
    endpoint = held.endpoint()
    if endpoint.upstream == "pending":
        raise NotFound(NO_SUCH)
    return endpoint


def _settle(
    held: Turn, actor: str, old: Endpoint, new: Endpoint, *, enable: bool = False
) -> Endpoint:
    """Make Stora, then the row, agree with `new`; raises Conflict if its stamp is another's."""
    parts = held.parts
    with parts.store.read() as c:
        if _holder(c, new.connection_id, new) not in (None, new.id):
            raise taken()
    either = replace(old, event_types=tuple(dict.fromkeys(old.event_types + new.event_types)))
    widened = set(either.event_types) != set(old.event_types)
    if widened:  # what Stora sends from now on must find the door open
        held.save(**either.since(old))
    try:
        mirror.bring(held, old, new, enable=enable or old.status != new.status)
    except UnitwireError:
        if widened:
            held.save(**old.since(either))
        raise
    try:
        with parts.store.begin() as c:
            held.write(c, **new.since(either))
            record(c, new.connection_id, new.id, actor, "changed")
    except IntegrityError:
        raise taken() from None
    return new
