"""What Stora's errors become here: one table.

An answer of Stora's own carries `{"error": {code, message, details, …}}` (Stora page:
guides/errors). Its `code` decides, for an unknown one the HTTP status; without the error object a
4xx is judged by its status and a 5xx came from something in front of Stora, so that nobody knows
what Stora did.
"""

import math
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from connector import errors
from connector.errors import Detail, StoraUnavailable, TooManyRequests, UnitwireError
from connector.stora.wire import LOST, Answer
from connector.world import now_ms

MAX_TEXT = 500
LONGEST_WAIT_S = 3600.0
EPOCH_FROM_S = 1_000_000_000  # a number of seconds above this is a date, below it a duration

BY_CODE: dict[str, type[UnitwireError]] = {
    "api_error": errors.StoraUnavailable,
    "conflict": errors.Conflict,
    "forbidden": errors.Forbidden,
    "internal_server_error": errors.StoraUnavailable,
    "invalid_content": errors.StoraRefused,
    "invalid_endpoint": errors.InvalidEndpoint,
    "invalid_format": errors.StoraRefused,
    "invalid_request": errors.StoraRefused,
    "invalid_token": errors.NeedsReauth,
    "invalid_url_param": errors.StoraRefused,
    "resource_not_found": errors.NotFound,
    "too_many_requests": errors.TooManyRequests,
}
BY_STATUS: dict[int, type[UnitwireError]] = {
    401: errors.NeedsReauth,
    403: errors.Forbidden,
    404: errors.NotFound,
    405: errors.MethodNotAllowed,
    409: errors.Conflict,
    429: errors.TooManyRequests,
}


def refusal_of(answer: Answer) -> UnitwireError:
    """Return the error that an answer other than 2xx stands for, in Stora's own words."""
    told = answer.body.get("error")
    error: Mapping[str, Any] = told if isinstance(told, dict) else {}
    kind = BY_CODE.get(str(error.get("code"))) or BY_STATUS.get(answer.status)
    if kind is None:
        is_client_error = 400 <= answer.status < 500
        kind = errors.StoraRefused if is_client_error else errors.StoraUnavailable
    message = text_of(error.get("message"))
    sentence = f"{(message or f'it answered {answer.status}').rstrip('.')}."
    if kind is StoraUnavailable:
        if not error:
            return StoraUnavailable(LOST, lost=True)
        return StoraUnavailable(f"Stora could not do this: {sentence} Try again.", answered=True)
    if kind is TooManyRequests:
        return TooManyRequests(
            "Stora's rate limit is reached. Wait and try again.",
            retry_after=retry_after_of(answer.headers),
        )
    if kind is errors.NeedsReauth:
        return errors.NeedsReauth()
    if kind is errors.Forbidden:
        message = f"Stora did not allow this: {sentence} Connect Stora again and allow it."
    return kind(message, details=details_of(error.get("details")))


def text_of(value: object) -> str:
    """Return a text of Stora's that can be kept and shown, cut short; "" for anything else."""
    if not isinstance(value, str):
        return ""
    return value[:MAX_TEXT].replace("\0", "").encode(errors="replace").decode()


def details_of(value: object) -> list[Detail]:
    """Return the faults that Stora named, as far as they have its documented shape."""
    faults = value if isinstance(value, list) else []
    return [
        {"pointer": text_of(fault.get("pointer")), "message": text_of(fault.get("message"))}
        for fault in faults
        if isinstance(fault, dict)
    ]


def retry_after_of(headers: Mapping[str, str]) -> float | None:
    """Return the seconds to wait: `Retry-After`, else `RateLimit-Reset`, else None.

    `Retry-After` is seconds or a date (RFC 9110 section 10.2.3); `RateLimit-Reset` is UTC epoch
    seconds (Stora page: guides/requests), small numbers are taken as seconds.
    Never more than an hour, so that a wrong header cannot stop a connection for good.
    """
    now = now_ms() / 1000
    for name in ("Retry-After", "RateLimit-Reset"):
        try:
            value = float(headers.get(name, ""))
        except ValueError:
            try:
                value = parsedate_to_datetime(headers.get(name, "")).timestamp()
            except (ValueError, OverflowError):
                continue
        if math.isfinite(value):
            wait = value - now if value > EPOCH_FROM_S else value
            return min(max(wait, 0.0), LONGEST_WAIT_S)
    return None
