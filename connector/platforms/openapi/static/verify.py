"""Verify what Unitwire delivers, by Standard Webhooks, with nothing but Python itself."""

import base64
import hashlib
import hmac
from collections.abc import Mapping

TOLERANCE_S = 300  # how old, or how far ahead, a delivery may be


def is_genuine(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """Return whether a delivery was signed with `secret`, within five minutes of `now`.

    `secret` is the webhook endpoint's, as Unitwire told it: 64 hexadecimal digits. `headers` has
    names in lower case; `body` is what came, byte for byte; `now` is in seconds since the epoch.
    While a secret is being changed there are several signatures; one has to fit.
    """
    event_id, sent_at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not (sent_at.isascii() and sent_at.isdigit() and len(sent_at) <= len("9999999999")):
        return False
    if abs(now - int(sent_at)) > TOLERANCE_S:
        return False
    signed = f"{event_id}.{sent_at}.".encode() + body
    digest = hmac.digest(bytes.fromhex(secret), signed, hashlib.sha256)
    expected = b"v1," + base64.b64encode(digest)
    given = headers.get("webhook-signature", "").encode().split(b" ")
    return any(hmac.compare_digest(expected, each) for each in given)
