"""Contacts and their identity verifications.

A contact begins as a lead, becomes a customer with the first tenancy (`renting.py`), and has
churned when the last one ends. No two contacts of an operator share an e-mail address.
"""

from connector.catalogue.schemas.people import Address
from connector.errors import Conflict
from connector.sandbox.business.bodies import body
from connector.sandbox.business.books import Books, Success, to
from connector.sandbox.metadata import merged
from connector.sandbox.state import Document

ADDRESS = tuple(Address().fields)
_OPTIONAL = (
    "phone_number",
    "tax_id",
    "company_registration_number",
    "address",
    "type",
    "marketing_source",
    "source",
    "use_case",
    "metadata",
)
NEW_CONTACT = body("contact", required=("email", "full_name"), optional=_OPTIONAL)
CHANGED_CONTACT = body("contact", optional=("full_name", *_OPTIONAL), firm=("email",), patch=True)


def add(books: Books, _: Document, wanted: Document) -> Document:
    """Make a lead; raise `Conflict` when there is a contact with this e-mail address."""
    _refuse_duplicate(books, wanted["email"])
    return books.add(
        "contact",
        **wanted | {"address": _whole(wanted.get("address"))},
        identity_check={"required": False, "status": "not_attempted"},
        status="lead",
        tenancies_count=0,
    )


def change(books: Books, contact: Document, wanted: Document) -> Document:
    """Change what `wanted` names; an address and metadata are merged, key by key."""
    if "email" in wanted:
        _refuse_duplicate(books, wanted["email"], contact)
    if wanted.get("address"):
        wanted["address"] = _whole((contact["address"] or {}) | wanted["address"])
    return books.change("contact", contact, **merged(contact, wanted))


def remove(books: Books, contact: Document, _: Document) -> Success:
    """Remove a contact; raise `Conflict` when it has or had a tenancy."""
    if contact["tenancies_count"]:
        raise Conflict("The contact has tenancies, so it cannot be deleted.")
    books.remove("contact", contact)
    return Success("Contact deleted successfully.")


def _refuse_duplicate(books: Books, email: str, myself: Document | None = None) -> None:
    others = [contact for contact in books.all("contact") if contact != myself]
    if email.casefold() in (contact["email"].casefold() for contact in others):
        raise Conflict("There is already a contact with this e-mail address.")


def _whole(address: Document | None) -> Document | None:
    return address and dict.fromkeys(ADDRESS) | address


# ---- identity ----------------------------------------------------------------------------------


def verify(books: Books, contact: Document, _: Document) -> Document:
    """Let the contact begin to prove who they are."""
    return books.add(
        "identity_verification", "processing", contact=to(contact), status="processing"
    )


def succeed(books: Books, verification: Document, _: Document) -> Document:
    """Let the contact have proved who they are."""
    return _decide(books, verification, "succeeded")


def fail(books: Books, verification: Document, _: Document) -> Document:
    """Let the proof be no good: its document has expired."""
    return _decide(books, verification, "failed", error_code="document_expired")


def cancel(books: Books, verification: Document, _: Document) -> Document:
    """Let the contact give up."""
    return _decide(books, verification, "cancelled")


def _decide(books: Books, verification: Document, status: str, **changes: object) -> Document:
    if verification["status"] != "processing":
        raise Conflict(f"The identity verification has already {verification['status']}.")
    return books.change("identity_verification", verification, status, status=status, **changes)
