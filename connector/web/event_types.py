"""The picklist of event types, what each brings, and samples of it."""

from dataclasses import asdict
from typing import Any

from flask import Response
from marshmallow import Schema, validate

from connector.catalogue.describe import describe
from connector.catalogue.events import EVENT, event_type_items
from connector.catalogue.fields import Text
from connector.dialect.answers import answer
from connector.errors import NotFound
from connector.flows.samples import samples
from connector.web.api import blueprint, caller, meta, one, parts, requires
from connector.web.documents import one_of, texts
from connector.web.webhook_endpoints import READ

event_types = blueprint("event_types", "The events that a workflow can listen to")

MAX_SEARCH = 255
ITEM = texts("value", "label", "resource", "group", "description")
ITEMS = {"type": "array", "items": ITEM}
WHOLE = ITEM | {
    "properties": ITEM["properties"]
    | {
        "fields": {
            "type": "array",
            "description": "The fields of the resource that the event brings.",
            "items": {"type": "object"},
        }
    }
}
SAMPLES = {"type": "array", "items": {"type": "object"}}


class Search(Schema):
    """Which event types."""

    q = Text(
        "Only those in whose texts each of these words is found.",
        "invoice paid",
        validate=validate.Length(max=MAX_SEARCH),
    )


@event_types.route("/event_types", methods=["GET"])
@requires(READ)
@event_types.arguments(Search, location="query")
@event_types.response(200, one_of("event_types", ITEMS))
def list_event_types(query: dict[str, Any]) -> Response:
    """List the event types, as choices for people."""
    return answer({"event_types": event_type_items(query.get("q")), "meta": meta()})


@event_types.route("/event_types/<event_type>", methods=["GET"])
@requires(READ)
@event_types.response(200, one_of("event_type", WHOLE))
def show_event_type(event_type: str) -> Response:
    """Show one event type with the fields of what it brings."""
    item = next((item for item in event_type_items() if item["value"] == event_type), None)
    if item is None:
        raise NotFound("There is no such event type.")
    found = [asdict(field) for field in describe(EVENT[event_type].schema)]
    return one("event_type", {**item, "fields": found})


@event_types.route("/event_types/<event_type>/samples", methods=["GET"])
@requires(READ)
@event_types.response(200, one_of("samples", SAMPLES))
def list_event_type_samples(event_type: str) -> Response:
    """List the newest real events of this type, else a made-up one, as they are delivered."""
    if event_type not in EVENT:
        raise NotFound("There is no such event type.")
    return answer({"samples": samples(parts(), caller().connection_id, event_type), "meta": meta()})
