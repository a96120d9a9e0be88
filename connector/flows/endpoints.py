"""Webhook endpoints as they are kept: one, all of a connection, and how the API shows them.

The row is what the builder wants; `mirror` makes Stora agree with it.
An endpoint that Stora has not confirmed yet (`upstream` is `pending`) does not exist for anybody
but the request that makes it.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from sqlalchemy import ColumnElement, Connection, RowMapping, select

from connector.errors import NotFound
from connector.flows.parts import Parts
from connector.store.tables import webhook_endpoints as table
from connector.world import iso

ID = re.compile(r"we_[0-9a-z]{1,32}")
STATUSES = ("enabled", "disabled")
NO_SUCH = "There is no such webhook endpoint."


@dataclass(frozen=True)
class Endpoint:
    """One workflow that listens; times in milliseconds since the epoch."""

    connection_id: str
    id: str
    source: str
    external_id: str
    name: str
    api_version: str
    description: str | None
    url: str
    event_types: tuple[str, ...]
    metadata: Mapping[str, str]
    status: str
    disabled_at: int | None
    disabled_reason: str | None
    not_found_since: int | None
    secret_sealed: str
    creator: str
    upstream: str
    upstream_key: str
    upstream_key_at: int
    created_at: int
    updated_at: int
    paused_at: int | None = None
    filter: str | None = None
    failing_since: int | None = None
    probe_at: int | None = None

    @property
    def columns(self) -> dict[str, Any]:
        """What a change may write, as the columns hold it."""
        return {
            "source": self.source,
            "external_id": self.external_id,
            "name": self.name,
            "description": self.description,
            "url": self.url,
            "event_types": json.dumps(self.event_types),
            "metadata": json.dumps(self.metadata),
            "status": self.status,
            "disabled_at": self.disabled_at,
            "disabled_reason": self.disabled_reason,
            "not_found_since": self.not_found_since,
            "updated_at": self.updated_at,
        }

    def since(self, old: "Endpoint") -> dict[str, Any]:
        """Return the columns in which this differs from `old`.

        Only these are written, so that what somebody else changed meanwhile stays.
        """
        before = old.columns
        return {name: value for name, value in self.columns.items() if value != before[name]}


COLUMNS = tuple(table.c[name] for name in Endpoint.__dataclass_fields__)


def of_row(row: RowMapping) -> Endpoint:
    """Return the endpoint in a row that has `COLUMNS`."""
    values = {column.name: row[column.name] for column in COLUMNS}
    values["event_types"] = tuple(json.loads(values["event_types"]))
    values["metadata"] = json.loads(values["metadata"])
    return Endpoint(**values)


def named(connection_id: str, endpoint_id: str) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that name one endpoint; raise NotFound for what cannot be an id."""
    if not ID.fullmatch(endpoint_id):
        raise NotFound(NO_SUCH)
    return (table.c.connection_id == connection_id, table.c.id == endpoint_id)


def alive(connection: Connection, connection_id: str, endpoint_id: str) -> Endpoint | None:
    """Return the endpoint unless it was removed, also one that is still being made."""
    row = (
        connection.execute(
            select(*COLUMNS).where(*named(connection_id, endpoint_id), table.c.deleted_at.is_(None))
        )
        .mappings()
        .first()
    )
    return of_row(row) if row else None


def find(connection: Connection, connection_id: str, endpoint_id: str) -> Endpoint:
    """Return an endpoint; raises NotFound for an unknown, a removed and a foreign one alike."""
    found = alive(connection, connection_id, endpoint_id)
    if found is None or found.upstream == "pending":
        raise NotFound(NO_SUCH)
    return found


def show(parts: Parts, connection_id: str, endpoint_id: str) -> Endpoint:
    """Return an endpoint; raises NotFound."""
    with parts.store.read() as connection:
        return find(connection, connection_id, endpoint_id)


@dataclass(frozen=True)
class Wanted:
    """Which endpoints of a connection: no status means any, `metadata` must all be there."""

    statuses: tuple[str, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    direction: Literal["ASC", "DESC"] = "DESC"


def list_endpoints(
    parts: Parts, connection_id: str, wanted: Wanted, *, page: int, limit: int
) -> tuple[list[Endpoint], int]:
    """Return one page, by time of creation, and how many there are in all.

    A connection has at most `quotas.ENDPOINTS`, so the metadata is looked at here, which
    no index could help with.
    """
    with parts.store.read() as connection:
        rows = (
            connection.execute(
                select(*COLUMNS)
                .where(
                    table.c.connection_id == connection_id,
                    table.c.deleted_at.is_(None),
                    table.c.upstream != "pending",
                )
                .order_by(table.c.created_at, table.c.id)
            )
            .mappings()
            .all()
        )
    found = [
        endpoint
        for endpoint in map(of_row, rows)
        if (not wanted.statuses or endpoint.status in wanted.statuses)
        and wanted.metadata.items() <= endpoint.metadata.items()
    ]
    ordered = found if wanted.direction == "ASC" else found[::-1]
    return ordered[(page - 1) * limit : page * limit], len(found)


def of_installation(parts: Parts, connection_id: str | None = None) -> list[Endpoint]:
    """Return all endpoints of all connections or of one, for whoever runs Unitwire, oldest first.

    Those that are still being made are among them.
    """
    statement = select(*COLUMNS).where(table.c.deleted_at.is_(None))
    if connection_id is not None:
        statement = statement.where(table.c.connection_id == connection_id)
    with parts.store.read() as connection:
        rows = connection.execute(statement.order_by(table.c.created_at, table.c.id)).mappings()
        return [of_row(row) for row in rows]


def anywhere(parts: Parts, endpoint_id: str) -> Endpoint:
    """Return an endpoint of any connection, for whoever runs Unitwire; raises NotFound."""
    with parts.store.read() as connection:
        row = (
            connection.execute(
                select(*COLUMNS).where(table.c.id == endpoint_id, table.c.deleted_at.is_(None))
            )
            .mappings()
            .first()
        )
    if row is None:
        raise NotFound(NO_SUCH)
    return of_row(row)


def document(endpoint: Endpoint, secret: str | None = None) -> dict[str, object]:
    """Return an endpoint as the API shows it (Stora page: Create a Webhook Endpoint)."""
    return {
        "id": endpoint.id,
        "api_version": endpoint.api_version,
        "created_at": iso(endpoint.created_at),
        "creator": {"id": endpoint.creator},
        "description": endpoint.description,
        "disabled_at": iso(endpoint.disabled_at),
        "event_types": list(endpoint.event_types),
        "metadata": cast(object, dict(endpoint.metadata)),
        "name": endpoint.name,
        "secret": secret,
        "status": endpoint.status,
        "updated_at": iso(endpoint.updated_at),
        "url": endpoint.url,
    }
