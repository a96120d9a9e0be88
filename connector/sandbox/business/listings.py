"""Which lists there are, how each can be sorted and narrowed (Stora pages: list-all-*).

A filter is understood by its name: `…_id` follows a relation, `created` and `updated` are windows
of time, any other name is a choice of the resource, all but the two of contacts with a meaning of
their own. Where Stora's page is cut off, a list takes `contact_id`, `site_id` and `status` where
the resource has them. Several values are separated by commas; a parameter that a list does not
know is ignored, as Stora ignores it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from connector.dialect.body import choices, one, url_fault
from connector.sandbox.business.books import Books
from connector.sandbox.business.kinds import fields_of, values_of
from connector.sandbox.query import Query, choice, deep
from connector.sandbox.state import Document

Test = Callable[[Document], bool]


@dataclass(frozen=True, slots=True)
class Listing:
    """One list: what it can be sorted by, first the usual, and narrowed by."""

    sort_by: tuple[str, ...] = ("created_at",)
    filters: tuple[str, ...] = ()


_BOTH: Final = ("created_at", "updated_at")
_WINDOWS: Final = ("created", "updated")
_CONTACT_CHOICES: Final = ("type", "source", "marketing_source", "use_case")

LISTINGS: Final[Mapping[str, Listing]] = {
    "contact": Listing(
        (*_BOTH, "full_name"), ("email", "search", *_CONTACT_CHOICES, "status", *_WINDOWS)
    ),
    "contract": Listing(filters=("contact_id", "status")),
    "contract_template": Listing(),
    "coupon": Listing(),
    "credit_note": Listing(filters=("contact_id", "site_id", "status")),
    "deal": Listing(filters=("contact_id", "site_id", "status")),
    "deal_stage": Listing((*_BOTH, "position")),
    "identity_verification": Listing(_BOTH, ("contact_id", "status")),
    "invoice": Listing(filters=("contact_id", "site_id", "status")),
    "note": Listing(_BOTH, ("resource_id",)),
    "order": Listing(filters=("contact_id", "site_id", "status")),
    "product": Listing(filters=("site_id",)),
    "product_category": Listing(()),
    "protection_level": Listing(),
    "site": Listing(),
    "staff": Listing(),
    "subscription": Listing(filters=("contact_id", "site_id")),
    "task": Listing(filters=("site_id", "status")),
    "tenancy": Listing(),
    "timeline_event": Listing(filters=("contact_id", "site_id")),
    "timeline_source": Listing(),
    "timeline_template": Listing(filters=_WINDOWS),
    "unit": Listing(filters=("unit_type_id", "site_id", "status")),
    "unit_allocation": Listing(filters=("contact_id", "tenancy_id", "unit_id", "site_id")),
    "unit_type": Listing(filters=("site_id",)),
}

# Relations that lie one step further away than the filter's name says.
_WAYS: Final = {
    ("unit_allocation", "contact_id"): ("tenancy", "contact"),
    ("unit_allocation", "site_id"): ("unit", "site"),
}
# Stora page: units/list-all-units spells one status in its own way; both are taken.
_SPELLINGS: Final = {("unit", "status"): {"overlock": "overlocked"}}
UNSPECIFIED: Final = "unspecified"  # what a filter of contacts calls null


def listed(books: Books, kind: str, query: Query) -> list[Document]:
    """Return the documents of a kind that `query` asks for, in the order it asks for.

    Raises `InvalidUrlParam` for a wrong parameter.
    """
    tests = [_test(books, kind, name, query) for name in LISTINGS[kind].filters]
    if "metadata" in fields_of(kind):
        wanted = deep(query, "metadata")
        tests.append(lambda document: wanted.items() <= document["metadata"].items())
    newest_first = choice(query, "sort_direction", ("DESC", "ASC")) == "DESC"
    found = [each for each in books.all(kind) if all(test(each) for test in tests)]
    if not LISTINGS[kind].sort_by:
        return found
    key = choice(query, "sort_by", LISTINGS[kind].sort_by)
    # What is equal stands in the order in which it was made, whichever way that goes.
    return sorted(
        found[::-1] if newest_first else found,
        key=lambda document: _rank(document[key]),
        reverse=newest_first,
    )


def _rank(value: str | int | None) -> tuple[int, str]:
    """Return what to sort a value by; null comes first, case does not matter."""
    return (value, "") if isinstance(value, int) else (0, (value or "").casefold())


def _test(books: Books, kind: str, name: str, query: Query) -> Test:
    if name == "email":
        return _by_email(query)
    if name == "search":
        return _by_words(query)
    if name in _WINDOWS:
        return _by_time(name, query)
    if name.endswith("_id"):
        way = _WAYS.get((kind, name), (name.removesuffix("_id"),))
        return _by_relation(books, way, one(query, name))
    return _by_choice(kind, name, query)


def _anything(_: Document) -> bool:
    return True


def _by_relation(books: Books, way: tuple[str, ...], text: str | None) -> Test:
    if text is None:
        return _anything
    ids = text.split(",")
    *steps, last = way

    def test(document: Document) -> bool:
        for step in steps:
            document = books.follow(document, step)
        return document[last] is not None and document[last]["id"] in ids

    return test


def _by_choice(kind: str, name: str, query: Query) -> Test:
    spellings = _SPELLINGS.get((kind, name), {})
    nulls = (UNSPECIFIED,) if kind == "contact" and name != "status" else ()
    given = choices(query, name, (*values_of(kind, name), *spellings, *nulls))
    if not given:
        return _anything
    wanted = {spellings.get(value, value) for value in given}
    return lambda document: (document[name] or UNSPECIFIED) in wanted


def _by_email(query: Query) -> Test:
    text = one(query, "email")
    if text is None:
        return _anything
    wanted = text.casefold().split(",")
    return lambda contact: contact["email"].casefold() in wanted


def _by_words(query: Query) -> Test:
    """Return whether each word is somewhere in the name, the e-mail address or the number."""
    words = (one(query, "search") or "").casefold().split()

    def test(contact: Document) -> bool:
        parts = (contact[key] or "" for key in ("full_name", "email", "phone_number"))
        text = " ".join(parts).casefold()
        return all(word in text for word in words)

    return test


def _by_time(name: str, query: Query) -> Test:
    after, before = _moment(query, f"{name}_after"), _moment(query, f"{name}_before")

    def test(document: Document) -> bool:
        at = datetime.fromisoformat(document[f"{name}_at"])
        return (after is None or after <= at) and (before is None or at < before)

    return test


def _moment(query: Query, name: str) -> datetime | None:
    text = one(query, name)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except ValueError:
        raise url_fault(name, "is not an ISO 8601 date and time") from None
