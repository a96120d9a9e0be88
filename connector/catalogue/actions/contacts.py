"""Contacts: create, update, find, and find or create."""

from collections.abc import Generator
from typing import Any, Final

from marshmallow import ValidationError, validates_schema

from connector.catalogue.actions.calls import one_call
from connector.catalogue.actions.row import (
    Action,
    Call,
    CounterExample,
    Document,
    Outcome,
    Reply,
    Story,
    many,
    one,
    output_of_many,
    output_of_one,
)
from connector.catalogue.actions.search import Found, walk
from connector.catalogue.conversions import phone_number
from connector.catalogue.describe import Field
from connector.catalogue.flat import flatten
from connector.catalogue.forms import Question, Values, form, like, wire
from connector.catalogue.inputs import USUAL_RESULTS, Clear, HowMany, ObjectId
from connector.catalogue.places import PLACES
from connector.catalogue.schemas.people import Contact
from connector.errors import Conflict, StoraRefused

_PLACE = PLACES["contact"]

SHORTEST_NUMBER: Final = 6  # fewer digits at the end of a number tell nobody apart
SIGNIFICANT_DIGITS: Final = 9

_DETAILS: Final[dict[str, Any]] = {
    "phone_number": like(Contact, "phone_number"),
    "type": like(Contact, "type"),
    "company_registration_number": like(Contact, "company_registration_number"),
    "tax_id": like(Contact, "tax_id"),
    "address_line_1": like(Contact, "address.line_1"),
    "address_line_2": like(Contact, "address.line_2"),
    "address_city": like(Contact, "address.city"),
    "address_postal_code": like(Contact, "address.postal_code"),
    "address_state": like(Contact, "address.state"),
    "address_country_alpha2": like(Contact, "address.country_alpha2"),
    "source": like(Contact, "source"),
    "marketing_source": like(Contact, "marketing_source"),
    "use_case": like(Contact, "use_case"),
}

_CREATE = form(
    email=like(Contact, "email", required=True),
    full_name=like(Contact, "full_name", required=True),
    **_DETAILS,
    metadata=like(Contact, "metadata"),
)

_UPDATE = form(
    contact_id=ObjectId("contact", "The contact to change.", required=True),
    email=like(Contact, "email"),
    full_name=like(Contact, "full_name"),
    **_DETAILS,
    metadata=like(Contact, "metadata", patch=True),
    clear=Clear("full_name", *_DETAILS, "metadata"),
)


class _Find(Question):
    """At least one of the three has to be known: a search for nothing would find anybody."""

    email = like(Contact, "email", help="The contact's whole e-mail address.")
    phone_number = like(Contact, "phone_number", help="The contact's whole phone number.")
    full_name = like(Contact, "full_name", help="The contact's name, or parts of it.")
    limit = HowMany()

    @validates_schema
    def something_to_look_for(self, values: Values, **kwargs: Any) -> None:
        """Refuse a search without an e-mail address, a phone number and a name."""
        if not values.keys() & {"email", "phone_number", "full_name"}:
            message = "Fill in the e-mail address, the phone number or the name."
            raise ValidationError(message, "email")


# ---- is this the one? --------------------------------------------------------------------------


def is_sought(contact: Document, values: Values) -> bool:
    """Say whether a contact has all that is looked for: the e-mail address, the number, the name.

    Letters may be in either case; of the name, every word has to be there.
    """
    name = str(contact.get("full_name") or "").casefold()
    return (
        ("email" not in values or _same_text(contact.get("email"), values["email"]))
        and (
            "phone_number" not in values
            or same_phone(contact.get("phone_number"), values["phone_number"])
        )
        and all(word in name for word in values.get("full_name", "").casefold().split())
    )


def _same_text(one: object, other: str) -> bool:
    return isinstance(one, str) and one.casefold() == other.casefold()


def same_phone(stored: object, sought: str) -> bool:
    """Say whether two numbers are the same, also where only one of them has its country.

    `sought` is as `phone_number` gives it. +44 7700 900123 is 07700 900123 at home, and
    +1 202 555 0100 is 202 555 0100.
    """
    try:
        numbers = [phone_number(str(stored)), sought]
    except ValueError:
        return False
    abroad = [number for number in numbers if number.startswith("+")]
    home = [number.removeprefix("0") for number in numbers if not number.startswith("+")]
    if len(abroad) != 1:
        return numbers[0] == numbers[1]
    country_and_plus = len(abroad[0]) - len(home[0])
    return (
        abroad[0].endswith(home[0])
        and len(home[0]) >= SHORTEST_NUMBER
        and 2 <= country_and_plus <= 4
    )


# ---- stories -----------------------------------------------------------------------------------


def _find(values: Values) -> Story:
    if "email" in values:
        params = {"email": values["email"]}
    elif "phone_number" in values:
        # With its country or without, a number ends in the same digits.
        params = {"search": values["phone_number"].lstrip("+0")[-SIGNIFICANT_DIGITS:]}
    else:
        params = {"search": values["full_name"]}
    found = yield from walk(
        "contact",
        params,
        lambda each: is_sought(each, values),
        values.get("limit", USUAL_RESULTS),
    )
    return many("contact", found.documents, found.curies, has_more=found.has_more)


def _find_or_create(values: Values) -> Story:
    """Look first; when another was quicker to create it, Stora says so, and it is found then."""

    email = values["email"]

    def look() -> Generator[Call, Reply, Found]:
        return walk("contact", {"email": email}, lambda each: is_sought(each, {"email": email}), 1)

    found = yield from look()
    if found.documents:
        return _existing(found)
    try:
        body = wire(_CREATE, values)
        reply = yield Call("POST", _PLACE.path, json=body, sees=(Conflict, StoraRefused))
    except (Conflict, StoraRefused) as refusal:
        found = yield from look()
        if not found.documents:
            raise refusal from None
        return _existing(found)
    created = one("contact", reply)
    return Outcome({**created.body, "created": True}, created.curies)


def _existing(found: Found) -> Outcome:
    (contact,) = found.documents
    flat = flatten("contact", contact, found.curies)
    return Outcome({_PLACE.one: contact, "flat": flat, "created": False}, found.curies)


ROWS: Final = (
    one_call("create_contact", "Creates a contact.", "POST", "/contacts", _CREATE, "contact"),
    one_call(
        "update_contact",
        "Changes a contact. Fields that are left blank stay as they are.",
        "PATCH",
        "/contacts/{contact_id}",
        _UPDATE,
        "contact",
    ),
    Action(
        key="find_or_create_contact",
        kind="action",
        help="Finds the contact with an e-mail address, or creates one if there is none.",
        input=_CREATE,
        output=output_of_one(
            "contact", Field("created", "Created", "boolean", "Whether it is new.", True)
        ),
        story=_find_or_create,
        repeat="post",
        scopes=(_PLACE.scope("read"), _PLACE.scope("write")),
        resource="contact",
    ),
    Action(
        key="find_contact",
        kind="search",
        help="Finds contacts by their e-mail address, phone number or name.",
        input=_Find,
        output=output_of_many("contact"),
        story=_find,
        repeat="read",
        scopes=(_PLACE.scope("read"),),
        resource="contact",
        refuses=(CounterExample({"limit": 5}, "/email", "nothing to look for"),),
    ),
)
