"""What a trigger gives to a workflow: the event made flat, with what the next step needs.

    {"id": "evt_…", "type": "invoice.paid", "created_at": "…",        of the event
     "number": "ABC-361", "total": {…}, "invoice_id": "inv_…", …,     of the resource, as in Stora
     "flat": {"invoice_id": "inv_…", "total": "144.00", …}}           ids, sums, links, ready to use

`id` is the event's, the same on every repeat, so a workflow can tell what it has seen. Where the
resource has a key that the event has too, its own gets the resource's name in front: `invoice_id`.
`flat` is the same as in the results of actions. Packages that run code make this of what is
delivered, by `static/unwrap.js` and `flat_table`; the fields and samples they show are made here.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from connector.catalogue.conversions import CURRENCIES
from connector.catalogue.describe import Field, describe
from connector.catalogue.events import EVENT, EventType
from connector.catalogue.flat import flat_fields, flatten
from connector.catalogue.samples import sample
from connector.catalogue.schemas import RESOURCES
from connector.catalogue.wording import label_of
from connector.platforms.wording import title_case

# The moments that most workflows begin with get a trigger of their own, in this order. For all
# others there is the trigger on any event.
NAMED: Final[tuple[EventType, ...]] = tuple(
    EVENT[event_type]
    for event_type in (
        "contact.created",
        "deal.created",
        "deal.won",
        "deal.lost",
        "order.completed",
        "contract.signed",
        "tenancy.started",
        "invoice.paid",
        "invoice.marked_uncollectible",
        "unit.overlocked",
        "unit.available",
        "subscription.cancelled",
    )
)

ENVELOPE: Final = (
    Field(
        "id",
        "Event ID",
        "text",
        "Identifies the event; the same when it is sent again.",
        "evt_1234567890abcdef",
        required=True,
    ),
    Field("type", "Event type", "text", "What happened.", "invoice.paid", required=True),
    Field(
        "created_at",
        "Event time",
        "date_time",
        "When it happened.",
        "2025-02-22T14:41:00Z",
        required=True,
    ),
)
"""The fields that every event has, whatever it brings."""

FLAT: Final = "flat"
_OF_EVENT: Final = frozenset(field.key for field in ENVELOPE)


def trigger_label(event: EventType) -> str:
    """Return what a person picks a trigger by: `New Contact`, `Invoice Paid`."""
    if event.type.endswith(".created"):
        return title_case(f"New {label_of(event.resource).lower()}")
    return title_case(event.label)


def unwrap(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a delivered `body` as a trigger gives it, also of a type that is not known here."""
    event = body["event"]
    resource = _resource_of(event)
    document = event["data"].get(resource, {})
    curies = (event.get("meta") or {}).get("curies") or []
    known = resource in RESOURCES
    return {
        **{key: event.get(key) for key in (field.key for field in ENVELOPE)},
        **{own_key(resource, key): value for key, value in document.items()},
        FLAT: flatten(resource, document, curies) if known else {},
    }


def _resource_of(event: Mapping[str, Any]) -> str:
    """Return the key in `data` that the event is about: what its type names, else the first."""
    named = str(event["type"]).partition(".")[0]
    return named if named in event["data"] else next(iter(event["data"]), named)


def own_key(resource: str, key: str) -> str:
    """Return under which key a trigger gives the `key` of a `resource`."""
    return f"{resource}_{key}" if key in _OF_EVENT else key


def trigger_fields(event: EventType) -> tuple[Field, ...]:
    """Describe what `unwrap` returns for an event of this type."""
    about = sample(event.type)["event"]
    envelope = tuple(replace(field, example=about[field.key]) for field in ENVELOPE)
    own = tuple(_own(event.resource, field) for field in describe(event.schema))
    ready = flat_fields(event.resource)
    flat = Field(
        FLAT,
        "Ready to use",
        "object",
        "Ids, sums and links, ready to be used in the next step.",
        {field.key: field.example for field in ready},
        children=ready,
    )
    return (*envelope, *own, flat)


def _own(resource: str, field: Field) -> Field:
    if field.key not in _OF_EVENT:
        return field
    label = f"{label_of(resource)} {field.label[:1].lower()}{field.label[1:]}"
    if field.key == "id":
        label = f"{label_of(resource)} ID"
    return replace(field, key=own_key(resource, field.key), label=label)


def trigger_sample(event: EventType) -> dict[str, Any]:
    """Return what `unwrap` returns for a made-up event of this type."""
    return unwrap(sample(event.type))


def flat_table() -> dict[str, Any]:
    """Return what `unwrap.js` needs to know, its `flat.json`.

    `resources` says which fields of each are relations, sums and links; `decimals` how many a
    currency has where it is not two.
    """
    return {
        "resources": {
            resource: _flat_row(describe(schema)) for resource, schema in RESOURCES.items()
        },
        "decimals": {code: decimals for code, decimals in CURRENCIES.items() if decimals != 2},
    }


def _flat_row(fields: tuple[Field, ...]) -> dict[str, list[str]]:
    links = next((field.children for field in fields if field.key == "_links"), ())
    return {
        "relations": [field.key for field in fields if field.kind == "reference"],
        "sums": [field.key for field in fields if field.kind == "money"],
        "links": [link.key for link in links],
    }
