"""Units, and who has them: available → reserved → occupied → available.

An allocation ties a unit to a tenancy. A unit that is reserved can be handed over to its own
tenancy only. Overlocking keeps a customer out of all units; what follows when nobody pays is
repossession (Stora page: guides/core-concepts).
Taking an overlock away makes a unit occupied again, but nobody moves in: it tells `unit.updated`.
"""

from connector.errors import Conflict
from connector.sandbox.business.bodies import id_of, strict_schema
from connector.sandbox.business.books import Books, Success, to, wrong
from connector.sandbox.state import Document

TENANCY = strict_schema({"tenancy_id": id_of("ten", "The tenancy")})
CONTACT = strict_schema({"contact_id": id_of("con", "The contact")})

TAKEN = ("reserved", "occupied", "overlocked", "repossessed")


# ---- through the API ---------------------------------------------------------------------------


def reserve(books: Books, unit: Document, wanted: Document) -> Document:
    """Keep an available unit for a tenancy."""
    tenancy = _tenancy(books, wanted)
    _refuse_unless(unit, "available")
    return allocate(books, unit, tenancy)


def grant_access(books: Books, unit: Document, wanted: Document) -> Document:
    """Hand over a unit that is available, or reserved for this very tenancy."""
    tenancy = _tenancy(books, wanted)
    _refuse_unless(unit, "available", "reserved")
    if unit["status"] == "available":
        return allocate(books, unit, tenancy, granted=True)
    if books.follow(unit, "unit_allocation")["tenancy"] != to(tenancy):
        raise Conflict("The unit is reserved for another tenancy.")
    return hand_over(books, unit)


def deallocate(books: Books, unit: Document, _: Document) -> Document:
    """Take a unit back from its tenancy, whatever state it is in."""
    _refuse_unless(unit, *TAKEN)
    allocation = books.follow(unit, "unit_allocation")
    tenancy = books.follow(allocation, "tenancy")
    left = [each for each in tenancy["unit_allocations"] if each != to(allocation)]
    books.change("tenancy", tenancy, unit_allocations=left)
    books.remove("unit_allocation", allocation)
    return books.change(
        "unit", unit, "deallocated", "available", status="available", unit_allocation=None
    )


def overlock(books: Books, _: Document, wanted: Document) -> Success:
    """Lock a customer out of every unit they occupy."""
    locked = [
        books.change("unit", unit, "overlocked", status="overlocked")
        for unit in _units_of(books, wanted, "occupied")
    ]
    return _told(locked, "overlocked")


def remove_overlock(books: Books, _: Document, wanted: Document) -> Success:
    """Let a customer into their units again."""
    opened = [
        books.change("unit", unit, status="occupied")
        for unit in _units_of(books, wanted, "overlocked")
    ]
    return _told(opened, "removed from overlock")


# ---- between renting and units -----------------------------------------------------------------


def allocate(books: Books, unit: Document, tenancy: Document, *, granted: bool = False) -> Document:
    """Tie an available unit to a tenancy: reserved, or handed over at once if `granted`."""
    allocation = books.add(
        "unit_allocation",
        granted_access_at=books.now if granted else None,
        reserved_at=books.now,
        tenancy=to(tenancy),
        unit=to(unit),
    )
    tied = [*tenancy["unit_allocations"], to(allocation)]
    books.change("tenancy", tenancy, unit_allocations=tied)
    status = "occupied" if granted else "reserved"
    return books.change("unit", unit, status, status=status, unit_allocation=to(allocation))


def hand_over(books: Books, unit: Document) -> Document:
    """Let the customer for whom a unit is reserved move in."""
    allocation = books.follow(unit, "unit_allocation")
    books.change("unit_allocation", allocation, granted_access_at=books.now)
    return books.change("unit", unit, "occupied", status="occupied")


def of_tenancy(books: Books, tenancy: Document) -> list[Document]:
    """Return the units that a tenancy has."""
    allocations = [books.get("unit_allocation", each["id"]) for each in tenancy["unit_allocations"]]
    return [books.follow(allocation, "unit") for allocation in allocations]


# ---- in the operator's office ------------------------------------------------------------------


def repossess(books: Books, unit: Document, _: Document) -> Document:
    """Take what is stored, after a long time without payment."""
    _refuse_unless(unit, "occupied", "overlocked")
    return books.change("unit", unit, "repossessed", status="repossessed")


def make_unavailable(books: Books, unit: Document, _: Document) -> Document:
    """Take an available unit out of use."""
    _refuse_unless(unit, "available")
    return books.change("unit", unit, "unavailable", status="unavailable")


def make_available(books: Books, unit: Document, _: Document) -> Document:
    """Take a unit back into use."""
    _refuse_unless(unit, "unavailable")
    return books.change("unit", unit, "available", status="available")


def add(books: Books, unit_type: Document, _: Document) -> Document:
    """Build one more unit of a kind, with the next free number on its door."""
    site = books.follow(unit_type, "site")
    count = sum(unit["site"] == to(site) for unit in books.all("unit"))
    return make(books, unit_type, f"{site['name'][0]}-{count + 1:03}")


def make(books: Books, unit_type: Document, number: str) -> Document:
    """Build one more unit of a kind, with this number on its door."""
    return books.add(
        "unit",
        reference_id=number,
        site=unit_type["site"],
        status="available",
        unit_type=to(unit_type),
    )


# ---- what all of them ask ----------------------------------------------------------------------


def _tenancy(books: Books, wanted: Document) -> Document:
    tenancy = books.named("tenancy", wanted["tenancy_id"], "/tenancy_id")
    if tenancy["ends_at"] is not None and tenancy["ends_at"] <= books.now:
        raise wrong("/tenancy_id", "The tenancy has ended.")
    return tenancy


def _refuse_unless(unit: Document, *statuses: str) -> None:
    if unit["status"] not in statuses:
        raise Conflict(f"The unit is {unit['status']}; it has to be {' or '.join(statuses)}.")


def _units_of(books: Books, wanted: Document, status: str) -> list[Document]:
    contact = books.named("contact", wanted["contact_id"], "/contact_id")
    tenancies = [each for each in books.all("tenancy") if each["contact"] == to(contact)]
    units = [unit for tenancy in tenancies for unit in of_tenancy(books, tenancy)]
    return [unit for unit in units if unit["status"] == status]


def _told(units: list[Document], done: str) -> Success:
    count = len(units)
    thing = "customer unit was" if count == 1 else "customer units were"
    return Success(
        f"{count} {thing} successfully {done}.", {"unit_ids": [unit["id"] for unit in units]}
    )
