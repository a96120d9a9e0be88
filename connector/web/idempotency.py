"""The Idempotency-Key header on POST routes: what a repeat is answered, see flows.idempotency.

    @requires(WRITE)
    @once
    @blueprint.arguments(CreateEndpoint)
    def create(body): …

It stands after `requires`, so that nobody reads an answer without a token, and before the body is
validated, so that a refusal is kept as well, as Stora keeps it.
"""

import re
from copy import deepcopy
from functools import wraps
from typing import Any, cast

from flask import Response, current_app, request

from connector.dialect.body import read_bytes
from connector.errors import GiveUp, InvalidRequest
from connector.flows.idempotency import Kept, begin
from connector.web.api import View, caller, parts

HEADER = "Idempotency-Key"
TOKEN = re.compile(r"[!-~]{1,255}")
TOKEN_SCHEMA = {"type": "string", "pattern": f"^{TOKEN.pattern}$"}
KEPT_HEADERS = ("Content-Type", "Location")


def once(view: View) -> View:
    """Let the view answer the first request under a key only; without one it answers each."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Response:
        key = token_header(HEADER)
        if key is None:
            return view(*args, **kwargs)
        read_bytes(request)  # now, so that a slow sender holds no key
        begun = begin(parts(), caller(), key, f"{request.method} {request.path}")
        if isinstance(begun, Kept):
            return Response(begun.body, begun.status, headers=dict(begun.headers))
        try:
            response = view(*args, **kwargs)
        except GiveUp as refused:
            response = cast(Response, current_app.handle_user_exception(refused))
        except BaseException:
            begun.forget()
            raise
        headers = {
            name: response.headers[name] for name in KEPT_HEADERS if name in response.headers
        }
        begun.keep(Kept(response.status_code, response.get_data(as_text=True), headers))
        return response

    guarded._apidoc = documented(getattr(view, "_apidoc", {}))  # type: ignore[attr-defined]
    return cast(View, guarded)


def token_header(name: str) -> str | None:
    """Return a header that holds one word, None if it is absent; raises InvalidRequest."""
    value = request.headers.get(name)
    if value is not None and not TOKEN.fullmatch(value):
        raise InvalidRequest(f"{name} has 1 to 255 printable ASCII characters, no spaces.")
    return value


def documented(apidoc: dict[str, Any]) -> dict[str, Any]:
    """Return what flask-smorest knows of a view, with the header added."""
    told = deepcopy(apidoc)
    told.setdefault("arguments", {}).setdefault("parameters", []).append(
        {
            "in": "header",
            "name": HEADER,
            "required": False,
            "description": "A value of your own for this request, such as a UUID: a repeat with "
            "the same value within 24 hours gets the first answer again and does nothing.",
            "schema": TOKEN_SCHEMA,
        }
    )
    return told
