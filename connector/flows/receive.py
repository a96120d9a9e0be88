"""Receive: one webhook of Stora, from raw bytes to a durable row.

    find the hook → admit: verify, read, judge → one transaction with event and delivery → 2xx

Nothing unverified is kept, and no 2xx leaves before the commit. A repeat of an event (Stora sends
at least once) is counted and answered like the first.
What was signed by Stora but does not look like the events that are known passes on unharmed:
unknown types, fields and values are the operator's business, not ours.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

import orjson
from prometheus_client import Counter
from sqlalchemy import select

from connector import world
from connector.catalogue.events import EVENT
from connector.catalogue.filters import read_clauses, sentence, unmet
from connector.errors import Forbidden, InvalidRequest, NotFound, UnitwireError
from connector.flows.parts import Parts
from connector.stora.signature import verify
from connector.store.ledger import Hook, Received
from connector.store.tables import upstream_endpoints, webhook_endpoints

# Standard Webhooks 1.0.0 puts the id into the signed text between full stops, so it has none.
EVENT_ID = re.compile(r"[A-Za-z0-9_:-]{1,128}")
EVENT_TYPE = re.compile(r"[a-z0-9_.:-]{1,128}")
MOMENT = re.compile(r"[0-9TZ:.+-]{1,40}")

PAUSED = "The workflow is paused."

RECEIVED = Counter("unitwire_events_received", "Webhooks of Stora by outcome", ["outcome"])

OTHER = "other_secret"
USUAL_BODY = 65_536  # bytes
KNOWN_SECRETS = 20

WHY_REFUSED = {
    "missing": "The header X-Stora-Signature is missing.",
    "malformed": "The header X-Stora-Signature cannot be read: t=…,v1=… is expected.",
    "digest": "The signature does not match the body: it was made with another secret.",
    "age": "The signature is genuine but too old, or the clocks differ.",
    OTHER: "It is signed for another workflow of this account: was an address changed in Stora?",
}


class BadSignature(Forbidden):
    """The webhook is not signed by Stora for this endpoint, or too long ago."""

    status, code = 401, "invalid_signature"

    def __init__(self, reason: str) -> None:
        super().__init__(WHY_REFUSED[reason])
        self.reason = reason


class Envelope(NamedTuple):
    """What is read of a body: the rest passes on as it is.

    `data` holds the resource under its name, such as `{"invoice": {…}}`.
    """

    event_id: str
    event_type: str
    occurred_at: str | None
    problem: str | None
    data: Mapping[str, object]


def receive(
    parts: Parts, endpoint_id: str, signature: str | None, body: bytes, *, noted: bool = True
) -> None:
    """Take in one webhook for webhook endpoint `endpoint_id`.

    Returns when event and delivery are durable. Raises NotFound, BadSignature, InvalidRequest (not
    a JSON object), or what the database raises; then nothing was kept and Stora tries again.
    A refusal is counted for the owner if it is to be `noted`.
    """
    now = world.now_ms()
    try:
        received = admit(parts, parts.ledger.find_hook(endpoint_id), signature, body, now)
    except UnitwireError as refused:
        tell_refused(refused)
        if noted and isinstance(refused, BadSignature):
            note_refusal(parts, endpoint_id, signature, body, refused.reason, now)
        raise
    parts.ledger.record(received)
    tell_kept(parts)


def admit(
    parts: Parts, hook: Hook | None, signature: str | bytes | None, body: bytes, now: int
) -> Received:
    """Return what is to be kept of one webhook that arrives at `now` (ms); keep and count nothing.

    Raises NotFound (there is no `hook`), BadSignature or InvalidRequest.
    """
    if hook is None:
        raise NotFound("There is no such webhook endpoint.")
    secrets = [parts.vault.open(sealed) for sealed in hook.secrets_sealed]
    verdict = verify(signature, body, secrets, now // 1000, parts.settings.signature_tolerance)
    if not verdict.ok:
        raise BadSignature(verdict.reason)
    return judge(parts, hook, read(body), body, now)


def tell_kept(parts: Parts, count: int = 1) -> None:
    """Count what was kept, and wake the dispatcher."""
    RECEIVED.labels("kept").inc(count)
    parts.bell.ring()


def tell_refused(refused: UnitwireError) -> None:
    """Count a webhook that was not taken in, by the reason."""
    if isinstance(refused, BadSignature):
        RECEIVED.labels(f"refused_{refused.reason}").inc()
    elif isinstance(refused, NotFound):
        RECEIVED.labels("unknown").inc()
    elif isinstance(refused, InvalidRequest):
        RECEIVED.labels("unreadable").inc()


def judge(parts: Parts, hook: Hook, envelope: Envelope, body: bytes, now: int) -> Received:
    """Decide what becomes of a verified event: due at once, or kept with the reason why not.

    For a paused endpoint it waits, without a moment at which it would be due.
    """
    reason = envelope.problem
    if hook.status == "disabled":
        reason = "The webhook endpoint was disabled when the event arrived."
    elif envelope.event_type in EVENT and envelope.event_type not in listened(hook.event_types):
        reason = f"The webhook endpoint does not listen to {envelope.event_type}."
    elif hook.filter and (clause := unmet(read_clauses(hook.filter), envelope.data)):
        reason = f"The filter wants: {sentence(clause)}"
    waits = hook.paused and not reason
    return Received(
        connection_id=hook.connection_id,
        endpoint_id=hook.endpoint_id,
        event_id=envelope.event_id,
        event_type=envelope.event_type,
        occurred_at=envelope.occurred_at,
        body=body,
        now=now,
        delivery_id=world.new_ordered_id("dlv"),
        status="skipped" if reason else "pending",
        reason=PAUSED if waits else reason,
        due=None if reason or waits else now,
        give_up_at=now + parts.settings.retry_hours * 3_600_000,
        finished_at=now if reason else None,
    )


def read(body: bytes) -> Envelope:
    """Read id, type and time from a verified body; raise InvalidRequest if it is no JSON object.

    A body without a usable event (a ping, say) gets an id made from its bytes, so that it is kept,
    once, with the reason why it goes nowhere.
    """
    document = parse(body)
    if not isinstance(document, dict):
        raise InvalidRequest("The webhook's body is not a JSON object.")
    event = document.get("event")
    event = event if isinstance(event, dict) else {}
    event_id, event_type = event.get("id"), event.get("type")
    occurred_at = event.get("created_at")
    if not (isinstance(event_type, str) and EVENT_TYPE.fullmatch(event_type)):
        event_type = "unknown"
    if not (isinstance(occurred_at, str) and MOMENT.fullmatch(occurred_at)):
        occurred_at = None
    if isinstance(event_id, str) and EVENT_ID.fullmatch(event_id):
        problem = None
    else:
        event_id = "evt_" + hashlib.sha256(body).hexdigest()[:32]
        problem = "It has no event id."
    data = event.get("data")
    return Envelope(
        event_id, event_type, occurred_at, problem, data if isinstance(data, dict) else {}
    )


def parse(body: bytes) -> object:
    """Return what stands in `body`; raise InvalidRequest if it is no JSON.

    What the fast reader refuses but Python's takes is taken, since it is only passed on: half
    surrogates, UTF-16, NaN.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise InvalidRequest("The webhook's body is not JSON.") from None


@lru_cache(maxsize=4096)
def listened(event_types: str) -> frozenset[str]:
    """Return the event types in a webhook endpoint's JSON list of them."""
    return frozenset(json.loads(event_types))


def note_refusal(
    parts: Parts, endpoint_id: str, signature: str | None, body: bytes, reason: str, now: int
) -> None:
    """Count a refused webhook for its endpoint, so that the owner can be told; keep no body."""
    if reason == "digest" and is_for_another(parts, endpoint_id, signature, body, now):
        reason = OTHER
    statement = parts.store.sql(
        "INSERT INTO refusals (endpoint_id, reason, count, last_at) "
        "VALUES (:endpoint_id, :reason, 1, :now) "
        "ON CONFLICT (endpoint_id, reason) DO UPDATE "
        "SET count = refusals.count + 1, last_at = excluded.last_at"
    )
    values = {"endpoint_id": endpoint_id, "reason": reason, "now": now}
    parts.store.write(lambda cursor: cursor.execute(statement, values))


def is_for_another(
    parts: Parts, endpoint_id: str, signature: str | None, body: bytes, now: int
) -> bool:
    """Whether a refused webhook is signed with the secret of another endpoint of this connection.

    That happens when somebody changes an address in Stora by hand. Strangers may ask this for
    nothing, so it is found out for bodies of usual size and among the newest few secrets only.
    """
    if len(body) > USUAL_BODY:
        return False
    connection = select(webhook_endpoints.c.connection_id).where(
        webhook_endpoints.c.id == endpoint_id
    )
    with parts.store.read() as c:
        sealed = c.execute(
            select(upstream_endpoints.c.secret_sealed)
            .where(
                upstream_endpoints.c.connection_id == connection.scalar_subquery(),
                upstream_endpoints.c.endpoint_id != endpoint_id,
                upstream_endpoints.c.secret_sealed.is_not(None),
            )
            .order_by(upstream_endpoints.c.created_at.desc())
            .limit(KNOWN_SECRETS)
        ).scalars()
        secrets = [parts.vault.open(str(each)) for each in sealed]
    found = verify(signature, body, secrets, now // 1000, parts.settings.signature_tolerance)
    return bool(secrets) and found.reason != "digest"
