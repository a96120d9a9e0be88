"""What is true of a resource when an event happens, beyond the examples of its fields.

The table says it once for a resource and once for an event type. Two things need no row: an event
that says the resource was created makes its `created_at` the moment of the event, and an event
whose word is one of the resource's statuses (`unit.occupied`, `deal.won`) makes it the status.
"""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from connector.catalogue.describe import Field
from connector.catalogue.paths import put
from connector.catalogue.schemas.base import pounds


@dataclass(frozen=True, slots=True)
class After:
    """The moment that lies so many days after the event; before it, when negative."""

    days: float


@dataclass(frozen=True, slots=True)
class SameAs:
    """The value of another key of the resource."""

    key: str


@dataclass(frozen=True, slots=True)
class Absent:
    """The key is not there at all."""


NOW: Final = After(0)

_FREE = {"unit_allocation": None}
_FOR_MONTHS = {
    "created_at": After(-180),
    "current_period.starts_at": After(-28),
    "line_items.0.created_at": After(-180),
    "starts_at": After(-178),
}
_GIVEN_UP = {"cancellation_reason": "No longer needs the space", "cancelled": True}

SITUATIONS: Final[Mapping[str, Mapping[str, object]]] = {
    "contact.created": {"status": "lead", "tenancies_count": 0},
    "contract.created": {"sent_at": None, "signed_at": None, "status": "pending"},
    "contract.signed": {"signed_at": NOW},
    # A coupon is either a percentage or an amount; Stora leaves out the key of the other.
    "coupon": {"amount": Absent()},
    "deal": {"lost_reason": None},
    "deal.lost": {"lost_reason": "price_concerns"},
    "identity_verification": {"error_code": None},
    "identity_verification.failed": {"error_code": "document_expired"},
    "invoice": {"amount_due": SameAs("total"), "amount_paid": pounds(0), "paid_at": None},
    "invoice.created": {"finalized_at": None, "status": "draft"},
    "invoice.finalized": {"finalized_at": NOW},
    "invoice.marked_uncollectible": {"status": "uncollectible"},
    "invoice.paid": {"amount_due": pounds(0), "amount_paid": SameAs("total"), "paid_at": NOW},
    "order.created": {
        "payment_url": None,
        "status": "draft",
        "subscription": None,
        "tenancy": None,
    },
    "order.finalized": {"subscription": None, "tenancy": None},
    "subscription": {"cancellation_reason": None, "ends_at": None},
    "subscription.created": {"line_items.0.created_at": NOW},
    "subscription.started": {
        "current_period.ends_at": After(30),
        "current_period.starts_at": NOW,
        "starts_at": NOW,
    },
    "subscription.cancelled": {
        **_FOR_MONTHS,
        **_GIVEN_UP,
        "current_period.ends_at": After(2),
        "ends_at": After(2),
    },
    "subscription.ended": {
        **_FOR_MONTHS,
        **_GIVEN_UP,
        "current_period.ends_at": NOW,
        "ends_at": NOW,
    },
    "task": {"completed_at": None},
    "task.completed": {"completed_at": NOW},
    "tenancy": {"ends_at": None},
    "tenancy.started": {"starts_at": NOW},
    "unit.available": _FREE,
    "unit.created": {**_FREE, "status": "available"},
    "unit.deallocated": {**_FREE, "status": "available"},
    "unit.unavailable": _FREE,
    "webhook_endpoint": {"disabled_at": None},
}


def settle(resource: dict[str, Any], fields: Sequence[Field], occasion: str, at: str) -> None:
    """Make `resource` agree with `occasion`: a resource's name, or an event type, at `at`."""
    name, _, happening = occasion.partition(".")
    statuses = {
        option.value for field in fields if field.key == "status" for option in field.choices
    }
    changes = {
        **SITUATIONS.get(name, {}),
        **({"created_at": NOW} if happening == "created" else {}),
        **({"status": happening} if happening in statuses else {}),
        **(SITUATIONS.get(occasion, {}) if happening else {}),
    }
    for path, change in changes.items():
        match change:
            case Absent():
                resource.pop(path, None)
            case After(days):
                put(resource, path, moved(at, timedelta(days=days)))
            case SameAs(key):
                put(resource, path, deepcopy(resource[key]))
            case _:
                put(resource, path, deepcopy(change))


def moved(moment: str, by: timedelta) -> str:
    """Return the ISO 8601 text `moment`, moved, in Stora's form: UTC, whole seconds, `Z`."""
    later = datetime.fromisoformat(moment) + by
    return later.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
