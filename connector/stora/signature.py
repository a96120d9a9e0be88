"""Webhook signatures: Stora's own, checked and made, and those of Standard Webhooks, made.

Stora signs a delivery with HMAC-SHA256 over `{t}.{raw body}`; the key is the endpoint's secret as
the text it is, not decoded (Stora page: guides/webhooks):

    X-Stora-Signature: t=1736937000,v1=2029d1d3…

The header comes from a stranger, so it is compared as bytes, in constant time, and no header and
no body can make `verify` raise.
Everything is pure: the caller brings the time.
"""

import base64
import hmac
import re
from collections.abc import Sequence
from hashlib import sha256
from typing import Literal, NamedTuple

HEADER = "X-Stora-Signature"
TOLERANCE_S = 300
MAX_HEADER = 4096

# Twelve ASCII digits reach the year 33658; `int` alone would take other scripts' digits too.
_SECONDS = re.compile(rb"[0-9]{1,12}")


class Verdict(NamedTuple):
    """What `verify` found.

    `reason` is why it is not ok: `missing` (no header), `malformed` (no time and no digest to be
    read in it), `digest` (not signed with any of the secrets, or altered), or `age` (genuine, but
    signed too long ago or too far ahead). `at` is the signed time in Unix seconds, 0 if unknown.
    """

    ok: bool
    reason: Literal["", "missing", "malformed", "age", "digest"]
    at: int = 0


def sign(secrets: str | Sequence[str], body: bytes, at: int) -> str:
    """Return the value of `X-Stora-Signature` for `body`, signed at `at` (Unix seconds).

    Several secrets, as while one replaces another, give one `v1` each.
    """
    t = b"%d" % at
    digests = (_digest(secret, t, body).decode() for secret in _several(secrets))
    return ",".join([f"t={at}", *(f"v1={digest}" for digest in digests)])


def verify(
    header: str | bytes | None,
    body: bytes,
    secrets: Sequence[str],
    now: int,
    tolerance: int = TOLERANCE_S,
) -> Verdict:
    """Judge the `X-Stora-Signature` header of a delivery whose raw body is `body`.

    `now` and `tolerance` are seconds; any of `secrets` may have signed, and any `v1` may match.
    Read leniently: parts in any order, space around them, unknown keys ignored, and the same
    header twice, joined by a comma, is one. Two different times are malformed.
    The digest is judged before the age, so `age` always means a genuine signature. Never raises.
    """
    if header is None:
        return Verdict(False, "missing")
    raw = header.encode("utf-8", "replace") if isinstance(header, str) else header
    if not raw.strip():
        return Verdict(False, "missing")
    times, digests = set(), []
    for part in raw.split(b",") if len(raw) <= MAX_HEADER else ():
        key, _, value = part.strip().partition(b"=")
        if key == b"t":
            times.add(value)
        elif key == b"v1":
            digests.append(value)
    if len(times) != 1 or not digests:
        return Verdict(False, "malformed")
    t = times.pop()
    if not _SECONDS.fullmatch(t):
        return Verdict(False, "malformed")
    at = int(t)
    # An empty key would let anybody sign, so an empty secret signs nothing.
    expected = [_digest(secret, t, body) for secret in secrets if secret]
    if not any(hmac.compare_digest(mine, theirs) for mine in expected for theirs in digests):
        return Verdict(False, "digest", at)
    if abs(now - at) > tolerance:
        return Verdict(False, "age", at)
    return Verdict(True, "", at)


def standard_webhooks(
    secrets: str | Sequence[str], message_id: str, at: int, body: bytes
) -> dict[str, str]:
    """Return the three headers of Standard Webhooks 1.0.0 for `body`, sent at `at` (Unix seconds).

    Each secret is hexadecimal text and its bytes are the key; several give several signatures,
    separated by spaces. Raises ValueError if a secret is not hexadecimal or if `message_id` holds
    the full stop that separates the signed parts.
    """
    if "." in message_id:
        raise ValueError("a message id must not hold a full stop")
    signed = f"{message_id}.{at}.".encode() + body
    macs = (hmac.digest(bytes.fromhex(secret), signed, sha256) for secret in _several(secrets))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(mac).decode()}" for mac in macs),
    }


def _several(secrets: str | Sequence[str]) -> Sequence[str]:
    return [secrets] if isinstance(secrets, str) else secrets


def _digest(secret: str, t: bytes, body: bytes) -> bytes:
    return hmac.digest(secret.encode(), t + b"." + body, sha256).hex().encode()
