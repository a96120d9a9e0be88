"""The 50 events as the `webhooks` of an OpenAPI 3.1 document (OpenAPI 3.1, section 4.8.1)."""

from typing import Any

from connector.catalogue.delivered import ANSWERS, HEADERS, body_schema, resource_schemas
from connector.catalogue.events import EVENTS, EventType
from connector.catalogue.samples import sample


def webhooks() -> dict[str, Any]:
    """Return the `webhooks` of the document, by event type; they point into `components`."""
    return {event.type: {"post": _operation(event)} for event in EVENTS}


def components() -> dict[str, Any]:
    """Return what `webhooks` points to, in the form of the document's `components`."""
    return {
        "schemas": resource_schemas(),
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
