"""MCP over HTTP: who may speak, what is understood, and what the tools do in Stora."""

import base64
import json
import re
from typing import Any

import pytest
from broker import Broker
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from connector.factory import app_of
from connector.flows.mcp import HANDSHAKES, MODERN, REVISION
from connector.sandbox.faults import ApiFault
from connector.settings import ALL_SCOPES

ORIGIN = "http://127.0.0.1:8080"
ALL = " ".join(ALL_SCOPES)
WELCOME = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test"}}
PERSON = {"email": "jo@example.com", "full_name": "Jo Doe"}


class Assistant:
    """Speaks MCP to Unitwire with one token."""

    def __init__(self, client: FlaskClient, token: str | None) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def post(self, message: object, **headers: str) -> TestResponse:
        """Send one message."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post("/mcp", json=message, headers=self.headers | named)

    def ask(self, method: str, params: object = None, id: object = 1) -> dict[str, Any]:
        """Return the answer to a request."""
        message = {"jsonrpc": "2.0", "id": id, "method": method, "params": params or {}}
        answer = self.post(message)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.get_json()
        assert (told["jsonrpc"], told["id"]) == ("2.0", id)
        return told

    def call(self, name: str, **arguments: Any) -> dict[str, Any]:
        """Return what a tool results in."""
        result: dict[str, Any] = self.ask("tools/call", {"name": name, "arguments": arguments})[
            "result"
        ]
        return result


def assistant(broker: Broker, scopes: str = ALL, operator: int = 0) -> Assistant:
    """Return an assistant of an operator."""
    token = broker.personal_token(scopes, operator)
    return Assistant(app_of(broker.parts).test_client(), token)


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


# ---- tools -------------------------------------------------------------------------------------


def test_a_contact_is_made_and_found(broker: Broker) -> None:
    """What a tool does is done in Stora; the result is text and the same as structure."""
    speaker = assistant(broker)
    made = speaker.call("change_contacts", action="create_contact", **PERSON)
    assert "isError" not in made
    assert json.loads(made["content"][0]["text"]) == made["structuredContent"]
    id = made["structuredContent"]["flat"]["contact_id"]
    assert made["structuredContent"]["timeline"]["status"] in ("pending", "off")
    found = speaker.call("search_contacts", search="find_contact", email=PERSON["email"])
    assert [each["id"] for each in found["structuredContent"]["contacts"]] == [id]


def test_another_operators_contact_is_not_found(broker: Broker) -> None:
    """A foreign id is answered like an unknown one."""
    made = assistant(broker).call("change_contacts", action="create_contact", **PERSON)
    id = made["structuredContent"]["flat"]["contact_id"]
    stranger = assistant(broker, operator=1)
    for wanted in (id, "con_unknown"):
        found = stranger.call("search_contacts", search="get_contact", contact_id=wanted)
        assert found["structuredContent"]["contacts"] == []


def test_a_fault_is_told_to_the_assistant(broker: Broker) -> None:
    """A result with isError names each field at fault, and nothing has happened."""
    speaker = assistant(broker)
    told = speaker.call("change_contacts", action="create_contact", email="nobody", zip=1)
    assert told["isError"] is True
    text = told["content"][0]["text"]
    assert all(f"- /{key}: " in text for key in ("email", "full_name", "zip"))
    assert told["structuredContent"]["error"]["code"] == "invalid_content"
    assert broker.stora.calls("POST") == []


def test_what_the_token_may_not_do_is_told(broker: Broker) -> None:
    """The scope that is missing is named; the tool is not shown to begin with."""
    speaker = assistant(broker, scopes="public.contact:read")
    names = [each["name"] for each in speaker.ask("tools/list")["result"]["tools"]]
    assert names == ["search_contacts", "call_stora_api"]
    for name, scope, arguments in (
        ("change_contacts", "public.contact:write", {"action": "create_contact", **PERSON}),
        ("list_choices", "public.site:read", {"picklist": "sites"}),
    ):
        told = speaker.call(name, **arguments)
        assert told["isError"] is True
        assert scope in told["content"][0]["text"]


def test_stora_says_when_to_come_back(broker: Broker) -> None:
    """When calls are used up for the moment, the result says after how many seconds to repeat."""
    broker.stora.sandbox.faults.set([ApiFault("429", path="/2025-09", seconds=30)], [])
    told = assistant(broker).call("search_contacts", search="list_contacts")
    assert told["isError"] is True
    assert re.search(r"Try again in (29|30) seconds", told["content"][0]["text"])


def test_choices_are_looked_up(broker: Broker) -> None:
    """Picklists are there for assistants, narrowed by words and cut to the limit."""
    speaker = assistant(broker)
    every = speaker.call("list_choices", picklist="units")["structuredContent"]
    some = speaker.call("list_choices", picklist="units", limit=1)["structuredContent"]
    assert len(some["choices"]) == 1
    assert some["count"] == every["count"] > 1
    label = every["choices"][0]["label"]
    narrowed = speaker.call("list_choices", picklist="units", q=label)["structuredContent"]
    assert every["choices"][0] in narrowed["choices"]


def test_a_file_is_a_resource(broker: Broker) -> None:
    """A PDF comes as a blob beside the text, and not inside of it."""
    speaker = assistant(broker)
    (invoice, *_) = speaker.call("search_invoices", search="list_invoices", limit=1)[
        "structuredContent"
    ]["invoices"]
    got = speaker.call("search_invoices", search="get_invoice_pdf", invoice_id=invoice["id"])
    text, file = got["content"]
    assert file["type"] == "resource"
    assert file["resource"]["mimeType"] == "application/pdf"
    assert base64.b64decode(file["resource"]["blob"]).startswith(b"%PDF")
    assert file["resource"]["blob"] not in text["text"]
