"""From a unit to the person who rents it, and back: events of units tell of no person.

A unit has an allocation, that has a tenancy, and that a contact (Stora page:
guides/allocations-and-access).
Stora sends related objects along when asked to (`expand`); what it does not send is asked for.
"""

from collections.abc import Generator, Mapping
from typing import Any, Final

from connector.catalogue.actions.row import (
    Action,
    Call,
    Curies,
    Document,
    Reply,
    Story,
    curies_in,
    document_in,
    many,
    output_of_many,
)
from connector.catalogue.actions.search import id_in, walk
from connector.catalogue.forms import Values, form
from connector.catalogue.inputs import ObjectId
from connector.catalogue.places import PLACES
from connector.errors import NotFound

MAX_UNITS: Final = 50


def _whole(resource: str, document: Document, relation: str) -> Generator[Call, Reply, Document]:
    """Return the related object: as it was sent along, else asked for; {} if there is none."""
    related = document.get(relation)
    id = id_in(document, relation)
    if not isinstance(related, Mapping) or not isinstance(id, str):
        return {}
    if len(related) > 1:
        return related
    place = PLACES[resource]
    try:
        reply = yield Call("GET", f"{place.path}/{id}", sees=(NotFound,))
    except NotFound:
        return {}
    return document_in(reply, place)


def _person_of_unit(values: Values) -> Story:
    try:
        reply = yield Call("GET", f"/units/{values['unit_id']}", sees=(NotFound,))
    except NotFound:
        return many("contact", [])
    unit = document_in(reply, PLACES["unit"])
    allocation = yield from _whole("unit_allocation", unit, "unit_allocation")
    tenancy = yield from _whole("tenancy", allocation, "tenancy")
    contact = yield from _whole("contact", tenancy, "contact")
    return many("contact", [contact] if contact else [], curies_in(reply))


def _units_of_contact(values: Values) -> Story:
    contact_id = values["contact_id"]
    params = {"contact_id": contact_id, "expand": "tenancy,unit"}
    allocations = yield from walk(
        "unit_allocation",
        params,
        lambda each: _may_be_of(contact_id, each),
        MAX_UNITS,
        sure=True,
    )
    units: list[Document] = []
    curies: Curies = allocations.curies
    for allocation in allocations.documents:
        tenancy = yield from _whole("tenancy", allocation, "tenancy")
        if id_in(tenancy, "contact") != contact_id:
            continue
        unit = yield from _whole("unit", allocation, "unit")
        if id_in(unit, "unit_allocation") == allocation["id"]:  # still theirs
            units.append(unit)
    return many("unit", units, curies, has_more=allocations.has_more)


def _may_be_of(contact_id: str, allocation: Document) -> bool:
    """Say whether an allocation can be that of a contact: its tenancy says so, or is only an id."""
    tenancy: Any = allocation.get("tenancy") or {}
    return "contact" not in tenancy or id_in(tenancy, "contact") == contact_id


def _scopes(*resources: str) -> tuple[str, ...]:
    return tuple(PLACES[resource].scope("read") for resource in resources)


ROWS: Final = (
    Action(
        key="find_person_of_unit",
        kind="search",
        help="Finds the contact who rents a unit; nobody if it is free.",
        input=form(unit_id=ObjectId("unit", "The unit.", required=True)),
        output=output_of_many("contact"),
        story=_person_of_unit,
        repeat="read",
        scopes=_scopes("unit", "unit_allocation", "tenancy", "contact"),
        resource="contact",
    ),
    Action(
        key="find_units_of_contact",
        kind="search",
        help="Finds the units that a contact rents.",
        input=form(contact_id=ObjectId("contact", "The contact.", required=True)),
        output=output_of_many("unit"),
        story=_units_of_contact,
        repeat="read",
        scopes=_scopes("unit", "unit_allocation", "tenancy"),
        resource="unit",
    ),
)
