"""Events as Stora sends them, and what /readyz says meanwhile."""

import json

from flask.testing import FlaskClient
from stage import UPSTREAM_SECRET

from connector import world
from connector.catalogue.samples import sample
from connector.stora.signature import HEADER, sign


def webhook(event_id: str) -> tuple[bytes, dict[str, str]]:
    """Return the bytes and headers with which Stora sends an event."""
    body = json.dumps(sample("invoice.paid", event_id=event_id)).encode()
    return body, {HEADER: sign(UPSTREAM_SECRET, body, world.now_ms() // 1000)}


def arrive(client: FlaskClient, event_id: str) -> int:
    """Let Stora send an event; return the status of the answer."""
    body, headers = webhook(event_id)
    answer = client.post("/hooks/stora/we_1", data=body, headers=headers)
    if answer.status_code == 503:
        assert answer.json["error"]["code"] == "service_unavailable"
        assert int(answer.headers["Retry-After"]) >= 1
    return answer.status_code


def readiness(client: FlaskClient, of: str = "") -> tuple[int, str]:
    """Return what /readyz says, on the whole or of one part."""
    answer = client.get("/readyz", query_string={"of": of} if of else {})
    return answer.status_code, " ".join(answer.json["problems"])
