"""Reading an OAuth request: its parameters, its client, and the errors both can have."""

import base64
import binascii
from urllib.parse import parse_qsl, unquote_plus

from flask import Response, request
from werkzeug.datastructures import MultiDict

from connector.dialect.answers import answer
from connector.dialect.body import parse_json, read_bytes
from connector.errors import UnitwireError
from connector.sandbox.access import Access, same
from connector.sandbox.state import Document

MAX_TEXT = 8192
MAX_FIELDS = 100
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class OAuthError(Exception):
    """An error in OAuth's own shape: `{"error", "error_description"}` (RFC 6749 section 5.2)."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        self.error = error
        self.description = description
        self.status = status
        super().__init__(error)

    def body(self) -> dict[str, str]:
        """Return the two members of the error."""
        return {"error": self.error, "error_description": self.description}

    def response(self) -> Response:
        """Return the error as the token endpoint answers it."""
        headers = dict(NO_STORE)
        if self.status == 401:
            headers["WWW-Authenticate"] = 'Basic realm="Stora"'
        return answer(self.body(), self.status, headers)


def read_form() -> MultiDict[str, str]:
    """Return the parameters of a form body."""
    try:
        text = read_bytes(request).decode()
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError:
        raise OAuthError("invalid_request", "The form cannot be read.") from None
    return MultiDict(pairs)


def read_parameters() -> dict[str, str]:
    """Return the parameters of a form or of a JSON body; each is text, and given once."""
    pairs: list[tuple[str, object]]
    if request.mimetype == "application/x-www-form-urlencoded":
        pairs = list(read_form().items(multi=True))
    elif request.mimetype == "application/json":
        try:
            value = parse_json(read_bytes(request))
        except UnitwireError as error:
            raise OAuthError("invalid_request", error.message, error.status) from None
        pairs = list(value.items()) if isinstance(value, dict) else []
    else:
        raise OAuthError("invalid_request", "Send the parameters as JSON or as a form.")
    given: dict[str, str] = {}
    for name, text in pairs:
        if name in given or not isinstance(text, str) or len(text) > MAX_TEXT:
            raise OAuthError("invalid_request", "A parameter is repeated, too long or not text.")
        given[name] = text
    return given


def authenticate(access: Access, given: dict[str, str]) -> Document:
    """Return the application that proves itself in the body or by HTTP Basic, one of the two."""
    basic = _basic(request.headers.get("Authorization"))
    if basic is not None and "client_secret" in given:
        raise OAuthError("invalid_request", "Send the client secret in one way only.")
    client_id, secret = basic or (given.get("client_id", ""), given.get("client_secret", ""))
    application = access.application(client_id)
    if application is None or not same(secret, application["secret"]):
        raise OAuthError("invalid_client", "The client is unknown or its secret is wrong.", 401)
    return application


def _basic(header: str | None) -> tuple[str, str] | None:
    """Return client id and secret of a Basic header (RFC 6749 section 2.3.1), None without one."""
    kind, _, credentials = (header or "").partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise OAuthError("invalid_client", "The Authorization header is damaged.", 401) from None
    return unquote_plus(user), unquote_plus(password)
