"""One of something, by its id: a search for each resource that workflows come across by id."""

from typing import Final

from connector.catalogue.actions.row import (
    Action,
    Call,
    Story,
    curies_in,
    document_in,
    many,
    output_of_many,
)
from connector.catalogue.actions.search import walk
from connector.catalogue.events import EVENT_GROUPS
from connector.catalogue.forms import Values, form
from connector.catalogue.inputs import ObjectId
from connector.catalogue.places import PLACES
from connector.catalogue.wording import with_article, words_of
from connector.errors import NotFound

# All that events are about, and what those resources point to.
_RESOURCES: Final = (
    *(resource for group in EVENT_GROUPS.values() for resource in group),
    "site",
    "staff",
    "deal_stage",
    "unit_allocation",
    "product",
)


# Where the resource's own word is no name for one of it.
_CALLED: Final = {"staff": "staff_member"}


def _get(resource: str) -> Action:
    place, key = PLACES[resource], f"{resource}_id"
    called = _CALLED.get(resource, resource)

    def by_id(values: Values) -> Story:
        try:
            reply = yield Call("GET", f"{place.path}/{values[key]}", sees=(NotFound,))
        except NotFound:
            return many(resource, [])
        return many(resource, [document_in(reply, place)], curies_in(reply))

    def in_list(values: Values) -> Story:
        found = yield from walk(resource, {}, lambda each: each["id"] == values[key], 1)
        return many(resource, found.documents, found.curies)

    return Action(
        key=f"get_{resource}",
        title=f"Get {words_of(called)}",
        kind="search",
        help=f"Finds {with_article(called)} by the ID.",
        input=form(**{key: ObjectId(resource, f"The {words_of(called)}.", required=True)}),
        output=output_of_many(resource),
        story=by_id if place.by_id else in_list,
        repeat="read",
        scopes=(place.scope("read"),),
        resource=resource,
    )


ROWS: Final = tuple(_get(resource) for resource in _RESOURCES)
