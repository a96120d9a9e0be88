"""MCP over HTTP: who may speak, and what is understood."""

from typing import Any

import pytest
from broker import Broker
from web.assistant import Assistant, assistant

from connector.factory import app_of
from connector.flows.mcp import HANDSHAKES, MODERN, REVISION

ORIGIN = "http://127.0.0.1:8080"
WELCOME = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test"}}


# ---- who may speak -----------------------------------------------------------------------------


@pytest.mark.parametrize("token", [None, "no-such-token"])
def test_without_a_good_token_it_is_told_where_one_is_to_be_had(
    broker: Broker, token: str | None
) -> None:
    """401 points to the resource's metadata, which names the authorization server (RFC 9728)."""
    client = app_of(broker.parts).test_client()
    answer = Assistant(client, token).post({"jsonrpc": "2.0", "id": 1, "method": "ping"})
    assert answer.status_code == 401
    where = f"{ORIGIN}/.well-known/oauth-protected-resource/mcp"
    told = 'Bearer error="invalid_token",' if token else "Bearer"
    assert answer.headers["WWW-Authenticate"] == f'{told} resource_metadata="{where}"'
    resource = client.get(where.removeprefix(ORIGIN)).get_json()
    assert resource["resource"] == f"{ORIGIN}/mcp"
    assert resource["bearer_methods_supported"] == ["header"]
    (server,) = resource["authorization_servers"]
    found = client.get(f"{server.removeprefix(ORIGIN)}/.well-known/oauth-authorization-server")
    assert found.get_json()["issuer"] == server


def test_the_whole_installation_is_a_resource_as_well(broker: Broker) -> None:
    """Its identifier is the origin; of any other path there is no metadata."""
    client = app_of(broker.parts).test_client()
    whole = client.get("/.well-known/oauth-protected-resource")
    assert whole.get_json()["resource"] == ORIGIN
    assert client.get("/.well-known/oauth-protected-resource/other").status_code == 404


def test_pages_of_other_sites_may_not_speak(broker: Broker) -> None:
    """An `Origin` that is not Unitwire's own is refused, whatever the token."""
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    speaker = assistant(broker)
    assert speaker.post(ping, Origin="https://evil.example.com").status_code == 403
    assert speaker.post(ping, Origin="null").status_code == 403
    assert speaker.post(ping, Origin=ORIGIN).status_code == 200


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
def test_there_are_no_streams_and_no_sessions(broker: Broker, method: str) -> None:
    """All but POST is answered 405, with what is allowed."""
    answer = app_of(broker.parts).test_client().open("/mcp", method=method)
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


# ---- what is understood ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [*((each, each) for each in HANDSHAKES), ("2024-11-05", HANDSHAKES[0]), (5, HANDSHAKES[0])],
)
def test_the_handshake_agrees_on_a_revision(broker: Broker, asked: object, spoken: str) -> None:
    """One that is known is spoken; for any other the newest is offered."""
    welcome = assistant(broker).ask("initialize", WELCOME | {"protocolVersion": asked})["result"]
    assert welcome["protocolVersion"] == spoken
    assert welcome["capabilities"] == {"tools": {}}
    assert welcome["serverInfo"]["name"] == "unitwire"


@pytest.mark.parametrize(
    "message",
    [
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}},
        {"jsonrpc": "2.0", "id": 1, "result": {}},
        {"jsonrpc": "2.0", "id": 1, "error": {"code": 1, "message": "no"}},
    ],
)
def test_what_asks_for_nothing_is_accepted(broker: Broker, message: object) -> None:
    """Notifications, and answers to nobody, get 202 without a body."""
    answer = assistant(broker).post(message)
    assert (answer.status_code, answer.data) == (202, b"")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", -32700),
        (b"{", -32700),
        (b"\xff", -32700),
        (b'{"id": NaN}', -32700),
        (b'{"id": 1, "id": 2}', -32700),
        (b"[" * 100_000, -32700),
        (b"[]", -32600),
        (b'[{"jsonrpc": "2.0", "id": 1, "method": "ping"}]', -32600),
        (b'"ping"', -32600),
        (b"{}", -32600),
        (b'{"jsonrpc": "1.0", "id": 1, "method": "ping"}', -32600),
        (b'{"jsonrpc": "2.0", "id": 1}', -32600),
        (b'{"jsonrpc": "2.0", "id": 1, "method": 5}', -32600),
        (b'{"jsonrpc": "2.0", "id": null, "method": "ping"}', -32600),
        (b'{"jsonrpc": "2.0", "id": true, "method": "ping"}', -32600),
        (b'{"jsonrpc": "2.0", "id": [1], "method": "ping"}', -32600),
        (b'{"jsonrpc": "2.0", "id": 1.5, "method": "ping"}', -32600),
    ],
)
def test_what_is_no_message_is_refused(broker: Broker, body: bytes, code: int) -> None:
    """400, with the error of JSON-RPC."""
    speaker = assistant(broker)
    answer = speaker.client.post(
        "/mcp", data=body, headers=speaker.headers, content_type="application/json"
    )
    assert answer.status_code == 400
    assert answer.get_json()["error"]["code"] == code


def test_a_body_of_another_type_is_refused(broker: Broker) -> None:
    """Forms, which any web page can send, are not read."""
    speaker = assistant(broker)
    answer = speaker.client.post("/mcp", data="a=b", headers=speaker.headers)
    assert answer.status_code == 415


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("resources/list", {}, -32601),
        ("tools/list", {"cursor": "2"}, -32602),
        ("tools/list", [1], -32602),
        ("tools/call", {}, -32602),
        ("tools/call", {"name": "no_such_tool"}, -32602),
        ("tools/call", {"name": ["change_deals"]}, -32602),
        ("tools/call", {"name": "change_deals", "arguments": [1]}, -32602),
    ],
)
def test_what_cannot_be_done_is_an_error(
    broker: Broker, method: str, params: object, code: int
) -> None:
    """In the handshake's revisions with status 200 and the code of JSON-RPC."""
    assert assistant(broker).ask(method, params, id="a")["error"]["code"] == code


def test_an_unknown_revision_in_the_header_is_refused(broker: Broker) -> None:
    """400, with the revisions that are spoken."""
    ping = {"jsonrpc": "2.0", "id": 7, "method": "ping"}
    answer = assistant(broker).post(ping, MCP_Protocol_Version="1999-01-01")
    assert answer.status_code == 400
    told = answer.get_json()
    assert (told["id"], told["error"]["code"]) == (7, -32022)
    assert told["error"]["data"]["supported"] == [*MODERN, *HANDSHAKES]


# ---- the revision that comes with each request -------------------------------------------------


def modern(method: str, revision: object = MODERN[0], **params: Any) -> dict[str, Any]:
    """Return a request that brings its revision along."""
    meta = {REVISION: revision, "io.modelcontextprotocol/clientCapabilities": {}}
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": meta}}


def repeated(message: dict[str, Any]) -> dict[str, str]:
    """Return the headers that repeat what a message says."""
    params = message["params"]
    named = {"Mcp-Name": params["name"]} if "name" in params else {}
    return {
        "MCP-Protocol-Version": params["_meta"][REVISION],
        "Mcp-Method": message["method"],
        **named,
    }


def test_a_modern_request_needs_no_handshake(broker: Broker) -> None:
    """Discovery, the list and a call; each result says that it is complete."""
    speaker = assistant(broker)
    for message in (
        modern("server/discover"),
        modern("tools/list"),
        modern("tools/call", name="search_contacts", arguments={"search": "list_contacts"}),
    ):
        answer = speaker.post(message, **repeated(message))
        assert answer.status_code == 200
        result = answer.get_json()["result"]
        assert result["resultType"] == "complete"
        assert (result.get("cacheScope") == "private") == (message["method"] != "tools/call")


@pytest.mark.parametrize("header", ["MCP-Protocol-Version", "Mcp-Method", "Mcp-Name"])
def test_headers_and_message_must_agree(broker: Broker, header: str) -> None:
    """A header that is missing or says something else is refused, and nothing is done."""
    speaker = assistant(broker)
    message = modern("tools/call", name="change_contacts", arguments={})
    right = repeated(message)
    for wrong in (
        {name: value for name, value in right.items() if name != header},
        right | {header: "2025-11-25"},
    ):
        answer = speaker.post(message, **wrong)
        assert answer.status_code == 400
        assert answer.get_json()["error"]["code"] == -32020


def test_a_modern_header_over_an_old_message_is_refused(broker: Broker) -> None:
    """The header promises a revision that the message does not bring."""
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    answer = assistant(broker).post(ping, MCP_Protocol_Version=MODERN[0])
    assert answer.get_json()["error"]["code"] == -32020


@pytest.mark.parametrize(
    ("method", "status", "code"), [("initialize", 404, -32601), ("no/such", 404, -32601)]
)
def test_a_modern_status_tells_what_is_wrong(
    broker: Broker, method: str, status: int, code: int
) -> None:
    """There is no handshake any more."""
    message = modern(method)
    answer = assistant(broker).post(message, **repeated(message))
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (status, code)


def test_an_unknown_modern_revision_is_refused(broker: Broker) -> None:
    """400, with the revisions that are spoken, also where the header agrees."""
    message = modern("tools/list", revision="2099-01-01")
    answer = assistant(broker).post(message, **repeated(message))
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, -32022)
    message = modern("tools/list", revision=5)
    answer = assistant(broker).post(message, Mcp_Method="tools/list")
    assert answer.status_code == 400
