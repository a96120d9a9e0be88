"""Answers in Stora's envelopes, errors in Stora's error object.

One object is `{"<name>": {…}, "meta": {…}}`, a list `{"<names>": […], "meta": {…}}` with
`meta.pagination` (Stora pages: guides/responses, guides/errors).
"""

import json
from collections.abc import Mapping, Sequence

import orjson
from flask import Response, g
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge

from connector import errors
from connector.errors import Reconnect, UnitwireError, body_of
from connector.world import new_request_id

JSON_TYPE = "application/json; charset=utf-8"
REFUSED_TOKEN = 'Bearer error="invalid_token"'  # noqa: S105  RFC 6750 section 3.1


def request_id() -> str:
    """Return the id of the request being answered, the same in `meta`, errors and the log."""
    if "request_id" not in g:
        g.request_id = new_request_id()
    return str(g.request_id)


def answer(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a JSON response in UTF-8."""
    return Response(
        written(body),
        status,
        headers=dict(headers or {}),
        content_type=JSON_TYPE,
    )


def written(body: object) -> bytes:
    """Return `body` as JSON in UTF-8, where half a surrogate pair becomes `?`."""
    try:
        return orjson.dumps(body)
    except TypeError:  # that, or a number of more than 64 bits, or a key that is not a text
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        return text.encode(errors="replace")


def pagination(count: int, page: int, limit: int) -> dict[str, int | None]:
    """Return `meta.pagination` of page `page` of a list of `count` things."""
    pages = max(1, -(-count // limit))
    return {
        "count": count,
        "last": pages,
        "limit": limit,
        "next": page + 1 if page < pages else None,
        "page": page,
        "pages": pages,
        "prev": min(page - 1, pages) if page > 1 else None,
    }


def problem(error: UnitwireError, links: Sequence[Mapping[str, str]]) -> Response:
    """Return `error` in the one error shape; who has to connect again is challenged (RFC 6750)."""
    if isinstance(error, Reconnect):
        error.headers.setdefault("WWW-Authenticate", REFUSED_TOKEN)
    return answer(body_of(error, request_id(), links), error.status, error.headers)


def translate(error: HTTPException) -> UnitwireError:
    """Return what Flask itself refused as one of our errors."""
    match error:
        case NotFound():
            return errors.InvalidEndpoint()
        case MethodNotAllowed():
            allow = {"Allow": ", ".join(sorted(error.valid_methods or ()))}
            return errors.MethodNotAllowed(headers=allow)
        case RequestEntityTooLarge():
            return errors.PayloadTooLarge()
        case _:
            return errors.InvalidRequest(error.description or "")
