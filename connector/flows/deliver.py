"""Deliver: what is due goes to its workflow, byte for byte, until it is taken or given up.

    claim under a lease → send → attempts and outcomes in one batch

`request_of` makes the request of one claimed delivery, `judge` says what its outcome means, and
`next_attempt` when to try again; all three are pure. The loop around them is the dispatcher.

What an answer means (the builders differ, see docs/delivery.md):
  2xx  taken, whatever follows the status line
  410  the workflow is gone: the endpoint ends, in Stora too
  404  a builder restarts or the workflow is off: tried on, and after hours the endpoint is disabled
  429, 503 with Retry-After      never tried before that moment
  anything else, 3xx included    tried again, and after the last moment given up, visibly
"""

from collections.abc import Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from connector import __version__, world
from connector.flows.send import Outcome
from connector.stora.signature import HEADER, sign, standard_webhooks
from connector.store.ledger import Due, Result
from connector.store.secrets import Vault

SCHEDULE_S = (5, 30, 120, 300, 900, 3600, 7200, 14400, 21600)
JITTER = 0.1  # the largest share by which a wait is lengthened; never shortened
NOT_FOUND_MS = 6 * 3_600_000  # 404 for so long disables the endpoint
GONE = 410
USER_AGENT = f"Unitwire/{__version__}"

WHY_FAILED = {
    "refused_target": "The address that the host name leads to is not allowed.",
    "timeout": "No complete answer within the time limit.",
    "connect": "No connection could be made.",
    "dns": "The host name could not be resolved.",
    "reset": "The connection was closed before an answer came.",
    "tls": "The TLS connection failed: the certificate must be valid for the host.",
}


class Request(NamedTuple):
    """One outgoing webhook."""

    url: str
    headers: dict[str, str]
    body: bytes


def request_of(due: Due, vault: Vault, now: int) -> Request:
    """Return the request for `due`: Stora's body as it came, signed with the endpoint's secrets.

    The headers are Stora's signature, made anew, and those of Standard Webhooks 1.0.0; no header
    of Stora's own request passes on. While a secret is being rotated, both sign.
    """
    secrets = [vault.open(due.secret_sealed)]
    if due.previous_secret_sealed and (due.previous_secret_until or 0) > now:
        secrets.append(vault.open(due.previous_secret_sealed))
    return Request(due.url, headers_of(secrets, due.event_id, due.body, now), due.body)


def headers_of(secrets: Sequence[str], event_id: str, body: bytes, now: int) -> dict[str, str]:
    """Return the headers of an attempt that begins at `now` (ms), signed with all `secrets`."""
    seconds = now // 1000
    return {
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        HEADER: sign(secrets, body, seconds),
        **standard_webhooks(secrets, event_id, seconds, body),
    }


def next_attempt(number: int, now: int, *, asked_s: float = 0, chance: float = 0) -> int:
    """Return when to try again (ms) after attempt `number` (from 1) failed at `now` (ms).

    The steps grow to six hours and stay there. `asked_s` is the target's Retry-After in seconds:
    the next attempt is never earlier. `chance` in [0, 1) spreads attempts, later only.
    """
    step = SCHEDULE_S[min(number, len(SCHEDULE_S)) - 1]
    return now + int(max(step, asked_s) * 1000 * (1 + JITTER * chance))


def retry_after(header: str, now: int) -> float:
    """Return the seconds that a Retry-After header asks for (RFC 9110 section 10.2.3), else 0."""
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return 0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, moment.timestamp() - now / 1000)


class Judgement(NamedTuple):
    """What an outcome means: the row to save, and what happens to the endpoint.

    `endpoint` is "" (nothing), "found" (404s are over), "not_found" (the first 404), "disable" or
    "end".
    """

    result: Result
    endpoint: str


def judge(due: Due, outcome: Outcome, *, lease: str, started: int, now: int) -> Judgement:
    """Return what `outcome` of the attempt on `due` means (times in ms)."""
    status, reason, moment, finished = "pending", None, None, None
    endpoint = ""
    if 200 <= outcome.status < 300:
        status, finished = "delivered", now
        endpoint = "found" if due.not_found_since else ""
    elif outcome.status == GONE:
        status, finished = "dead", now
        reason, endpoint = "The workflow answered 410 Gone: it no longer exists.", "end"
    else:
        reason = failure(outcome)
        asked_s = retry_after(outcome.retry_after, now)
        moment = next_attempt(due.attempt, now, asked_s=asked_s, chance=world.jitter())
        if now < due.give_up_at < moment and now + asked_s * 1000 <= due.give_up_at:
            moment = due.give_up_at  # the last attempt is at the very end of the horizon
        if moment > due.give_up_at:
            status, moment, finished = "dead", None, now
            tries = "one attempt" if due.attempt == 1 else f"{due.attempt} attempts"
            late = " It asks to wait longer than events are kept for it." if asked_s else ""
            reason = f"Given up after {tries}. {reason}{late}"
        endpoint = not_found(due, outcome, now)
    return Judgement(
        Result(
            connection_id=due.connection_id,
            delivery_id=due.delivery_id,
            lease=lease,
            attempt=due.attempt,
            started_at=started,
            duration_ms=round(outcome.seconds * 1000),
            answer_status=outcome.status or None,
            error=outcome.error,
            answer_head=outcome.head,
            answer=outcome.answer,
            status=status,
            reason=reason,
            due=moment,
            finished_at=finished,
        ),
        endpoint,
    )


def not_found(due: Due, outcome: Outcome, now: int) -> str:
    """Return what a 404, or the end of 404s, does to the endpoint."""
    if outcome.status != 404:
        return "found" if outcome.status and due.not_found_since else ""
    if due.not_found_since is None:
        return "not_found"
    return "disable" if now - due.not_found_since >= NOT_FOUND_MS else ""


def failure(outcome: Outcome) -> str:
    """Return in one sentence why an attempt failed, for the owner."""
    if outcome.status in (301, 302, 303, 307, 308):
        return f"The answer was {outcome.status}: redirects are not followed. Use the final URL."
    if outcome.status:
        return f"The answer was {outcome.status}."
    return WHY_FAILED.get(outcome.error, "The answer was not HTTP.")


def skipped(due: Due, *, lease: str, now: int) -> Result | None:
    """Return the row for a delivery that must not be sent any more, None if it may be."""
    if due.deleted_at is not None:
        reason = "The webhook endpoint was removed."
    elif due.endpoint_status == "disabled":
        reason = "The webhook endpoint was disabled."
    else:
        return None
    return Result(
        connection_id=due.connection_id,
        delivery_id=due.delivery_id,
        lease=lease,
        attempt=0,
        started_at=now,
        duration_ms=0,
        answer_status=None,
        error="",
        answer_head=b"",
        answer=b"",
        status="skipped",
        reason=reason,
        due=None,
        finished_at=now,
    )
