"""MCP over HTTP: POST /mcp, one message each, and where assistants learn who gives them a token.

The transport is Streamable HTTP without sessions and without streams: every message is a POST that
is answered with JSON, so GET and DELETE are not taken (MCP: basic/transports). What a message means
is told in `flows.mcp`; here are the token, the origin and the headers around it.

Whoever comes without a good token is pointed to the metadata of this resource, which names the
authorization server (RFC 9728).
"""

from typing import Any, Final

from flask import Blueprint, Response, request

from connector.dialect.answers import REFUSED_TOKEN, answer
from connector.dialect.body import parse_json, read_bytes
from connector.errors import (
    Forbidden,
    InvalidRequest,
    InvalidToken,
    UnsupportedMediaType,
)
from connector.flows.callers import Caller, caller_of
from connector.flows.mcp import (
    HANDSHAKES,
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    MODERN,
    PARSE_ERROR,
    UNSUPPORTED_VERSION,
    RpcError,
    respond,
    revision_of,
    unsupported,
)
from connector.web.api import parts

mcp = Blueprint("mcp", __name__)

PATH: Final = "/mcp"
METADATA: Final = "/.well-known/oauth-protected-resource"
HEADER_MISMATCH: Final = -32020
VERSION: Final = "MCP-Protocol-Version"

_STATUS: Final = dict.fromkeys(
    (PARSE_ERROR, INVALID_REQUEST, UNSUPPORTED_VERSION, HEADER_MISMATCH), 400
)
# In a revision of MODERN a status tells more; before, 404 meant that a session is over.
_MODERN_STATUS: Final = {INVALID_PARAMS: 400, METHOD_NOT_FOUND: 404}


@mcp.post(PATH)
def converse() -> Response:
    """Answer one message of an assistant; 202 where it asks for nothing."""
    settings = parts().settings
    if request.headers.get("Origin", settings.origin) != settings.origin:
        raise Forbidden("Pages of other web sites may not speak to this address.")
    caller = _caller(settings.origin)
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    try:
        message = parse_json(read_bytes(request, settings.max_body_bytes))
    except InvalidRequest as problem:
        return _sent(RpcError(PARSE_ERROR, problem.message).document())
    try:
        _check_headers(message)
    except RpcError as error:
        return _sent(error.document(message))
    replied = respond(parts(), caller, message)
    if replied is None:
        return Response(status=202, mimetype="application/json")
    return _sent(replied, modern=revision_of(message) is not None)


@mcp.get(METADATA, defaults={"path": ""})
@mcp.get(f"{METADATA}{PATH}", defaults={"path": PATH})
def metadata(path: str) -> Response:
    """Answer the metadata of the resource at `path`: of all, or of MCP (RFC 9728 section 3)."""
    settings = parts().settings
    return answer(
        {
            "resource": f"{settings.origin}{path}",
            "resource_name": "Unitwire",
            "authorization_servers": [settings.origin],
            "scopes_supported": sorted(settings.stora_scopes),
            "bearer_methods_supported": ["header"],
        }
    )


def _caller(origin: str) -> Caller:
    """Return who asks; raises InvalidToken, which says where a token is to be had (section 5.1)."""
    try:
        return caller_of(parts(), request.headers.get("Authorization"))
    except InvalidToken as problem:
        told = problem.headers.get("WWW-Authenticate", REFUSED_TOKEN)
        joint = "," if "=" in told else ""
        told += f'{joint} resource_metadata="{origin}{METADATA}{PATH}"'
        problem.headers["WWW-Authenticate"] = told
        raise


def _check_headers(message: Any) -> None:
    """Raise RpcError where a header says something that is unknown, or not what the message says.

    A request of MODERN repeats its method and its tool in headers (SEP-2243).
    """
    named = request.headers.get(VERSION)
    if named is not None and named not in (*HANDSHAKES, *MODERN):
        raise unsupported(named)
    revision = revision_of(message)
    wanted: dict[str, object] = {}
    if revision is not None:
        wanted = {VERSION: revision, "Mcp-Method": message.get("method")}
        if message.get("method") == "tools/call":
            wanted["Mcp-Name"] = message["params"].get("name")
    elif named in MODERN:
        wanted = {VERSION: None}
    for header, value in wanted.items():
        if request.headers.get(header) != value:
            raise RpcError(HEADER_MISMATCH, f"The header {header} is not what the message says.")


def _sent(document: dict[str, Any], *, modern: bool = False) -> Response:
    code = document.get("error", {}).get("code", 0)
    statuses = _STATUS | (_MODERN_STATUS if modern else {})
    return answer(document, statuses.get(code, 200))
