"""The scopes Stora has (Stora page: guides/authorization), each in a builder's words."""

import re
from typing import Final

from connector.catalogue.places import PLACES, plural, scope
from connector.catalogue.wording import words_of

# Every resource with a place can be read, but for timeline events: no page names that scope.
_READ: Final = (set(PLACES) | {"access_token", "application"}) - {"timeline_event"}
_WRITE: Final = (
    "contact",
    "deal",
    "note",
    "order",
    "product",
    "protection_level",
    "task",
    "timeline_event",
    "unit",
    "unit_type",
    "webhook_endpoint",
)

SCOPES: Final = tuple(
    sorted(
        [scope(resource, "read") for resource in _READ]
        + [scope(resource, "write") for resource in _WRITE]
    )
)

_FORM = re.compile(r"public\.([a-z_]+):(read|write)")


def scope_label(name: str) -> str:
    """Return what a scope allows: `Create and change contacts`; one of another form as it is."""
    known = _FORM.fullmatch(name)
    if known is None:
        return name
    resource, right = known.groups()
    verb = "See" if right == "read" else "Create and change"
    return f"{verb} {words_of(plural(resource))}"
