"""The 50 events as an AsyncAPI 3.0 document: Unitwire sends, the webhook endpoint receives."""

from typing import Any
from urllib.parse import urlsplit

from connector.catalogue.delivered import HEADERS, body_schema, resource_schemas
from connector.catalogue.events import EVENTS, EventType
from connector.catalogue.samples import sample


def asyncapi(server_url: str | None, version: str) -> dict[str, Any]:
    """Return the document; `version` is Unitwire's own.

    `server_url` is where Unitwire is reached; None leaves that open.
    """
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Unitwire events",
            "version": version,
            "description": "What Unitwire sends to a webhook endpoint when something happens in "
            "Stora. Unitwire is not affiliated with Stora.",
        },
        "defaultContentType": "application/json",
        **({"servers": {"unitwire": _server(server_url)}} if server_url else {}),
        "channels": {
            "webhook_endpoint": {
                "address": None,
                "title": "Webhook endpoint",
                "description": "The `url` that was given when the webhook endpoint was made.",
                "messages": {
                    event.type: {"$ref": f"#/components/messages/{event.type}"} for event in EVENTS
                },
            }
        },
        "operations": {
            "deliver": {
                "action": "send",
                "channel": {"$ref": "#/channels/webhook_endpoint"},
                "summary": "Deliver an event, again and again until it is received.",
                "bindings": {"http": {"method": "POST", "bindingVersion": "0.3.0"}},
            }
        },
        "components": {
            "messages": {event.type: _message(event) for event in EVENTS},
            "schemas": resource_schemas(),
        },
    }


def _server(url: str) -> dict[str, Any]:
    server = urlsplit(url)
    return {
        "host": server.netloc,
        "protocol": server.scheme,
        "description": "Where webhook endpoints are made, and events are sent from.",
        **({"pathname": server.path} if server.path.strip("/") else {}),
    }


def _message(event: EventType) -> dict[str, Any]:
    return {
        "name": event.type,
        "title": event.label,
        "summary": event.help,
        "tags": [{"name": event.group}],
        "contentType": "application/json",
        "headers": {
            "type": "object",
            "properties": {
                name: {"type": "string", "description": meaning, "examples": [example]}
                for name, meaning, example in HEADERS
            },
            "required": [name for name, _, _ in HEADERS],
        },
        "payload": body_schema(event),
        "examples": [{"name": "sample", "payload": sample(event.type)}],
    }
