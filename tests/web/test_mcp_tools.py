"""What the tools of MCP do in Stora, and what they tell the assistant."""

import base64
import json
import re

from broker import Broker
from web.assistant import assistant

from connector.sandbox.faults import ApiFault

PERSON = {"email": "jo@example.com", "full_name": "Jo Doe"}


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
