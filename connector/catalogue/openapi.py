"""Resources and events in an OpenAPI 3.1 document: `components`, `webhooks` (section 4.8.1)."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from connector.catalogue.delivered import ANSWERS, HEADERS, body_schema
from connector.catalogue.describe import describe
from connector.catalogue.events import EVENTS, EventType
from connector.catalogue.flat import flat_fields
from connector.catalogue.json_schema import JsonSchema, json_schema
from connector.catalogue.samples import sample
from connector.catalogue.schemas import RESOURCES

# What makes two schemas the same; what is said about them may differ from place to place.
_FORM: Final = ("type", "properties", "required")


def webhooks() -> dict[str, Any]:
    """Return the `webhooks` of the document, by event type; they point into `components`."""
    return {event.type: {"post": _operation(event)} for event in EVENTS}


def components() -> dict[str, Any]:
    """Return what the document points to, in the form of its `components`."""
    return {
        "schemas": resources(),
        "parameters": {
            name: {
                "name": name,
                "in": "header",
                "required": True,
                "description": meaning,
                "schema": {"type": "string"},
                "example": example,
            }
            for name, meaning, example in HEADERS
        },
    }


def resources() -> dict[str, JsonSchema]:
    """Return the schema of each resource, and of its flat fields: `contact`, `contact_flat`."""
    whole = {name: json_schema(describe(schema)) for name, schema in RESOURCES.items()}
    flat = {f"{name}_flat": json_schema(flat_fields(name)) for name in RESOURCES}
    return dict(sorted((whole | flat).items()))


def shared(document: Any) -> Any:
    """Return `document` with each resource in it replaced by what points to its schema.

    What is said about it there, such as its title, stays beside the `$ref` (JSON Schema 2020-12).
    """
    match document:
        case dict():
            form = {key: document[key] for key in _FORM if key in document}
            name = next((name for name, each in _shareable().items() if each == form), None)
            if name is None:
                return {key: shared(value) for key, value in document.items()}
            said = {key: document[key] for key in ("title", "description") if key in document}
            return {"$ref": f"#/components/schemas/{name}"} | said
        case list():
            return [shared(each) for each in document]
    return document


@cache
def _shareable() -> Mapping[str, JsonSchema]:
    return resources()


def _operation(event: EventType) -> dict[str, Any]:
    return {
        "operationId": f"on_{event.type.replace('.', '_')}",
        "summary": event.label,
        "description": event.help,
        "tags": [event.group],
        "security": [],
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name, _, _ in HEADERS],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": body_schema(event), "example": sample(event.type)}
            },
        },
        "responses": {status: {"description": text} for status, text in ANSWERS.items()},
    }
