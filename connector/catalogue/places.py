"""Where each resource lies in Stora's API, and under which keys its answers carry it.

Most follow one rule: `/contacts`, `{"contact": …}`, `{"contacts": […]}`. The table has a row for
each, so that paths, envelopes and the scope to read are nowhere written again.
(Stora pages: guides/responses, and the reference page of each resource.)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Right = Literal["read", "write"]


@dataclass(frozen=True, slots=True)
class Place:
    """One resource: its list lies at `path`, one of it at `path/{id}` if it can be asked `by_id`.

    `one` and `many` are the keys that an answer carries it under.
    """

    resource: str
    path: str
    one: str
    many: str
    by_id: bool = True

    def scope(self, right: Right) -> str:
        """Return the scope that reading or writing it needs."""
        return scope(self.resource, right)


def scope(resource: str, right: Right) -> str:
    """Return a scope as Stora names it: `public.contact:read`."""
    return f"public.{resource}:{right}"


def plural(resource: str) -> str:
    """Return the name of many: `tenancies`, `unit_types`; of staff there is one word only."""
    if resource == "staff":
        return resource
    return f"{resource[:-1]}ies" if resource.endswith("y") else f"{resource}s"


def _usual(resource: str, *, by_id: bool = True) -> Place:
    many = plural(resource)
    return Place(resource, f"/{many}", resource, many, by_id)


_ROWS: Final = (
    _usual("contact"),
    _usual("contract"),
    _usual("contract_template", by_id=False),
    _usual("coupon"),
    _usual("credit_note"),
    _usual("deal"),
    Place("deal_stage", "/deals/stages", "stage", "stages"),
    _usual("identity_verification"),
    _usual("invoice"),
    _usual("note"),
    _usual("order"),
    _usual("product"),
    _usual("product_category", by_id=False),
    _usual("protection_level"),
    _usual("site"),
    _usual("staff", by_id=False),
    _usual("subscription"),
    _usual("task"),
    _usual("tenancy"),
    Place("timeline_event", "/timeline/events", "event", "events"),
    Place("timeline_source", "/timeline/sources", "source", "sources", by_id=False),
    Place("timeline_template", "/timeline/templates", "template", "templates"),
    _usual("unit"),
    _usual("unit_allocation"),
    _usual("unit_type"),
    Place("webhook_endpoint", "/webhook_endpoints", "endpoint", "endpoints"),
)

PLACES: Final[Mapping[str, Place]] = {place.resource: place for place in _ROWS}


def place_at(path: str) -> Place | None:
    """Return the place that `path`, such as `/deals/stages/dstg_1`, lies in; None in no known one.

    The longest path wins, so that the stages of deals are not taken for a deal.
    """
    inside = [place for place in _ROWS if f"{path}/".startswith(f"{place.path}/")]
    return max(inside, key=lambda place: len(place.path), default=None)
