"""Everything that can go wrong, grouped by what to do next.

Three families: `Retry` (the same request may succeed later), `GiveUp` (change something first) and
`Reconnect` (a person has to authorise Stora again).
Each class is one situation with its HTTP status, Stora's error `code` and `type`; the message is
written for the person who builds the workflow: what happened, what to do next.

`body_of` renders the one error shape that every route answers (Stora page: guides/errors):

    {"error": {code, type, message, details: [{pointer, message}], links, request_id}}
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple, TypedDict

MAX_DETAILS = 50


class Detail(TypedDict):
    """One fault in a request: a JSON pointer (RFC 6901) to the field and what is wrong with it."""

    pointer: str
    message: str


class UnitwireError(Exception):
    """An error with an HTTP face.

    `details` name the fields at fault, `headers` go out with the answer, and `retry_after` is in
    seconds (it becomes the `Retry-After` header, RFC 9110 section 10.2.3).
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_server_error"
    type: ClassVar[str] = "invalid_request_error"
    default: ClassVar[str] = "Something went wrong."

    def __init__(
        self,
        message: str = "",
        *,
        details: Sequence[Detail] = (),
        headers: Mapping[str, str] | None = None,
        retry_after: float | None = None,
    ) -> None:
        self.message = message or self.default
        self.details = list(details)[:MAX_DETAILS]
        self.headers = dict(headers or {})
        self.retry_after = retry_after
        if retry_after is not None:
            self.headers["Retry-After"] = str(max(1, -int(-retry_after // 1)))
        super().__init__(self.message)


class Retry(UnitwireError):
    """The same request may succeed later; `retry_after` says when, where that is known."""


class GiveUp(UnitwireError):
    """Repeating the same request is of no use: something has to be changed first."""


class Reconnect(UnitwireError):
    """A person has to authorise again."""


# ---- the request itself ------------------------------------------------------------------------


class InvalidRequest(GiveUp):
    """The body cannot be read as JSON, or the request is malformed."""

    status, code = 400, "invalid_request"
    default = "The request body is not valid JSON."


class InvalidContent(GiveUp):
    """The body is JSON, but fields of it are wrong; `details` say which."""

    status, code = 422, "invalid_content"
    default = "The request body content is not valid."


class InvalidUrlParam(GiveUp):
    """A query or path parameter is wrong."""

    status, code = 422, "invalid_url_param"
    default = "A URL parameter is not valid."


class PayloadTooLarge(GiveUp):
    """The body is larger than the limit."""

    status, code = 413, "payload_too_large"
    default = "The request body is too large."


class HeadersTooLarge(GiveUp):
    """The request has too many headers, or they are too long (RFC 6585 section 5)."""

    status, code = 431, "headers_too_large"
    default = "The request has too many headers, or they are too long."


class RequestTimeout(Retry):
    """The request did not arrive within the deadline."""

    status, code = 408, "request_timeout"
    default = "The request did not arrive completely in time. Send it again."


class UriTooLong(GiveUp):
    """The path and query are longer than any that is known (RFC 9110 section 15.5.15)."""

    status, code = 414, "uri_too_long"
    default = "The address is too long. Send less in it."


class UnsupportedMediaType(GiveUp):
    """The body is not declared as JSON."""

    status, code = 415, "unsupported_media_type"
    default = "Send the body as JSON, with the header Content-Type: application/json."


class InvalidFormat(GiveUp):
    """The `Accept` header asks for a format that is not offered."""

    status, code = 406, "invalid_format"
    default = "This resource is answered as application/json only."


class InvalidEndpoint(GiveUp):
    """No such route."""

    status, code = 404, "invalid_endpoint"
    default = "There is no such endpoint. The OpenAPI document lists all of them."


class MethodNotAllowed(GiveUp):
    """The route exists, but not with this method; `Allow` lists those that do."""

    status, code = 405, "method_not_allowed"
    default = "This endpoint does not take this HTTP method."


# ---- who asks ----------------------------------------------------------------------------------


class InvalidToken(Reconnect):
    """The bearer token is missing, unknown, expired or revoked (RFC 6750 section 3.1)."""

    status, code = 401, "invalid_token"
    default = "The access token is missing or no longer valid. Connect the account again."


class Forbidden(GiveUp):
    """The token lacks a scope; the message names it."""

    status, code = 403, "forbidden"
    default = "The access token does not have the scope that this needs."


class TooManyRequests(Retry):
    """A rate limit is reached; `retry_after` is honest."""

    status, code = 429, "too_many_requests"
    default = "Too many requests. Wait and try again."


# ---- the things asked for ----------------------------------------------------------------------


class NotFound(GiveUp):
    """No such object, or it belongs to somebody else: the two look the same on purpose."""

    status, code = 404, "resource_not_found"
    default = "There is no such resource."


class Conflict(GiveUp):
    """The state of things forbids the change."""

    status, code = 409, "conflict"
    default = "The current state does not allow this."


class QuotaReached(Conflict):
    """The connection has as much of something as it may have; the message says what to do."""

    code = "quota_reached"


# ---- the other side ----------------------------------------------------------------------------


class NeedsReauth(Reconnect):
    """Stora no longer accepts this connection; only a person can mend that."""

    status, code = 401, "needs_reauth"
    default = "Stora no longer accepts this connection. Connect Stora again."


class StoraUnavailable(Retry):
    """Stora could not be reached, answered with a server error, or its answer was lost.

    `lost` is whether the request may have been carried out all the same: no answer of Stora's own
    arrived, so nobody knows. `answered` is whether Stora itself said that it failed.
    """

    status, code, type = 503, "stora_unavailable", "api_error"
    default = "Stora could not be reached. Nothing was changed here; try again."

    def __init__(
        self,
        message: str = "",
        *,
        lost: bool = False,
        answered: bool = False,
        retry_after: float | None = None,
    ) -> None:
        self.lost = lost
        self.answered = answered
        super().__init__(message, retry_after=retry_after)


class StoraRefused(GiveUp):
    """Stora understood and said no; the message is Stora's own."""

    status, code = 422, "stora_refused"
    default = "Stora refused this."


class OutcomeUnknown(GiveUp):
    """Stora's answer was lost, and doing it again could do it twice: a person looks in Stora."""

    status, code, type = 504, "outcome_unknown", "api_error"
    default = (
        "Stora's answer did not arrive, so this may have happened. "
        "Look in Stora before you do it again."
    )


class Unavailable(Retry):
    """This server cannot do its work right now (database locked, disk full, overload)."""

    status, code, type = 503, "service_unavailable", "api_error"
    default = "The service cannot answer right now. Try again shortly."


class Internal(Retry):
    """A fault of this program."""

    status, code, type = 500, "internal_server_error", "api_error"
    default = "An unexpected error happened. It has been logged with this request id."


class Situation(NamedTuple):
    """What a builder may meet: how it is told, when it happens, and what to do next."""

    status: int
    code: str
    when: str
    next: str


NEXT = {Retry: "try again", GiveUp: "change something first", Reconnect: "connect again"}


def situations() -> list[Situation]:
    """Return every situation that a builder may meet, in the order of this file."""
    return [
        Situation(
            each.status, each.code, " ".join(str(each.__doc__).split("\n\n")[0].split()), next
        )
        for each in list(globals().values())
        for family, next in NEXT.items()
        if isinstance(each, type) and issubclass(each, family) and each is not family
    ]


class SettingsError(Exception):
    """A setting is wrong or unsafe: the text names the variable and the mend."""


def body_of(
    error: UnitwireError, request_id: str, links: Sequence[Mapping[str, str]] = ()
) -> dict[str, object]:
    """Return the JSON body of `error` in Stora's error shape (Stora page: guides/errors)."""
    return {
        "error": {
            "code": error.code,
            "details": error.details,
            "links": list(links),
            "message": error.message,
            "request_id": request_id,
            "type": error.type,
        }
    }
