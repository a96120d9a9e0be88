"""The first run: how far an operator is, computed from what is there, so that it survives reloads.

reachable → connected → a builder may act → a workflow listens → an event arrived
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from connector.flows.clients import Client, list_clients
from connector.flows.parts import Parts
from connector.flows.reach import DAY_MS, Finding, probe
from connector.flows.samples import TEST
from connector.store.tables import clients, deliveries, refusals, token_families, webhook_endpoints
from connector.world import now_ms

NEWEST = 200  # deliveries among which a real event is looked for
FRESH_MS = 600_000  # how long what was tested counts
PROBE = "reach"  # the name of the work that tests


@dataclass(frozen=True)
class Reach:
    """Whether Stora can reach this installation, by what was `found` at `at` (ms; None: never yet).

    `busy` while it is being tested.
    """

    found: tuple[Finding, ...]
    at: int | None
    busy: bool

    @property
    def good(self) -> bool | None:
        """Whether all is well; None where nobody knows yet."""
        if any(each.status == "fail" for each in self.found):
            return False
        known = self.at is not None and all(each.status == "ok" for each in self.found)
        return True if known else None


@dataclass(frozen=True)
class Progress:
    """How far an operator is; `event` is a real delivery, `test` one of a test.

    Each is the newest that arrived, or else the newest.
    `allowed` are the platforms that the operator has allowed to act.
    """

    allowed: frozenset[str]
    workflow: Any
    event: Row[Any] | None
    test: Row[Any] | None

    @property
    def step(self) -> int:
        """The number of the step that comes now, from 3 (a builder) to 5 (all is done)."""
        if self.event or self.test:
            return 5
        return 4 if self.workflow else 3


def progress(parts: Parts, connection_id: str) -> Progress:
    """Return how far a connection is."""
    with parts.store.read() as c:
        allowed = c.scalars(
            select(clients.c.platform)
            .join(token_families, token_families.c.client_id == clients.c.id)
            .where(
                token_families.c.connection_id == connection_id,
                token_families.c.revoked_at.is_(None),
                clients.c.revoked_at.is_(None),
            )
            .distinct()
        ).all()
        workflow = c.execute(
            select(webhook_endpoints.c.id, webhook_endpoints.c.name, webhook_endpoints.c.source)
            .where(
                webhook_endpoints.c.connection_id == connection_id,
                webhook_endpoints.c.deleted_at.is_(None),
                webhook_endpoints.c.upstream != "pending",
            )
            .order_by(webhook_endpoints.c.created_at.desc())
            .limit(1)
        ).first()
        newest = c.execute(
            select(deliveries)
            .where(deliveries.c.connection_id == connection_id)
            .order_by(deliveries.c.id.desc())
            .limit(NEWEST)
        ).all()
    tests = [row for row in newest if row.event_id.startswith(f"{TEST}_")]
    real = [row for row in newest if not row.event_id.startswith(f"{TEST}_")]
    return Progress(
        allowed=frozenset(allowed),
        workflow=workflow,
        event=_shown(real),
        test=_shown(tests),
    )


def _shown(rows: Sequence[Row[Any]]) -> Row[Any] | None:
    """Return the newest that arrived, or else the newest, of `rows` that begin with it."""
    return next((row for row in rows if row.status == "delivered"), rows[0] if rows else None)


def reach(parts: Parts, connection_id: str, seen: Progress) -> Reach:
    """Return what was found last of the way from Stora; nobody waits for a test.

    One begins in the background where there is no result yet, or it is older than ten minutes.
    An event that came proves the address, also where it cannot be called from here.
    """
    kept = parts.reach
    if kept.at is None or kept.at < now_ms() - FRESH_MS:
        probe_again(parts)
    found = list(kept.found)
    if seen.event is not None:
        proof = Finding("event", "ok", "Proven: an event of Stora has arrived.")
        found = [proof, *(each for each in found if (each.name, each.status) != _NOT_KNOWN)]
    if refused := _too_old(parts, connection_id):
        found.append(refused)
    return Reach(tuple(found), kept.at, parts.background.busy(PROBE))


def probe_again(parts: Parts) -> None:
    """Begin to test the way from Stora, unless that is being done already."""

    def run() -> None:
        parts.reach.found = probe(parts.settings, parts.vault)
        parts.reach.at = now_ms()

    parts.background.do(PROBE, run)


def clients_of(parts: Parts, platform: str) -> list[Client]:
    """Return the clients through which a platform connects, the newest first."""
    found = [each for each in list_clients(parts) if each.platform == platform]
    return [each for each in reversed(found) if each.revoked_at is None]


_NOT_KNOWN = ("address", "warn")


def _too_old(parts: Parts, connection_id: str) -> Finding | None:
    """Return what genuine webhooks say that were refused within a day as too old or too new."""
    with parts.store.read() as c:
        found = c.execute(
            select(refusals.c.endpoint_id)
            .select_from(
                refusals.join(webhook_endpoints, webhook_endpoints.c.id == refusals.c.endpoint_id)
            )
            .where(
                webhook_endpoints.c.connection_id == connection_id,
                webhook_endpoints.c.deleted_at.is_(None),
                refusals.c.reason == "age",
                refusals.c.last_at > now_ms() - DAY_MS,
            )
            .limit(1)
        ).first()
    if found is None:
        return None
    return Finding(
        "refused",
        "fail",
        "Genuine webhooks were refused as too old.",
        "The clock of this machine was wrong: let NTP keep it. Stora tries them again by itself.",
    )
