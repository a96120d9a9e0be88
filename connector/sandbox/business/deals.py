"""Deals: rentals that the operator's team hopes for, won or lost in the end.

A new deal stands at the first stage unless another is named. Only an open deal can be won or
lost, and only one that is no longer open can be opened again.
"""

from connector.errors import Conflict
from connector.sandbox.business.bodies import (
    body,
    items,
    link,
    one_of,
    quantity,
    strict_schema,
)
from connector.sandbox.business.books import Books, to, wrong
from connector.sandbox.business.kinds import ITEM_KINDS
from connector.sandbox.metadata import merged
from connector.sandbox.state import Document

_LINES = items(
    strict_schema(
        {
            "type": one_of(("unit_type", "protection"), "The kind of line", required=True),
            "item": link("What the deal is about", required=True),
            "quantity": quantity(),
        }
    ),
    "The unit type and the protection level",
)
_OPTIONAL = ("assignee", "site", "note", "starts_at", "metadata")
NEW_DEAL = body(
    "deal",
    required=("name", "contact"),
    optional=_OPTIONAL,
    firm=("stage",),
    more={"line_items": _LINES},
)
CHANGED_DEAL = body(
    "deal",
    optional=_OPTIONAL,
    firm=("name", "stage"),
    patch=True,
    more={"line_items": _LINES},
)
LOST_DEAL = body("deal", required=("lost_reason",))
REOPENED_DEAL = body("deal", firm=("stage", "assignee"))


def add(books: Books, _: Document, wanted: Document) -> Document:
    """Open a deal."""
    books.check("deal", wanted)
    first = min(books.all("deal_stage"), key=lambda stage: stage["position"])
    lines = _lines(books, wanted.get("line_items", []))
    told = {"stage": to(first), **wanted, "line_items": lines}
    return books.add("deal", **told, status="open", value_estimate=wanted.get("note"))


def change(books: Books, deal: Document, wanted: Document) -> Document:
    """Change what `wanted` names; `line_items` replaces the whole list."""
    books.check("deal", wanted)
    if "line_items" in wanted:
        wanted["line_items"] = _lines(books, wanted["line_items"])
    if "note" in wanted:
        wanted["value_estimate"] = wanted["note"]
    return books.change("deal", deal, **merged(deal, wanted))


def win(books: Books, deal: Document, _: Document) -> Document:
    """Win an open deal."""
    _refuse_unless(deal, "open")
    return books.change("deal", deal, "won", status="won")


def lose(books: Books, deal: Document, wanted: Document) -> Document:
    """Lose an open deal, for a reason."""
    _refuse_unless(deal, "open")
    return books.change("deal", deal, "lost", status="lost", **wanted)


def reopen(books: Books, deal: Document, wanted: Document) -> Document:
    """Open a deal that was won or lost, at its stage or another."""
    _refuse_unless(deal, "won", "lost")
    books.check("deal", wanted)
    return books.change("deal", deal, "reopened", status="open", lost_reason=None, **wanted)


def _refuse_unless(deal: Document, *statuses: str) -> None:
    if deal["status"] not in statuses:
        raise Conflict(f"The deal is {deal['status']}; it has to be {' or '.join(statuses)}.")


def _lines(books: Books, wanted: list[Document]) -> list[Document]:
    """Return the lines as they are kept; at most one of each type (Stora page: update-a-deal)."""
    types = [line["type"] for line in wanted]
    for at, line in enumerate(wanted):
        if line["type"] in types[:at]:
            raise wrong(f"/line_items/{at}/type", "There is another line of this type.")
        books.named(ITEM_KINDS[line["type"]], line["item"]["id"], f"/line_items/{at}/item/id")
    return [{"quantity": 1, **line} for line in wanted]
