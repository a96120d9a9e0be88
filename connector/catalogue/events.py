"""The event types that a webhook endpoint can listen to: one row each, in Stora's order.

A new event type of a known resource is one more line in `_TYPES`; the rest is derived.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from connector.catalogue.schemas import RESOURCES, Payload
from connector.catalogue.wording import label_of, with_article, words_of

PayloadClass = type[Payload]


@dataclass(frozen=True, slots=True)
class EventType:
    """One event type: what a person is told about it, and the schema of the resource it brings."""

    type: str
    label: str
    help: str
    group: str
    resource: str
    schema: PayloadClass


# Which resources stand together where people choose an event.
EVENT_GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "Contacts": ("contact", "identity_verification"),
    "Sales": ("deal", "order", "coupon"),
    "Tenancies": ("tenancy", "contract", "protection_level"),
    "Billing": ("subscription", "invoice", "credit_note"),
    "Units": ("unit", "unit_type"),
    "Team": ("task", "note"),
}

# Stora page: Create a Webhook Endpoint, `event_types`.
_TYPES = (
    "contact.created",
    "contact.updated",
    "contract.created",
    "contract.signed",
    "coupon.created",
    "coupon.updated",
    "credit_note.created",
    "credit_note.updated",
    "deal.created",
    "deal.lost",
    "deal.reopened",
    "deal.updated",
    "deal.won",
    "identity_verification.cancelled",
    "identity_verification.failed",
    "identity_verification.processing",
    "identity_verification.succeeded",
    "invoice.created",
    "invoice.finalized",
    "invoice.marked_uncollectible",
    "invoice.paid",
    "invoice.updated",
    "note.created",
    "note.updated",
    "order.completed",
    "order.created",
    "order.finalized",
    "protection_level.created",
    "protection_level.updated",
    "subscription.cancelled",
    "subscription.created",
    "subscription.ended",
    "subscription.started",
    "task.completed",
    "task.created",
    "task.reopened",
    "task.updated",
    "tenancy.created",
    "tenancy.started",
    "unit.available",
    "unit.created",
    "unit.deallocated",
    "unit.occupied",
    "unit.overlocked",
    "unit.repossessed",
    "unit.reserved",
    "unit.unavailable",
    "unit.updated",
    "unit_type.created",
    "unit_type.updated",
)

# What happens, where "is" and the word of the event type do not say it well.
_VERBS = {
    "available": "becomes available",
    "ended": "ends",
    "failed": "fails",
    "occupied": "becomes occupied",
    "overlocked": "is locked against its customer",
    "processing": "begins",
    "started": "begins",
    "succeeded": "succeeds",
    "unavailable": "becomes unavailable",
}


def _row(event_type: str) -> EventType:
    resource, happening = event_type.split(".")
    verb = _VERBS.get(happening, f"is {words_of(happening)}")
    return EventType(
        type=event_type,
        label=label_of(event_type),
        help=f"Triggers when {with_article(resource)} {verb}.",
        group=next(group for group, members in EVENT_GROUPS.items() if resource in members),
        resource=resource,
        schema=RESOURCES[resource],
    )


EVENTS: Final = tuple(_row(event_type) for event_type in _TYPES)
EVENT: Final[Mapping[str, EventType]] = {event.type: event for event in EVENTS}
EVENT_TYPES: Final = tuple(EVENT)


def event_type_items(q: str | None = None) -> list[dict[str, str]]:
    """Return the picklist of event types: `{value, label, resource, group, description}` each.

    With `q`, only those in which each of its words is found, in any case and any order.
    """
    words = (q or "").casefold().split()
    items = (
        {
            "value": event.type,
            "label": event.label,
            "resource": event.resource,
            "group": event.group,
            "description": event.help,
        }
        for event in EVENTS
    )
    return [
        item for item in items if all(word in " ".join(item.values()).casefold() for word in words)
    ]
