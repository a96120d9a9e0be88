"""The events told to machines: JSON Schema, OpenAPI, AsyncAPI."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError
from openapi_spec_validator import validate

from connector.catalogue.asyncapi import asyncapi
from connector.catalogue.describe import describe
from connector.catalogue.events import EVENT_TYPES, EVENTS
from connector.catalogue.json_schema import json_schema
from connector.catalogue.openapi import components, webhooks
from connector.catalogue.samples import sample
from connector.catalogue.schemas import RESOURCES

OPENAPI: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Unitwire", "version": "1"},
    "webhooks": webhooks(),
    "components": components(),
}
ASYNCAPI = asyncapi("https://unitwire.example.com", "1.2.3")


def property_of(resource: str, key: str) -> dict[str, Any]:
    """Return the JSON Schema of one field."""
    found: dict[str, Any] = json_schema(describe(RESOURCES[resource]))["properties"][key]
    return found


def refs(value: object) -> Iterator[str]:
    """Yield every `$ref` in a document."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for part in value.values():
            yield from refs(part)
    elif isinstance(value, list):
        for part in value:
            yield from refs(part)


def resolve(document: dict[str, Any], ref: str) -> object:
    """Return what `ref` points to; raise KeyError if it points nowhere."""
    found: Any = document
    for key in ref.removeprefix("#/").split("/"):
        found = found[key]
    return found


def test_a_field_in_json_schema() -> None:
    """Label, help, example and form are carried over; what may be null says so."""
    assert property_of("deal", "starts_at") == {
        "title": "Move-in",
        "description": "When the contact wants to move in.",
        "type": ["string", "null"],
        "format": "date-time",
        "examples": ["2025-03-01T09:00:00Z"],
    }


def test_a_choice_in_json_schema_is_an_open_set() -> None:
    """The known values are listed, and another text is valid as well; other types are not."""
    schema = property_of("deal", "lost_reason")
    assert "price_concerns" in schema["anyOf"][0]["enum"]
    validator = Draft202012Validator(schema)
    for good in ("price_concerns", "new_in_2027", None):
        validator.validate(good)
    with pytest.raises(ValidationError):
        validator.validate(5)


def test_metadata_in_json_schema_has_storas_rules() -> None:
    """Keys, values and their number are limited."""
    validator = Draft202012Validator(property_of("contact", "metadata"))
    validator.validate({f"k{n}": "x" * 500 for n in range(20)})
    for bad in ({f"k{n}": "x" for n in range(21)}, {"A": "x"}, {"a": "x" * 501}, {"a": 1}):
        with pytest.raises(ValidationError):
            validator.validate(bad)


def test_lists_in_json_schema() -> None:
    """The items of a list are described to their own depth."""
    lines = property_of("invoice", "line_items")
    assert lines["type"] == "array"
    assert lines["items"]["properties"]["price"]["required"] == ["amount"]
    assert property_of("unit_type", "selling_points")["items"] == {"type": "string"}


def test_the_webhooks_are_valid_openapi() -> None:
    """The document is valid OpenAPI 3.1 and holds the 50 events with different operation ids."""
    validate(OPENAPI)
    assert list(OPENAPI["webhooks"]) == list(EVENT_TYPES)
    operations = {hook["post"]["operationId"] for hook in OPENAPI["webhooks"].values()}
    assert len(operations) == 50


@pytest.mark.parametrize("document", [OPENAPI, ASYNCAPI], ids=["openapi", "asyncapi"])
def test_nothing_points_nowhere(document: dict[str, Any]) -> None:
    """Every reference in a document leads to something in it, and it can be written as JSON."""
    found = set(refs(document))
    assert found
    assert all(resolve(document, ref) for ref in found)
    assert json.loads(json.dumps(document)) == document


@pytest.mark.parametrize("event", EVENTS, ids=EVENT_TYPES)
def test_a_delivered_body_is_valid_in_both_documents(event: Any) -> None:
    """The sample fits the schema of its event and not that of another."""
    body = OPENAPI["webhooks"][event.type]["post"]["requestBody"]["content"]["application/json"]
    message = ASYNCAPI["components"]["messages"][event.type]
    for schema in (body["schema"], message["payload"]):
        validator = Draft202012Validator(schema | {"components": components()})
        validator.validate(sample(event.type, at="2026-01-01T00:00:00Z"))
        with pytest.raises(ValidationError):
            validator.validate(
                sample("note.updated" if event.type != "note.updated" else "deal.won")
            )


def test_the_headers_are_named() -> None:
    """Both documents name Stora's signature and those of Standard Webhooks."""
    names = {"X-Stora-Signature", "webhook-id", "webhook-timestamp", "webhook-signature"}
    assert set(OPENAPI["components"]["parameters"]) == names
    for message in ASYNCAPI["components"]["messages"].values():
        assert set(message["headers"]["required"]) == names


def test_asyncapi_says_who_sends_what_where() -> None:
    """Unitwire sends all 50 messages to one channel, whose address the builder chooses."""
    assert ASYNCAPI["asyncapi"] == "3.0.0"
    assert ASYNCAPI["info"]["version"] == "1.2.3"
    assert ASYNCAPI["servers"]["unitwire"]["host"] == "unitwire.example.com"
    (channel,) = ASYNCAPI["channels"].values()
    assert channel["address"] is None
    assert list(channel["messages"]) == list(EVENT_TYPES)
    assert ASYNCAPI["operations"]["deliver"]["action"] == "send"


def test_asyncapi_behind_a_path() -> None:
    """Where Unitwire is reached under a path, the server has it; otherwise it has none."""
    server = asyncapi("http://127.0.0.1:8080/unitwire", "1")["servers"]["unitwire"]
    assert (server["host"], server["protocol"], server["pathname"]) == (
        "127.0.0.1:8080",
        "http",
        "/unitwire",
    )
    assert "pathname" not in ASYNCAPI["servers"]["unitwire"]
