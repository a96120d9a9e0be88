"""An operator's Stora account and the way Unitwire comes to it, for tests."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from sqlalchemy import insert
from stage import rows

from connector.flows.call import call_stora
from connector.flows.connect import begin, finish
from connector.flows.parts import Parts
from connector.sandbox import Partner, Sandbox
from connector.store.tables import connections, upstream_endpoints

ORIGIN = "http://127.0.0.1:8080"  # the default of UNITWIRE_PUBLIC_URL
HARBOUR, HILLTOP = "harbour", "hilltop"
BROWSER = "the cookie of a browser"


class Stora:
    """The sandbox on a socket, and what a test does to it."""

    def __init__(self, url: str, sandbox: Sandbox, partner: Partner) -> None:
        self.url, self.sandbox, self.partner = url, sandbox, partner

    def calls(self, method: str, path: str) -> int:
        """Return how often the public API was called so."""
        return sum(
            entry["method"] == method and entry["path"] == path for entry in self.sandbox.gate.log
        )

    def fail(self, **fault: object) -> None:
        """Let something go wrong (see connector.sandbox.faults)."""
        self.dial("PUT", "faults", api=[fault])

    def end_tokens(self, how: str, operator: str = HARBOUR) -> None:
        """Let what the partner holds of an operator expire, or revoke it."""
        self.dial("POST", "tokens", operator=operator, do=how)

    def dial(self, method: str, name: str, **body: object) -> None:
        """Turn a dial of the sandbox."""
        url = f"{self.url}/_sandbox/{name}"
        assert requests.request(method, url, json=body, timeout=30).ok

    def consent(self, url: str, operator: str = HARBOUR, decision: str = "allow") -> dict[str, str]:
        """Decide on Stora's consent page; return what the browser brings back."""
        form = {
            **{name: values[0] for name, values in parse_qs(urlsplit(url).query).items()},
            "operator": operator,
            "decision": decision,
        }
        page = url.partition("?")[0]
        answer = requests.post(page, data=form, allow_redirects=False, timeout=30)
        assert answer.status_code == 303, answer.text
        target, _, query = answer.headers["Location"].partition("?")
        assert target == f"{ORIGIN}/connect/callback"
        given = {name: values[0] for name, values in parse_qs(query).items()}
        return {"code": "", "error": "", "error_description": "", "iss": "", **given}


def come_back(parts: Parts, stora: Stora, operator: str = HARBOUR) -> dict[str, str]:
    """Go to Stora's consent page and allow; return what the browser brings back."""
    return stora.consent(begin(parts, BROWSER, "/"), operator)


def connect(parts: Parts, stora: Stora, operator: str = HARBOUR) -> str:
    """Link an operator the partner's way; return the connection's id."""
    return finish(parts, browser=BROWSER, **come_back(parts, stora, operator)).connection_id


def make_endpoint(
    parts: Parts, connection_id: str, *, stamp: str | None = None, url: str | None = None
) -> str:
    """Make an upstream endpoint as `flows.mirror` does, noted as ours; return Stora's id."""
    path = url or f"{ORIGIN}/hooks/stora/we_1".replace("http:", "https:")
    body = {
        "name": "N",
        "api_version": "2025-09",
        "url": path,
        "event_types": ["invoice.paid"],
        "metadata": {"connection_id": stamp or connection_id},
    }
    made = call_stora(parts, connection_id, "POST", "/webhook_endpoints", json=body)
    return str(made.body["endpoint"]["id"])


def note_endpoint(parts: Parts, connection_id: str, id: str, endpoint_id: str = "we_1") -> None:
    """Remember an upstream endpoint as one that Unitwire made."""
    with parts.store.begin() as c:
        c.execute(
            insert(upstream_endpoints).values(
                connection_id=connection_id,
                id=id,
                endpoint_id=endpoint_id,
                status="live",
                created_at=0,
                updated_at=0,
            )
        )


def the(parts: Parts, connection_id: str) -> Any:
    """Return the connection's row."""
    return next(row for row in rows(parts, connections) if row.id == connection_id)
