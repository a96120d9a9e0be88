"""The connector's triggers: a flow subscribes when it is switched on, and unsubscribes after.

Power Automate sends the subscription with the address of the flow in it, keeps the `Location` of
the answer, and deletes that when the flow is switched off.
"""

from typing import Any, Final

from connector.catalogue import API_VERSION
from connector.catalogue.events import EVENTS, EventType
from connector.platforms.power_automate.pieces import PROBLEMS, body, field, parameter
from connector.platforms.power_automate.schemas import Schema, output_schema, reference_to
from connector.platforms.triggers import ENVELOPE
from connector.platforms.wording import pascal_case, snake_case

ANY_EVENT: Final = "OnAnyEvent"
ENDPOINTS: Final = f"/{API_VERSION}/webhook_endpoints"


def trigger_id(event: EventType | None) -> str:
    """Return the operation id of the trigger on `event`; None is any event."""
    return f"On{pascal_case(event.type)}" if event else ANY_EVENT


def trigger_path(event: EventType | None) -> str:
    """Return the path that the trigger on `event` has in the definition only."""
    return f"/on/{snake_case(event.type) if event else 'any_event'}"


def trigger_label(event: EventType | None) -> str:
    """Return what a person picks the trigger by: `When an invoice is paid`."""
    if event is None:
        return "When anything happens"
    when = event.help.removeprefix("Triggers ").removesuffix(".")
    return f"{when[:1].upper()}{when[1:]}"


def trigger(event: EventType | None) -> Schema:
    """Return the path of the trigger on `event`: how it subscribes, and what it is sent."""
    help = event.help if event else "Triggers when one of the events that you choose happens."
    return {
        "x-ms-notification-content": {
            "description": "The event, as Stora sends it.",
            "schema": _delivered(event),
        },
        "post": {
            "operationId": trigger_id(event),
            "summary": trigger_label(event),
            "description": help,
            "x-ms-trigger": "single",
            "x-ms-trigger-hint": "To see it work now, let it happen in Stora, or send a test from "
            "Unitwire.",
            "parameters": [body(_subscription(event), "Subscription", "What to listen to.")],
            "responses": {
                "201": {
                    "description": "Subscribed.",
                    "headers": {
                        "Location": {
                            "type": "string",
                            "description": "What to delete to unsubscribe.",
                        }
                    },
                    "schema": output_schema(
                        [field("endpoint", "Webhook endpoint", "object", "What was made.", {})]
                    ),
                },
                **PROBLEMS,
            },
        },
    }


def _subscription(event: EventType | None) -> Schema:
    """Return the body that subscribes: that of a new webhook endpoint."""
    types: Schema = {"type": "string"}
    listed: Schema = {
        "type": "array",
        "items": types,
        "x-ms-summary": "Event Types",
        "description": "Which events the flow begins with.",
    }
    if event:
        listed |= {"default": [event.type], "x-ms-visibility": "internal"}
    else:
        types["enum"] = [each.type for each in EVENTS]
        types["x-ms-enum-values"] = [
            {"value": each.type, "displayName": each.label} for each in EVENTS
        ]
        listed |= {"x-ms-visibility": "important"}
    return {
        "type": "object",
        "required": ["name", "api_version", "url", "event_types"],
        "properties": {
            "name": {
                "type": "string",
                "default": "Power Automate flow",
                "x-ms-summary": "Flow Name",
                "description": "What the flow is called where its deliveries are shown.",
                "x-ms-visibility": "important",
            },
            "event_types": listed,
            "metadata": {
                "type": "object",
                "x-ms-summary": "Flow",
                "description": "How the flow is known again.",
                "x-ms-visibility": "advanced",
                "properties": {
                    "external_id": {
                        "type": "string",
                        "x-ms-summary": "Flow ID",
                        "description": "The flow's ID. With it, what a flow listened to before is "
                        "changed instead of made anew.",
                        "x-ms-visibility": "advanced",
                    }
                },
            },
            "api_version": {
                "type": "string",
                "default": API_VERSION,
                "x-ms-summary": "API Version",
                "description": "The version of Stora's API that the events follow.",
                "x-ms-visibility": "internal",
            },
            "url": {
                "type": "string",
                "x-ms-notification-url": True,
                "x-ms-summary": "Flow Address",
                "description": "Where events are sent, as Power Automate fills in.",
                "x-ms-visibility": "internal",
            },
        },
    }


def _delivered(event: EventType | None) -> Schema:
    """Return the schema of what is delivered: the envelope, and the resource that it brings."""
    brought = (
        {event.resource: reference_to(event.resource)}
        if event
        else {each: reference_to(each) for each in sorted({each.resource for each in EVENTS})}
    )
    envelope: dict[str, Any] = output_schema(ENVELOPE)["properties"]
    about = {"type": "object", "properties": envelope | {"data": _object("Data", brought)}}
    about |= {"x-ms-summary": "Event", "description": "What happened."}
    return {"type": "object", "properties": {"event": about}}


def _object(summary: str, properties: dict[str, Schema]) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "x-ms-summary": summary,
        "description": "What the event is about, as it is in Stora.",
    }


def unsubscribe() -> Schema:
    """Return the operation that Power Automate deletes a subscription with."""
    return {
        "operationId": "Unsubscribe",
        "summary": "Unsubscribe",
        "description": "Ends what a trigger has begun when its flow is switched off.",
        "x-ms-visibility": "internal",
        "parameters": [
            parameter("id", "path", "Subscription ID", "What to end.", required=True),
        ],
        "responses": {"204": {"description": "Unsubscribed."}, **PROBLEMS},
    }
