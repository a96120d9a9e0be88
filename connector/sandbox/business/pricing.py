"""What an order costs: its lines, less what its coupon takes off.

Rent, cover and recurring products are charged each billing period; deposits and other products
once. A coupon lowers what is charged again and again. This business charges no tax.
"""

from typing import Final

from connector.catalogue.schemas.base import pounds
from connector.sandbox.business.books import Books, wrong
from connector.sandbox.business.kinds import ITEM_KINDS
from connector.sandbox.state import Document

USUAL_PERIOD: Final = "monthly"


def is_recurring(books: Books, line: Document) -> bool:
    """Say whether a line is charged each billing period."""
    if line["type"] == "product":
        return bool(books.get("product", line["item"]["id"])["charge_type"] == "recurring")
    return bool(line["type"] != "security_deposit")


def list_price(books: Books, line: Document, period: str | None, pointer: str) -> int:
    """Return what one of a line costs, in pence, when nobody names a price.

    Raises `InvalidContent` at `pointer` when there is no such price.
    """
    item = books.get(ITEM_KINDS[line["type"]], line["item"]["id"])
    if line["type"] == "security_deposit":
        return _pence(item["security_deposit"])
    wanted = (period or USUAL_PERIOD) if is_recurring(books, line) else "one_time"
    for row in item["prices"]:
        if row["billing_period"] == wanted:
            return int(row["price"]["amount"])
    raise wrong(pointer, f"Is needed, since the item has no price of its own for {wanted}.")


def settle_line(line: Document, discount: int) -> Document:
    """Return the sums of a line from its price and quantity, less a discount in pence."""
    total = line["price"]["amount"] * line["quantity"] - discount
    return {
        "discount_total": pounds(discount),
        "tax": pounds(0),
        "total": pounds(total),
        "total_excluding_tax": pounds(total),
    }


def discounts(books: Books, lines: list[Document], coupon: Document | None) -> list[int]:
    """Return what a coupon takes off each line, in pence, never more than the line comes to."""
    left, percent = 0, 0
    if coupon is not None:
        left, percent = _pence(coupon.get("amount")), coupon.get("percent") or 0
    taken = []
    for line in lines:
        full = line["price"]["amount"] * line["quantity"] if is_recurring(books, line) else 0
        off = min(full, left + round(full * percent / 100))
        left = max(0, left - off)
        taken.append(off)
    return taken


def totals(books: Books, lines: list[Document]) -> Document:
    """Return the sums of an order with these lines."""
    recurring = [line for line in lines if is_recurring(books, line)]
    once = sum(line["total"]["amount"] for line in lines if line not in recurring)
    full = sum(line["price"]["amount"] * line["quantity"] for line in recurring)
    off = sum(line["discount_total"]["amount"] for line in recurring)
    return {
        "one_time_total": pounds(once),
        "one_time_total_excluding_tax": pounds(once),
        "subtotal": pounds(full),
        "tax": pounds(0),
        "total": pounds(full - off),
        "total_discount": pounds(off),
        "total_excluding_tax": pounds(full - off),
    }


def _pence(sum: Document | None) -> int:
    return int(sum["amount"]) if sum else 0
