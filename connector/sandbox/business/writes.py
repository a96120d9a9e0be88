"""Every write of the public API: one row each.

A row says where, what the body may say, and who does it. What a write needs as scope and how its
answer is wrapped follows from its resource (`catalogue/places.py`); what it tells, from what it
writes into the books (`books.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from marshmallow import Schema

from connector.catalogue.places import PLACES, Right
from connector.sandbox.business import contacts, deals, offers, orders, units, work
from connector.sandbox.business.books import Books, Success
from connector.sandbox.state import Document

# Given the document that the path names ({} where it names none) and the body; it may raise
# `Conflict` and `InvalidContent`.
Does = Callable[[Books, Document, Document], Document | Success]


@dataclass(frozen=True, slots=True)
class Write:
    """One write: `under` is what its path has below that of its resource.

    Without `body` nothing is read; `right` is what its scope asks for.
    """

    method: str
    resource: str
    under: str
    body: Schema | None
    does: Does
    right: Right = "write"

    @property
    def path(self) -> str:
        """Return the path below the API's version, as Flask writes it."""
        return PLACES[self.resource].path + self.under

    @property
    def status(self) -> int:
        """Return the status of the answer: 201 where something new has come into being."""
        return 201 if self.method == "POST" and self.under == "" else 200


WRITES: Final = (
    Write("POST", "contact", "", contacts.NEW_CONTACT, contacts.add),
    Write("PATCH", "contact", "/<id>", contacts.CHANGED_CONTACT, contacts.change),
    Write("DELETE", "contact", "/<id>", None, contacts.remove),
    Write("POST", "deal", "", deals.NEW_DEAL, deals.add),
    Write("PATCH", "deal", "/<id>", deals.CHANGED_DEAL, deals.change),
    Write("POST", "deal", "/<id>/win", None, deals.win),
    Write("POST", "deal", "/<id>/lose", deals.LOST_DEAL, deals.lose),
    Write("POST", "deal", "/<id>/reopen", deals.REOPENED_DEAL, deals.reopen),
    Write("POST", "note", "", work.NEW_NOTE, work.add_note),
    Write("PATCH", "note", "/<id>", work.CHANGED_NOTE, work.change_note),
    Write("DELETE", "note", "/<id>", None, work.remove_note),
    Write("POST", "task", "", work.NEW_TASK, work.add_task),
    Write("PATCH", "task", "/<id>", work.CHANGED_TASK, work.change_task),
    Write("POST", "task", "/<id>/complete", None, work.complete_task),
    Write("POST", "task", "/<id>/open", None, work.open_task),
    Write("POST", "timeline_event", "", work.NEW_ENTRY, work.add_entry),
    Write("PATCH", "timeline_event", "/<id>", work.CHANGED_ENTRY, work.change_entry),
    Write("POST", "order", "", orders.NEW_ORDER, orders.add),
    Write("PATCH", "order", "/<id>", orders.CHANGED_ORDER, orders.change),
    Write("GET", "order", "/<id>/validate", None, orders.validate, "read"),
    Write("POST", "order", "/<id>/finalize", orders.FINALIZED_ORDER, orders.finalize),
    Write("POST", "unit", "/<id>/reserve", units.TENANCY, units.reserve),
    Write("POST", "unit", "/<id>/grant_access", units.TENANCY, units.grant_access),
    Write("POST", "unit", "/<id>/deallocate", None, units.deallocate),
    Write("POST", "unit", "/overlock", units.CONTACT, units.overlock),
    Write("POST", "unit", "/remove_overlock", units.CONTACT, units.remove_overlock),
    Write("POST", "unit_type", "/<id>/base_price", offers.BASE_PRICE, offers.set_unit_type_price),
    Write(
        "POST",
        "protection_level",
        "/<id>/base_price",
        offers.BASE_PRICE,
        offers.set_protection_price,
    ),
    Write("POST", "product", "", offers.NEW_PRODUCT, offers.add_product),
    Write("PATCH", "product", "/<id>", offers.CHANGED_PRODUCT, offers.change_product),
    Write("POST", "product", "/<id>/base_price", offers.BASE_PRICE, offers.set_product_price),
)
