"""Lists of something, the newest first, narrowed by what its resource has: one search for each.

A filter is a field of the resource. Stora's lists take most of them under the same name
(`site_id`, `status`; Stora pages: the list of each resource); for the others, and in any case, the
results are checked here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from connector.catalogue.actions.row import Action, Document, Story, many, output_of_many
from connector.catalogue.actions.search import walk
from connector.catalogue.forms import Question, Values, form, like
from connector.catalogue.inputs import MIDNIGHT, USUAL_RESULTS, HowMany, Moment, ObjectId
from connector.catalogue.paths import value_at
from connector.catalogue.places import PLACES, plural
from connector.catalogue.schemas import RESOURCES
from connector.catalogue.wording import words_of


@dataclass(frozen=True, slots=True)
class Filters:
    """By which fields a list is narrowed: those Stora takes, and those that are checked here."""

    asked: tuple[str, ...]
    here: tuple[str, ...] = ()


LISTS: Final[Mapping[str, Filters]] = {
    "contact": Filters(("type", "status", "source", "marketing_source", "use_case")),
    "identity_verification": Filters(("contact", "status")),
    "deal": Filters(("contact", "site", "status"), ("stage", "assignee")),
    "order": Filters(("contact", "site", "status")),
    "tenancy": Filters((), ("contact", "site")),
    "contract": Filters(("contact", "tenancy", "status")),
    "subscription": Filters(("contact", "site", "tenancy")),
    "invoice": Filters(("contact", "site", "subscription", "status")),
    "credit_note": Filters(("contact", "site", "invoice", "status")),
    "unit": Filters(("site", "unit_type", "status"), ("reference_id",)),
    "unit_allocation": Filters(("tenancy", "unit")),
    "task": Filters(("assignee", "site", "resource", "status")),
    "note": Filters(("resource",)),
}

# What Stora's filter spells otherwise than the resource (Stora page: List all Units); both are met.
_SPELLED: Final = {"overlocked": "overlock"}


def _list(resource: str, filters: Filters) -> Action:
    fields: dict[str, Any] = {}
    asked: list[str] = []
    for name in (*filters.asked, *filters.here):
        field = like(RESOURCES[resource], name)
        key = f"{name}_id" if isinstance(field, ObjectId) else name
        fields[key] = field
        asked += [key] if name in filters.asked else []
    paths = {key: field.metadata["wire"] for key, field in fields.items()}
    things = words_of(plural(resource))
    windows = {
        "created_after": ("at this time or later", "2025-02-01T00:00:00Z"),
        "created_before": ("before this time", "2025-03-01T00:00:00Z"),
    }
    for key, (when, example) in windows.items():
        help = f"Only {things} that were created {when}."
        fields[key] = Moment(help, example, time_of_date=MIDNIGHT)

    def story(values: Values) -> Story:
        def matches(document: Document) -> bool:
            return is_within(document, values) and all(
                _same(value_at(document, path), values[key])
                for key, path in paths.items()
                if key in values
            )

        params = {
            key: _SPELLED.get(values[key], str(values[key]))
            for key in (*asked, *windows)
            if key in values
        }
        most = values.get("limit", USUAL_RESULTS)
        found = yield from walk(resource, params, matches, most)
        return many(resource, found.documents, found.curies, has_more=found.has_more)

    return Action(
        key=f"list_{plural(resource)}",
        kind="search",
        help=f"Lists {things}, the newest first.",
        input=form(Question, **fields, limit=HowMany()),
        output=output_of_many(resource),
        story=story,
        repeat="read",
        scopes=(PLACES[resource].scope("read"),),
        resource=resource,
    )


def _same(found: object, wanted: str) -> bool:
    if not isinstance(found, str):
        return False
    return _SPELLED.get(found, found).casefold() == _SPELLED.get(wanted, wanted).casefold()


def is_within(document: Document, values: Values) -> bool:
    """Say whether a document was created at `created_after` or later, and before the other."""
    after, before = values.get("created_after"), values.get("created_before")
    if after is None and before is None:
        return True
    try:
        created = datetime.fromisoformat(str(document.get("created_at"))).astimezone(UTC)
    except (ValueError, OverflowError):
        return False
    return (after is None or created >= datetime.fromisoformat(after)) and (
        before is None or created < datetime.fromisoformat(before)
    )


ROWS: Final = tuple(_list(resource, filters) for resource, filters in LISTS.items())
