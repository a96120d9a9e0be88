"""Orders: a draft is put together, checked, and finalized for the customer to pay.

What follows when the customer has paid is told in `renting.py`.
(Stora pages: guides/booking-flow, orders/*, orders-line-items/*.)
"""

from collections import Counter
from typing import Any, Final

from connector.catalogue.fields import Url, Variables
from connector.catalogue.schemas.base import pounds
from connector.catalogue.schemas.sales import EmailNotifications
from connector.errors import Conflict, Detail, InvalidContent, NotFound
from connector.sandbox.business import contacts, pricing
from connector.sandbox.business.bodies import (
    LINK,
    Fields,
    Moment,
    body,
    inside,
    items,
    link,
    one_of,
    pence,
    quantity,
    strict_schema,
    taken,
)
from connector.sandbox.business.books import Books, Success, to
from connector.sandbox.business.kinds import ITEM_KINDS, values_of
from connector.sandbox.metadata import merged
from connector.sandbox.state import Document

PAYMENT_METHODS: Final = ("card", "bacs_debit")
NOW: Final = "now"  # Stora page: orders/update-an-order

# What a customer cannot pay for an order without.
NEEDED: Final = ("contact", "billing_period", "starts_at")


class _Start(Moment):
    """A moment, or the word "now"."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return NOW if value == NOW else super()._deserialize(value, attr, data, **kwargs)


class _Customer(Variables):
    """Somebody known by id, or everything about somebody new."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        given = super()._deserialize(value, attr, data, **kwargs)
        return (LINK if "id" in given else contacts.NEW_CONTACT).load(given)


_LINE: Fields = {
    "type": one_of(values_of("order_line_item", "type"), "The kind of line", required=True),
    "item": link("What is booked", required=True),
    "quantity": quantity(),
    "price": pence("The price of one"),
}
NEW_LINE = strict_schema(_LINE)
CHANGED_LINE = strict_schema({key: _LINE[key] for key in ("quantity", "price")})

_PAYMENT: Fields = {"cancel_redirect_url": Url("Where a customer goes who gives up", required=True)}
_FINALIZE = strict_schema(_PAYMENT)
FINALIZED_ORDER = strict_schema({"finalize": inside(_FINALIZE, "How to pay", required=True)})

_OPTIONAL = ("billing_period", "purchase_order_number", "coupon", "contract_template", "metadata")
_EMAILS = tuple(EmailNotifications().fields)
_MORE: Fields = {
    "contact": _Customer("The contact who books", nullable=True),
    "emails": taken("order", "email_notifications"),
    "payment_method": one_of(PAYMENT_METHODS, "How the customer pays", nullable=True),
    "starts_at": _Start("When the rental begins", nullable=True),
}
NEW_ORDER = body(
    "order",
    required=("site",),
    optional=_OPTIONAL,
    more={
        **_MORE,
        "finalize": inside(_FINALIZE, "How to pay"),
        "line_items": items(NEW_LINE, "What is booked, line by line"),
    },
)
CHANGED_ORDER = body("order", optional=_OPTIONAL, firm=("site",), more=_MORE, patch=True)


# ---- the order ---------------------------------------------------------------------------------


def add(books: Books, _: Document, wanted: Document) -> Document:
    """Draft an order, and finalize it at once when `wanted` says how to pay."""
    lines, payment = wanted.pop("line_items", []), wanted.pop("finalize", None)
    values = _read(books, wanted)
    mails = dict.fromkeys(_EMAILS, True) | (values.get("email_notifications") or {})
    made = [
        _add_line(books, line, values.get("billing_period"), f"/line_items/{at}")
        for at, line in enumerate(lines)
    ]
    values |= {"email_notifications": mails, "line_items": [to(line) for line in made]}
    values |= _sums(books, made, values.get("coupon"))
    order = books.add("order", **values, source="public_api", status="draft")
    return order if payment is None else finalize(books, order, wanted)


def change(books: Books, order: Document, wanted: Document) -> Document:
    """Change a draft as `wanted` says, and what it costs."""
    _refuse_unless_draft(order)
    values = merged(order, _read(books, wanted))
    if "email_notifications" in values:
        values["email_notifications"] = order["email_notifications"] | values["email_notifications"]
    return _settle(books, order | values, order)


def validate(books: Books, order: Document, _: Document) -> Document:
    """Return the order if it is ready to be finalized; raise `InvalidContent` naming what lacks."""
    _refuse_unless_draft(order)
    lacking = [key for key in NEEDED if order[key] is None]
    faults: list[Detail] = [
        {"pointer": f"/{key}", "message": "Is needed to finalize the order."} for key in lacking
    ]
    wanted = Counter(unit_types(lines_of(books, order)))
    if not wanted:
        faults.append({"pointer": "/line_items", "message": "Must have a unit type."})
    for unit_type, count in wanted.items():
        if len(available_units(books, unit_type)) < count:
            name = books.get("unit_type", unit_type)["name"]
            faults.append({"pointer": "/line_items", "message": f"No unit is available: {name}."})
    if faults:
        raise InvalidContent(details=faults)
    return order


def finalize(books: Books, order: Document, _: Document) -> Document:
    """Close a draft that is ready, and say where the customer pays."""
    validate(books, order, {})
    return books.change(
        "order",
        order,
        "finalized",
        status="finalized",
        payment_method=order["payment_method"] or PAYMENT_METHODS[0],
        payment_url=f"https://{books.operator}.stora.test/pay/{order['id']}",
    )


# ---- its lines ---------------------------------------------------------------------------------


def lines_of(books: Books, order: Document) -> list[Document]:
    """Return the lines of an order."""
    return [books.get("order_line_item", line["id"]) for line in order["line_items"]]


def line_in(books: Books, order: Document, id: str) -> Document:
    """Return one line of an order; raise `NotFound` when the order has no such line."""
    if {"id": id} not in order["line_items"]:
        raise NotFound
    return books.get("order_line_item", id)


def add_line(books: Books, order: Document, wanted: Document) -> Document:
    """Add a line to a draft."""
    _refuse_unless_draft(order)
    line = _add_line(books, wanted, order["billing_period"], "")
    _settle(books, order | {"line_items": [*order["line_items"], to(line)]}, order)
    return books.get("order_line_item", line["id"])


def change_line(books: Books, order: Document, line: Document, wanted: Document) -> Document:
    """Change quantity or price of a line of a draft."""
    _refuse_unless_draft(order)
    changes = wanted | ({"price": _money(wanted["price"])} if "price" in wanted else {})
    books.change("order_line_item", line, **changes)
    _settle(books, order, order)
    return books.get("order_line_item", line["id"])


def remove_line(books: Books, order: Document, line: Document) -> Success:
    """Take a line out of a draft."""
    _refuse_unless_draft(order)
    books.remove("order_line_item", line)
    left = [each for each in order["line_items"] if each != to(line)]
    _settle(books, order | {"line_items": left}, order)
    return Success("Line item deleted successfully.")


def unit_types(lines: list[Document]) -> list[str]:
    """Return the ids of the unit types that are booked, each as often as it is."""
    rented = [line for line in lines if line["type"] == "unit_type"]
    return [line["item"]["id"] for line in rented for _ in range(line["quantity"])]


def available_units(books: Books, unit_type: str) -> list[Document]:
    """Return the units of a kind that nobody has."""
    return [
        unit
        for unit in books.all("unit")
        if unit["unit_type"]["id"] == unit_type and unit["status"] == "available"
    ]


# ---- inside ------------------------------------------------------------------------------------


def _read(books: Books, wanted: Document) -> Document:
    """Return what `wanted` says in the words of an order; somebody new becomes a contact."""
    books.check("order", {key: wanted[key] for key in wanted if key != "contact"})
    values = dict(wanted)
    if values.get("starts_at") == NOW:
        values["starts_at"] = books.now
    if "emails" in values:
        values["email_notifications"] = values.pop("emails")
    if customer := values.get("contact"):
        if "id" in customer:
            books.named("contact", customer["id"], "/contact/id")
        else:
            values["contact"] = to(contacts.add(books, {}, customer))
    return values


def _add_line(books: Books, wanted: Document, period: str | None, pointer: str) -> Document:
    books.named(ITEM_KINDS[wanted["type"]], wanted["item"]["id"], f"{pointer}/item/id")
    if "price" not in wanted:
        amount = pricing.list_price(books, wanted, period, f"{pointer}/price")
        wanted = wanted | {"price": {"amount": amount}}
    line = {"quantity": 1, **wanted, "price": _money(wanted["price"])}
    return books.add("order_line_item", **line, **pricing.settle_line(line, 0))


def _sums(books: Books, lines: list[Document], coupon: Document | None) -> Document:
    """Write the discount into each line, and return the sums of the order."""
    taken = pricing.discounts(books, lines, coupon and books.get("coupon", coupon["id"]))
    settled = [
        books.change("order_line_item", line, **pricing.settle_line(line, off))
        for line, off in zip(lines, taken, strict=True)
    ]
    return pricing.totals(books, settled)


def _settle(books: Books, changed: Document, order: Document) -> Document:
    lines = lines_of(books, changed)
    return books.change("order", order, **changed | _sums(books, lines, changed["coupon"]))


def _money(given: Document) -> Document:
    return pounds(given["amount"])


def _refuse_unless_draft(order: Document) -> None:
    if order["status"] != "draft":
        raise Conflict(f"The order is {order['status']}; only a draft can be changed.")
