"""What Stora's customers and the operator's own people do, and the public API cannot.

One row each: a verb, what it is done to, and who does it. The same code does the same writes and
tells the same events as when Stora itself does them.
"""

from dataclasses import dataclass
from typing import Final

from connector.errors import NotFound
from connector.sandbox.business import billing, contacts, offers, renting, units
from connector.sandbox.business.books import Books, Success, wrong
from connector.sandbox.business.writes import Does
from connector.sandbox.state import Document


@dataclass(frozen=True, slots=True)
class Play:
    """One thing that can be played: `verb` is done to a document of kind `on`, or to none."""

    verb: str
    on: str | None
    gives: str
    does: Does


PLAYS: Final = (
    # What customers do.
    Play("verify", "contact", "identity_verification", contacts.verify),
    Play("succeed", "identity_verification", "identity_verification", contacts.succeed),
    Play("fail", "identity_verification", "identity_verification", contacts.fail),
    Play("cancel", "identity_verification", "identity_verification", contacts.cancel),
    Play("complete", "order", "order", renting.complete),
    Play("sign", "contract", "contract", renting.sign),
    Play("start", "tenancy", "tenancy", renting.start),
    Play("cancel", "subscription", "subscription", renting.cancel),
    Play("end", "subscription", "subscription", renting.end),
    Play("pay", "invoice", "invoice", billing.pay),
    # What the operator's people do.
    Play("bill", "subscription", "invoice", billing.bill),
    Play("finalize", "invoice", "invoice", billing.finalize),
    Play("mark_uncollectible", "invoice", "invoice", billing.mark_uncollectible),
    Play("credit", "invoice", "credit_note", billing.credit),
    Play("void", "credit_note", "credit_note", billing.void),
    Play("repossess", "unit", "unit", units.repossess),
    Play("make_unavailable", "unit", "unit", units.make_unavailable),
    Play("make_available", "unit", "unit", units.make_available),
    Play("add_unit", "unit_type", "unit", units.add),
    Play("add_unit_type", "site", "unit_type", offers.add_unit_type),
    Play("raise_price", "unit_type", "unit_type", offers.raise_price),
    Play("add_protection_level", None, "protection_level", offers.add_protection_level),
    Play("add_coupon", None, "coupon", offers.add_coupon),
    Play("publish", "coupon", "coupon", offers.publish_coupon),
)
VERBS: Final = tuple(dict.fromkeys(play.verb for play in PLAYS))


def perform(books: Books, verb: str, id: str | None) -> tuple[str, Document]:
    """Play `verb` on the document `id`; return the kind and the document that came of it.

    Raises `InvalidContent` when the verb needs an id, `NotFound` when it has no such document, and
    whatever the play itself refuses.
    """
    for play in PLAYS:
        if play.verb != verb:
            continue
        if play.on is not None and id is None:
            raise wrong("/id", "The verb needs an id.")
        found = books.find(play.on, id) if play.on and id else {}
        if found is not None:
            done = play.does(books, found, {})
            return play.gives, {} if isinstance(done, Success) else done
    raise NotFound
