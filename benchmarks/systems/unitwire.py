"""Unitwire as it is installed: `serve` with its dispatcher, on either database.

The endpoint is put into the database as the API would, since there is no Stora to mirror it in.
"""

import json
import sys
from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert

from benchmarks.postgres import Postgres
from benchmarks.systems.system import Bare, Command, Place
from benchmarks.workload import EVENT_TYPE, SECRET, events
from connector import world
from connector.catalogue import API_VERSION
from connector.flows.parts import Parts, open_parts
from connector.settings import Settings
from connector.store.secrets import new_key
from connector.store.tables import (
    connections,
    deliveries,
    upstream_endpoints,
    webhook_endpoints,
)
from connector.store.tables import events as event_rows

CONNECTION = "conn_bench00000000001"
DAY_MS = 86_400_000


def endpoint_id(number: int) -> str:
    """Return the id of the workflow with that number."""
    return f"we_bench{number:012d}"


class Unitwire(Bare):
    """Both laws hold: nothing is acknowledged before it is durable, and what is lost is sent again.

    `endpoints` workflows listen, all at the one target; events of the web load go to the first.
    """

    promises = "durable before 2xx, retried for 75 h, both signatures, target guard, log"
    server = "uvicorn + intake"
    path = f"/hooks/stora/{endpoint_id(0)}"

    def __init__(self, *, postgres: bool = False, endpoints: int = 8) -> None:
        self.name = "Unitwire, PostgreSQL" if postgres else "Unitwire, SQLite"
        self.on_postgres = postgres
        self._endpoints = endpoints
        self._postgres: Postgres | None = None

    def prepare(self, place: Place) -> None:
        """Make the database with its endpoints."""
        self._environment = {
            "UNITWIRE_DATABASE_URL": self._database(place),
            "UNITWIRE_SECRET_KEYS": new_key(),
            "UNITWIRE_PUBLIC_URL": f"http://127.0.0.1:{place.port}",
            "UNITWIRE_ALLOW_TARGETS": "127.0.0.0/8",
            "UNITWIRE_RATE_LIMITS": "false",
            "UNITWIRE_LOG_LEVEL": "error",
        }
        parts = self.parts()
        try:
            fill(parts, place.target, self._endpoints)
        finally:
            parts.close()

    def _database(self, place: Place) -> str:
        if not self.on_postgres:
            return f"sqlite:///{place.folder / 'unitwire.db'}"
        self._postgres = Postgres(place.folder)
        return self._postgres.start(place.ground)

    def parts(self) -> Parts:
        """Open the installation in this process."""
        given = self._environment
        return open_parts(
            Settings(
                database_url=given["UNITWIRE_DATABASE_URL"],
                secret_keys=(given["UNITWIRE_SECRET_KEYS"],),
                rate_limits=False,
            )
        )

    def web(self, place: Place) -> Sequence[Command]:
        """Return the web server alone."""
        return [self._command("serve", "--web-only", "--port", str(place.port))]

    def workers(self, place: Place) -> Sequence[Command]:
        """Return the dispatcher, which `serve` would start itself."""
        return [self._command("dispatch")]

    def serve(self, place: Place) -> Command:
        """Return the one command that is both."""
        return self._command("serve", "--port", str(place.port))

    def put_away(self, place: Place) -> None:
        """End PostgreSQL, if it was used."""
        if self._postgres:
            self._postgres.stop()

    def preload(self, place: Place, count: int) -> list[str]:
        """Insert events that are due, spread over the endpoints; return their ids."""
        parts = self.parts()
        try:
            return backlog(parts, count, self._endpoints)
        finally:
            parts.close()

    def _command(self, *arguments: str) -> Command:
        return Command([sys.executable, "-m", "connector", *arguments], self._environment)


def fill(parts: Parts, target: str, endpoints: int) -> None:
    """Insert one connection with so many endpoints, all of which deliver to `target`."""
    now = world.now_ms()
    stamps = {"created_at": now, "updated_at": now}
    with parts.store.begin() as c:
        c.execute(
            insert(connections).values(
                **stamps,
                id=CONNECTION,
                kind="access_token",
                status="active",
                operator="Harbour Self Storage",
                scopes=" ".join(parts.settings.stora_scopes),
                credentials_sealed=parts.vault.seal("{}"),
            )
        )
        for number in range(endpoints):
            c.execute(insert(webhook_endpoints).values(**stamps, **endpoint(parts, number, target)))
            c.execute(
                insert(upstream_endpoints).values(
                    **stamps,
                    connection_id=CONNECTION,
                    id=f"up_{endpoint_id(number)}",
                    endpoint_id=endpoint_id(number),
                    status="live",
                    secret_sealed=parts.vault.seal(SECRET),
                )
            )


def endpoint(parts: Parts, number: int, target: str) -> dict[str, Any]:
    """Return the row of one workflow."""
    return {
        "connection_id": CONNECTION,
        "id": endpoint_id(number),
        "source": "custom",
        "external_id": f"bench-{number}",
        "name": f"Workflow {number}",
        "api_version": API_VERSION,
        "url": target,
        "event_types": json.dumps([EVENT_TYPE]),
        "metadata": "{}",
        "status": "enabled",
        "secret_sealed": parts.vault.seal(world.new_signing_secret()),
        "creator": "bench",
        "upstream": "ready",
        "upstream_key": "bench",
        "upstream_key_at": world.now_ms(),
    }


def backlog(parts: Parts, count: int, endpoints: int) -> list[str]:
    """Insert `count` events with deliveries that are due now; return the events' ids."""
    now = world.now_ms()
    taken: list[dict[str, Any]] = []
    sent: list[dict[str, Any]] = []
    for number, event in zip(range(count), events(), strict=False):
        keys = {"connection_id": CONNECTION, "endpoint_id": endpoint_id(number % endpoints)}
        delivery_id = world.new_ordered_id("dlv")
        taken.append(
            keys
            | {
                "id": event.id,
                "type": EVENT_TYPE,
                "occurred_at": None,
                "received_at": now,
                "body": event.body,
                "delivery_id": delivery_id,
            }
        )
        sent.append(
            keys
            | {
                "id": delivery_id,
                "event_id": event.id,
                "event_type": EVENT_TYPE,
                "status": "pending",
                "due": now,
                "attempts": 0,
                "created_at": now,
                "give_up_at": now + 3 * DAY_MS,
            }
        )
    with parts.store.begin() as c:
        c.execute(insert(event_rows), taken)
        c.execute(insert(deliveries), sent)
    return [row["id"] for row in taken]
