"""The first run: how far an operator is, computed from what is there, so that it survives reloads.

reachable → connected → a builder may act → a workflow listens → an event arrived
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from sqlalchemy import Row, select

from connector.flows.clients import Client, list_clients
from connector.flows.parts import Parts
from connector.flows.samples import TEST
from connector.settings import is_loopback
from connector.store.tables import deliveries, refusals, token_families, webhook_endpoints

PROBE_S = 2.0
NEWEST = 200  # deliveries among which a real event is looked for


@dataclass(frozen=True)
class Reach:
    """Whether Stora can reach this installation: `good` is None where nobody knows yet."""

    good: bool | None
    told: str


@dataclass(frozen=True)
class Progress:
    """How far an operator is; `event` is the newest real delivery, `test` the newest test."""

    allowed: bool
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
        allowed = c.execute(
            select(token_families.c.id)
            .where(
                token_families.c.connection_id == connection_id,
                token_families.c.revoked_at.is_(None),
            )
            .limit(1)
        ).first()
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
        allowed=allowed is not None,
        workflow=workflow,
        event=real[0] if real else None,
        test=tests[0] if tests else None,
    )


def reach(parts: Parts, connection_id: str, seen: Progress) -> Reach:
    """Return whether Stora reaches this installation: an event that came proves it.

    Without one, the public address is called from here, which tries its name, its certificate and
    the way in, within two seconds.
    """
    if clock := _clock_fault(parts, connection_id):
        return Reach(False, clock)
    if seen.event is not None:
        return Reach(True, "Proven: an event of Stora has arrived.")
    origin = parts.settings.origin
    if is_loopback(urlsplit(origin).hostname or ""):
        return Reach(
            None,
            f"{origin} is an address of this machine only: good for the sandbox, but Stora cannot "
            "reach it. Set UNITWIRE_PUBLIC_URL to a public https address before you go live.",
        )
    try:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(f"{origin}/healthz", timeout=PROBE_S, allow_redirects=False)
    except requests.exceptions.SSLError:
        return Reach(False, f"{origin} has no valid certificate, so Stora does not talk to it.")
    except requests.RequestException:
        return Reach(
            None,
            f"{origin} could not be called from here. That may be this network only; the first "
            "event will tell.",
        )
    if answer.status_code != 200:
        return Reach(False, f"{origin} answers {answer.status_code} instead of Unitwire's 200.")
    return Reach(True, f"Tested: {origin} answers, with a valid certificate.")


def clients_of(parts: Parts, platform: str) -> list[Client]:
    """Return the clients through which a platform connects, the newest first."""
    found = [each for each in list_clients(parts) if each.platform == platform]
    return [each for each in reversed(found) if each.revoked_at is None]


def _clock_fault(parts: Parts, connection_id: str) -> str:
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
            )
            .limit(1)
        ).first()
    if found is None:
        return ""
    return (
        "Genuine webhooks were refused as too old: the clock of this machine may be wrong. Check "
        "it with `unitwire doctor`."
    )
