"""Invoices and credit notes: draft → open → paid, or given up as uncollectible.

An open invoice of a subscription is due at once. A credit note lowers what an open invoice asks
for, or gives back a part of what was paid.
"""

from datetime import timedelta
from typing import Final

from connector.catalogue.schemas.base import pounds
from connector.catalogue.situations import moved
from connector.errors import Conflict
from connector.sandbox.business.books import Books, to
from connector.sandbox.business.kinds import ITEM_KINDS
from connector.sandbox.state import Document

PERIOD_DAYS: Final = {"weekly": 7, "monthly": 30}
FIRST_NUMBER: Final = 101
GOODWILL: Final = 0.1  # what a credit note gives back, of the whole


def bill(books: Books, subscription: Document, _: Document) -> Document:
    """Draft the invoice of one billing period."""
    return draft(books, subscription, subscription["line_items"])


def draft(books: Books, subscription: Document, lines: list[Document]) -> Document:
    """Draft an invoice of `lines`, which have a type, an item, a price and a quantity.

    A line may have a `discount_total`, as the lines of an order do.
    """
    billed = [_billed(books, line) for line in lines]
    full = sum(line["price"]["amount"] * line["quantity"] for line in billed)
    off = sum(line["discount_total"]["amount"] for line in billed)
    starts_at = max(subscription["starts_at"], books.now)
    days = timedelta(days=PERIOD_DAYS[subscription["billing_period"]])
    return books.add(
        "invoice",
        amount_due=pounds(full - off),
        contact=subscription["contact"],
        line_items=billed,
        period_end=moved(starts_at, days),
        period_start=starts_at,
        purchase_order_number=books.follow(subscription, "order")["purchase_order_number"],
        site=subscription["site"],
        status="draft",
        subscription=to(subscription),
        subtotal=pounds(full),
        total=pounds(full - off),
        total_discount=pounds(off),
        total_excluding_tax=pounds(full - off),
    )


def finalize(books: Books, invoice: Document, _: Document) -> Document:
    """Give a draft its number and ask for the money."""
    _refuse_unless(invoice, "draft")
    numbered = sum(each["number"] is not None for each in books.all("invoice"))
    number = f"{books.operator[:3].upper()}-{FIRST_NUMBER + numbered}"
    return books.change(
        "invoice", invoice, "finalized", status="open", number=number, finalized_at=books.now
    )


def pay(books: Books, invoice: Document, _: Document) -> Document:
    """Pay an invoice, also one that had been given up."""
    _refuse_unless(invoice, "open", "uncollectible")
    return books.change(
        "invoice",
        invoice,
        "paid",
        status="paid",
        amount_due=pounds(0),
        amount_paid=invoice["amount_due"],
        paid_at=books.now,
    )


def mark_uncollectible(books: Books, invoice: Document, _: Document) -> Document:
    """Give up hope for the money of an open invoice."""
    _refuse_unless(invoice, "open")
    return books.change("invoice", invoice, "marked_uncollectible", status="uncollectible")


def credit(books: Books, invoice: Document, _: Document) -> Document:
    """Credit a tenth of an invoice, out of goodwill; return the credit note."""
    _refuse_unless(invoice, "open", "paid")
    kind = "post_payment" if invoice["status"] == "paid" else "pre_payment"
    amount = round(invoice["total"]["amount"] * GOODWILL)
    notes = [each for each in books.all("credit_note") if each["invoice"] == to(invoice)]
    line = {
        "amount": pounds(amount),
        "description": "Goodwill",
        "discount_total": pounds(0),
        "price": pounds(amount),
        "quantity": 1,
        "tax": pounds(0),
        "type": "invoice_line_item",
    }
    note = books.add(
        "credit_note",
        contact=invoice["contact"],
        invoice=to(invoice),
        line_items=[line],
        number=f"{invoice['number']}-CN-{len(notes) + 1}",
        reason="other",
        site=invoice["site"],
        status="issued",
        subtotal=pounds(amount),
        total=pounds(amount),
        type=kind,
    )
    _credited(books, invoice, note, amount)
    return note


def void(books: Books, note: Document, _: Document) -> Document:
    """Take a credit note back."""
    if note["status"] != "issued":
        raise Conflict("The credit note is void already.")
    voided = books.change("credit_note", note, status="void")
    _credited(books, books.follow(note, "invoice"), note, -note["total"]["amount"])
    return voided


def _credited(books: Books, invoice: Document, note: Document, amount: int) -> None:
    key = f"{note['type']}_credit_notes_amount"
    changes = {key: pounds(invoice[key]["amount"] + amount)}
    if invoice["status"] == "open":
        changes["amount_due"] = pounds(invoice["amount_due"]["amount"] - amount)
    books.change("invoice", invoice, **changes)


def _billed(books: Books, line: Document) -> Document:
    item = books.get(ITEM_KINDS[line["type"]], line["item"]["id"])
    off = line.get("discount_total", pounds(0))
    total = pounds(line["price"]["amount"] * line["quantity"] - off["amount"])
    return {
        "accounting_code": item.get("accounting_code") or item.get("account_code"),
        "description": _described(line["type"], item),
        "discount_total": off,
        "price": line["price"],
        "proration": False,
        "quantity": line["quantity"],
        "tax": pounds(0),
        "total": total,
        "total_excluding_tax": total,
        "type": line["type"],
    }


def _described(kind: str, item: Document) -> str:
    match kind:
        case "protection":
            return f"Protection up to {item['cover_level']['formatted']}"
        case "security_deposit":
            return f"Security deposit for {item['name']}"
    return str(item["name"])


def _refuse_unless(invoice: Document, *statuses: str) -> None:
    if invoice["status"] not in statuses:
        raise Conflict(f"The invoice is {invoice['status']}; it has to be {' or '.join(statuses)}.")
