"""What a webhook endpoint receives with each event: the headers and the form of the body."""

from typing import Any, Final

from connector.catalogue.describe import describe
from connector.catalogue.events import EVENTS, EventType
from connector.catalogue.json_schema import JsonSchema, json_schema

# Name, meaning, example. The signatures are made with the endpoint's own secret.
HEADERS: Final = (
    (
        "X-Stora-Signature",
        "`t=<seconds since the epoch>,v1=<signature>`: the lower-case hexadecimal HMAC-SHA256 of "
        "`<t>.<body>`, keyed with the secret as text.",
        "t=1736937000,v1=2029d1d32451f02aa21912704ee203a2aac1b6d346d96ce611e78a2b84556f13",
    ),
    (
        "webhook-id",
        "The id of the event, the same on every repeat (Standard Webhooks).",
        "evt_1234567890",
    ),
    (
        "webhook-timestamp",
        "When this attempt was made, in seconds since the epoch (Standard Webhooks).",
        "1736937000",
    ),
    (
        "webhook-signature",
        "`v1,<signature>`: the base64 HMAC-SHA256 of `<webhook-id>.<webhook-timestamp>.<body>`, "
        "keyed with the 32 bytes that the secret spells (Standard Webhooks).",
        "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
    ),
)

ANSWERS: Final = {
    "2XX": "The event is received. Answer at once, and do the work afterwards.",
    "410": "The workflow is gone: the webhook endpoint is removed and nothing more is sent.",
    "default": "Everything else is a failure, and the event is sent again later.",
}


def resource_schemas() -> dict[str, JsonSchema]:
    """Return the schema of each resource that events bring, by the name of the resource."""
    return {event.resource: json_schema(describe(event.schema)) for event in EVENTS}


def body_schema(event: EventType) -> JsonSchema:
    """Return the schema of the body; it points to `#/components/schemas/<resource>`."""
    text = {"type": "string"}
    resource = {"$ref": f"#/components/schemas/{event.resource}"}
    data = _object({event.resource: resource}, required=(event.resource,))
    envelope = {
        "id": text | {"description": "Identifies the event; the same on every repeat."},
        "type": text | {"const": event.type},
        "api_version": text | {"description": "The version of Stora's API."},
        "created_at": text | {"format": "date-time", "description": "When it happened."},
        "data": data,
        "meta": {"type": "object", "description": "How links in the data are completed."},
    }
    body = _object(envelope, required=("id", "type", "created_at", "data"))
    return _object({"event": body}, required=("event",))


def _object(properties: dict[str, Any], required: tuple[str, ...]) -> JsonSchema:
    return {"type": "object", "properties": properties, "required": list(required)}
