"""What follows when a customer has paid for an order, until they move out.

complete   the order becomes a tenancy and a subscription; units are reserved, the first
           invoice is paid, a contract is sent; who begins today moves in at once
start      the day has come: the customer moves in
cancel     the customer gives notice: the subscription runs out at the end of its period
end        the customer moves out: the units are free again, the contact may have churned
"""

from collections import Counter
from datetime import timedelta

from connector.catalogue.situations import moved
from connector.errors import Conflict
from connector.sandbox.business import billing, orders, pricing, units
from connector.sandbox.business.books import Books, to
from connector.sandbox.state import Document


def complete(books: Books, order: Document, _: Document) -> Document:
    """Let the customer pay for a finalized order, with all that follows.

    Raises `Conflict` when the order is not finalized, or a unit has been taken since.
    """
    if order["status"] != "finalized":
        raise Conflict(f"The order is {order['status']}; it has to be finalized.")
    lines = orders.lines_of(books, order)
    rented = _pick(books, orders.unit_types(lines))
    tenancy = {"id": books.new_id("tenancy")}
    subscription = {"id": books.new_id("subscription")}
    order = books.change(
        "order",
        order,
        "completed",
        status="completed",
        tenancy=tenancy,
        subscription=subscription,
    )
    shared = {key: order[key] for key in ("contact", "site", "starts_at")} | {"order": to(order)}
    made = books.add("tenancy", **tenancy, **shared, subscription=subscription)
    subscribed = books.add(
        "subscription",
        **subscription,
        **shared,
        billing_period=order["billing_period"],
        cancelled=False,
        line_items=[_subscribed(line) for line in lines if pricing.is_recurring(books, line)],
        tenancy=tenancy,
    )
    for unit in rented:
        units.allocate(books, unit, books.get("tenancy", made["id"]))
    _gain(books, order)
    invoice = billing.finalize(books, billing.draft(books, subscribed, lines), {})
    billing.pay(books, invoice, {})
    if order["contract_template"] is not None:
        _send_contract(books, order)
    if order["starts_at"] <= books.now:
        start(books, books.get("tenancy", made["id"]), {})
    return order


def start(books: Books, tenancy: Document, _: Document) -> Document:
    """Let the customer move in, today if the day had not come yet."""
    subscription = books.follow(tenancy, "subscription")
    if subscription["current_period"] is not None:
        raise Conflict("The tenancy has already started.")
    starts_at = min(tenancy["starts_at"], books.now)
    days = timedelta(days=billing.PERIOD_DAYS[subscription["billing_period"]])
    tenancy = books.change("tenancy", tenancy, "started", starts_at=starts_at)
    books.change(
        "subscription",
        subscription,
        "started",
        starts_at=starts_at,
        current_period={"starts_at": starts_at, "ends_at": moved(starts_at, days)},
    )
    for unit in units.of_tenancy(books, tenancy):
        units.hand_over(books, unit)
    return tenancy


def cancel(books: Books, subscription: Document, _: Document) -> Document:
    """Let the customer give notice."""
    if subscription["cancelled"]:
        raise Conflict("The subscription is already cancelled.")
    period = subscription["current_period"] or {"ends_at": subscription["starts_at"]}
    return books.change(
        "subscription",
        subscription,
        "cancelled",
        cancelled=True,
        cancellation_reason="No longer needs the space",
        ends_at=period["ends_at"],
    )


def end(books: Books, subscription: Document, _: Document) -> Document:
    """Let the customer move out, now."""
    tenancy = books.follow(subscription, "tenancy")
    if tenancy["ends_at"] is not None:
        raise Conflict("The subscription has already ended.")
    ended = books.change("subscription", subscription, "ended", ends_at=books.now)
    books.change("tenancy", tenancy, ends_at=books.now)
    for unit in units.of_tenancy(books, tenancy):
        units.deallocate(books, unit, {})
    _lose(books, ended)
    return ended


def sign(books: Books, contract: Document, _: Document) -> Document:
    """Let the customer sign a contract that was sent."""
    if contract["status"] != "pending":
        raise Conflict(f"The contract is already {contract['status']}.")
    return books.change("contract", contract, "signed", status="signed", signed_at=books.now)


# ---- inside ------------------------------------------------------------------------------------


def _pick(books: Books, wanted: list[str]) -> list[Document]:
    """Return one available unit for each of the unit types in `wanted`."""
    picked = []
    for unit_type, count in Counter(wanted).items():
        free = orders.available_units(books, unit_type)[:count]
        if len(free) < count:
            raise Conflict("A unit that was booked is no longer available.")
        picked += free
    return picked


def _subscribed(line: Document) -> Document:
    kinds = {"product": "custom_product"}
    kept = ("created_at", "item", "price", "quantity", "updated_at")
    return {key: line[key] for key in kept} | {"type": kinds.get(line["type"], line["type"])}


def _send_contract(books: Books, order: Document) -> None:
    id = books.new_id("contract")
    books.add(
        "contract",
        id=id,
        _links={"sf:show_contract": {"href": f"/contracts/{id}", "title": "Show contract"}},
        contact=order["contact"],
        contract_template=order["contract_template"],
        name=books.follow(order, "contract_template")["name"],
        sent_at=books.now,
        status="pending",
        tenancy=order["tenancy"],
    )


def _gain(books: Books, order: Document) -> None:
    contact = books.follow(order, "contact")
    count = contact["tenancies_count"] + 1
    books.change("contact", contact, status="customer", tenancies_count=count)


def _lose(books: Books, subscription: Document) -> None:
    contact = books.follow(subscription, "contact")
    left = [
        tenancy
        for tenancy in books.all("tenancy")
        if tenancy["contact"] == to(contact) and tenancy["ends_at"] is None
    ]
    if not left:
        books.change("contact", contact, status="churned")
