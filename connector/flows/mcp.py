"""MCP: what an assistant says, and what it is answered (Model Context Protocol, JSON-RPC 2.0).

`respond` takes one message and returns one, whatever carries them: a POST to /mcp, or a line of
standard input. Nothing is remembered between two messages, so any process may answer any of them.
Two ways of speaking are understood: that of HANDSHAKES, in which `initialize` agrees on a revision
of the protocol once, and that of MODERN, in which each request brings its revision along.

What goes wrong in a tool is told to the assistant, which can mend it, as a result with `isError`;
what is wrong with the message itself is an error of JSON-RPC.

The protocol is written plainly here. The official SDK's server is an ASGI application with an event
loop, sessions and sign-in of its own; it would stand beside the web application, its intake, limits
and tokens, and five methods do not need it. The SDK's clients judge this in the tests.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from connector import __version__
from connector.catalogue.picklists import PICKLIST
from connector.catalogue.tools import CHOICES, TOOL, Choices, documents_for
from connector.dialect.body import load
from connector.errors import UnitwireError, body_of
from connector.flows.act import act
from connector.flows.callers import Caller
from connector.flows.choices import page_of
from connector.flows.parts import Parts
from connector.world import new_request_id

PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602
INTERNAL_ERROR: Final = -32603
UNSUPPORTED_VERSION: Final = -32022

HANDSHAKES: Final = ("2025-11-25", "2025-06-18")
MODERN: Final = ("2026-07-28",)
REVISION: Final = "io.modelcontextprotocol/protocolVersion"
"""The key in `params._meta` under which a request of MODERN names its revision."""

PLATFORM: Final = "mcp"
KEPT_MS: Final = 300_000  # for how long an assistant may keep the list of tools
_USUAL: Final = 20

_SERVER: Final = {"name": "unitwire", "title": "Unitwire for Stora", "version": __version__}
_CAPABILITIES: Final[Mapping[str, Any]] = {"tools": {}}
_INSTRUCTIONS: Final = (
    "Reads and changes the account of a self-storage business in Stora. "
    "Look ids up before you use them: never make one up. "
    "Results have the resource as Stora shows it, and under `flat` its ids, sums and links. "
    "When a result says that something may have happened, look before you do it again."
)

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """A message that is to be answered; `revision` is what one of MODERN brings along."""

    id: str | int
    method: str
    params: Document
    revision: object


class RpcError(Exception):
    """A message that cannot be answered with a result (JSON-RPC 2.0, section 5.1)."""

    def __init__(self, code: int, message: str, data: Mapping[str, Any] | None = None) -> None:
        self.code = code
        self.message = message
        self.data = data
        super().__init__(message)

    def document(self, message: object = None) -> Document:
        """Return it as the answer to a `message`, by its id if it has one."""
        id = message.get("id") if isinstance(message, dict) else None
        error = {"code": self.code, "message": self.message}
        return {
            "jsonrpc": "2.0",
            "id": id if _is_id(id) else None,
            "error": {**error, **({"data": self.data} if self.data else {})},
        }


def respond(parts: Parts, caller: Caller, message: object) -> Document | None:
    """Return the answer to a `message` that `caller` sent; None where it asks for nothing."""
    try:
        request = _request(message)
        if request is None:
            return None
        return {"jsonrpc": "2.0", "id": request.id, "result": _result(parts, caller, request)}
    except RpcError as error:
        return error.document(message)


def revision_of(message: object) -> object:
    """Return the revision that a request of MODERN brings along; None for any other message."""
    params = message.get("params") if isinstance(message, dict) else None
    meta = params.get("_meta") if isinstance(params, dict) else None
    return meta.get(REVISION) if isinstance(meta, dict) else None


def _request(message: object) -> Request | None:
    """Return the request that a message is; None if it is a notification, or an answer to us."""
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
        raise RpcError(INVALID_REQUEST, "Send one JSON-RPC 2.0 message at a time.")
    method, params = message.get("method"), message.get("params", {})
    if method is None and ("result" in message or "error" in message):
        return None
    if not isinstance(method, str):
        raise RpcError(INVALID_REQUEST, "The method must be a text.")
    if "id" not in message:
        return None
    if not _is_id(message["id"]):
        raise RpcError(INVALID_REQUEST, "The id must be a text or a whole number.")
    if not isinstance(params, dict):
        raise RpcError(INVALID_PARAMS, "The params must be an object.")
    return Request(message["id"], method, params, revision_of(message))


def _is_id(id: object) -> bool:
    return isinstance(id, str | int) and not isinstance(id, bool)


def _result(parts: Parts, caller: Caller, request: Request) -> Document:
    method, params, revision = request.method, request.params, request.revision
    if revision is not None and revision not in MODERN:
        raise unsupported(revision)
    match method:
        case "initialize" if revision is None:
            return _welcome(params)
        case "server/discover":
            result = {
                "supportedVersions": [*MODERN, *HANDSHAKES],
                "capabilities": _CAPABILITIES,
                "serverInfo": _SERVER,
                "instructions": _INSTRUCTIONS,
            }
        case "ping":
            result = {}
        case "tools/list":
            result = _list_tools(caller, params)
        case "tools/call":
            result = _call_tool(parts, replace(caller, platform=PLATFORM), params)
        case _:
            raise RpcError(METHOD_NOT_FOUND, f"There is no method {method}.")
    return result if revision is None else _modern(method, result)


def _modern(method: str, result: Document) -> Document:
    """Return a result with what MODERN says of each (SEP-2322, SEP-2549)."""
    kept = {} if method == "tools/call" else {"ttlMs": KEPT_MS, "cacheScope": "private"}
    return {**result, "resultType": "complete", **kept}


def unsupported(revision: object) -> RpcError:
    """Return the error for a revision that is not spoken here, which tells those that are."""
    data = {"supported": [*MODERN, *HANDSHAKES], "requested": revision}
    return RpcError(UNSUPPORTED_VERSION, "This revision of MCP is not spoken here.", data)


def _welcome(params: Document) -> Document:
    """Return the answer to `initialize`: the revision asked for if it is known, else the newest."""
    asked = params.get("protocolVersion")
    return {
        "protocolVersion": asked if asked in HANDSHAKES else HANDSHAKES[0],
        "capabilities": _CAPABILITIES,
        "serverInfo": _SERVER,
        "instructions": _INSTRUCTIONS,
    }


def _list_tools(caller: Caller, params: Document) -> Document:
    if params.get("cursor") is not None:
        raise RpcError(INVALID_PARAMS, "There is one page of tools, and no cursor.")
    return {"tools": documents_for(caller.scopes)}


# ---- tools -------------------------------------------------------------------------------------


def _call_tool(parts: Parts, caller: Caller, params: Document) -> Document:
    name, arguments = params.get("name"), params.get("arguments") or {}
    if not isinstance(name, str) or not isinstance(arguments, dict):
        raise RpcError(INVALID_PARAMS, "Name the tool, and give its arguments as an object.")
    try:
        return _shown(_carried_out(parts, caller, name, arguments))
    except UnitwireError as problem:
        return _told(problem)


def _carried_out(parts: Parts, caller: Caller, name: str, arguments: Document) -> Document:
    if name == CHOICES:
        return _choices(parts, caller, arguments)
    if name not in TOOL:
        raise RpcError(INVALID_PARAMS, f"There is no tool {name}.")
    action, given = TOOL[name].chosen(arguments)
    caller.demand(*action.scopes)
    done = act(parts, caller, action, load(action.input(), given))
    timeline = {"timeline": done.timeline.document} if done.timeline else {}
    return {**done.answer, **timeline}


def _choices(parts: Parts, caller: Caller, arguments: Document) -> Document:
    given = load(Choices(), arguments)
    name, q, limit = given.pop("picklist"), given.pop("q", ""), given.pop("limit", _USUAL)
    caller.demand(PICKLIST[name].scope)
    page = page_of(parts, caller.connection_id, name, q=q, filters=given, limit=limit)
    return {"choices": page.items, "count": page.count}


def _shown(answer: Document) -> Document:
    """Return what an assistant reads: JSON, and each file as a resource of its own."""
    rest = {key: value for key, value in answer.items() if key != "files"}
    files = [
        {
            "type": "resource",
            "resource": {
                "uri": f"unitwire://files/{file['name']}",
                "mimeType": file["content_type"],
                "blob": file["content"],
            },
        }
        for file in answer.get("files", ())
    ]
    text = json.dumps(rest, ensure_ascii=False)
    return {"content": [{"type": "text", "text": text}, *files], "structuredContent": rest}


def _told(problem: UnitwireError) -> Document:
    """Return a failure as an assistant reads it: what happened, each fault, when to come back."""
    lines = [problem.message]
    lines += [f"- {each['pointer'] or '/'}: {each['message']}" for each in problem.details]
    if problem.retry_after is not None:
        lines.append(f"Try again in {problem.headers['Retry-After']} seconds.")
    return {
        "content": [{"type": "text", "text": "\n".join(lines)}],
        "structuredContent": body_of(problem, new_request_id()),
        "isError": True,
    }
