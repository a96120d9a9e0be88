"""The business that each operator begins with, told as it came about.

Two sites with a dozen units, a team, and a year of customers: some rent, one is about to move in,
one does not pay, one has moved out, and some still think about it. The story is played with the
same code as everything else, only long ago, silently, and with ids that follow from the operator,
so that a sandbox that forgets everything comes back with the same.
"""

import hashlib
from collections import Counter
from collections.abc import Callable

from connector.sandbox.business import (
    billing,
    contacts,
    deals,
    offers,
    orders,
    renting,
    units,
    work,
)
from connector.sandbox.business.books import Books, to
from connector.sandbox.state import HOUSE, Document, State

DAY_MS = 24 * 60 * 60 * 1000

_SITES = (
    ("Riverside", "12 Mill Lane", "Bristol", "BS1 4ST", "+441174960123"),
    ("Old Bakery", "3 Baker Street", "Bath", "BA1 2PQ", "+441225960456"),
)
_UNIT_TYPES = (
    ("Locker", (4, 4, 4), 2800),
    ("35 sq ft, first floor", (7, 5, 8), 7200),
    ("75 sq ft, ground floor", (10, 7.5, 8), 12000),
)
_STAFF = ("Sam Carter", "Priya Nair", "Tom Ashworth")
_STAGES = ("New enquiry", "Viewing booked", "Quote sent", "Ready to book")
_FIRST_NAMES = ("Jane", "Omar", "Elin", "Marc", "Ada", "Peter", "Chloe", "Ravi", "Nora", "Luca")
_LAST_NAMES = ("Doe", "Haddad", "Berg", "Reid", "Khan", "Novak", "Moss", "Patel", "Quinn", "Ross")
_GLOBAL = {"global": True}
_OWN = {"global": False}


def plant(state: State) -> None:
    """Give each operator that has no business yet the one of this story."""
    with state.transaction():
        for operator in state.all(HOUSE, "operator"):
            if not state.all(operator["id"], "site"):
                _tell_story(_Story(state, operator["id"]))


class _Story(Books):
    """Books that are written silently, at any day before the present one."""

    def __init__(self, state: State, operator: str) -> None:
        super().__init__(state, operator, "", lambda event_type, data: None)
        self.make_id = _ids(operator)
        self._present = self.now_ms

    def ago(self, days: float) -> "_Story":
        """Go to the day so long before the present one."""
        self.now_ms = self._present - int(days * DAY_MS)
        return self


def _ids(operator: str) -> Callable[[str], str]:
    """Return a maker of ids that follow from the operator and how many were made before."""
    made: Counter[str] = Counter()

    def make(prefix: str) -> str:
        made[prefix] += 1
        digest = hashlib.sha256(f"{operator} {prefix} {made[prefix]}".encode()).hexdigest()
        return f"{prefix}_{digest[:16]}"

    return make


def _tell_story(books: _Story) -> None:
    books.ago(400)
    team = [books.add("staff", name=name, email=_email(books, name)) for name in _STAFF]
    books.creator = team[0]["id"]
    for position, name in enumerate(_STAGES, 1):
        books.add("deal_stage", name=name, position=position)
    _open_timeline(books)
    kinds = [kind for site in _SITES for kind in _open_site(books, *site)]
    cover = [offers.make_protection_level(books, *sum) for sum in ((200_000, 900), (500_000, 1600))]
    _open_shop(books, kinds[0]["site"])
    template = books.add("contract_template", name="Indoor Storage Contract")
    books.add("contract_template", name="Business Storage Contract")
    people = _meet(books)
    _rent(books, people, kinds, cover[0], template)
    _hope(books, people, kinds, team)


def _email(books: Books, name: str) -> str:
    return f"{name.lower().replace(' ', '.')}@{books.operator}.example.com"


# ---- places and offers -------------------------------------------------------------------------


def _open_site(
    books: Books, name: str, line_1: str, city: str, postal_code: str, phone: str
) -> list[Document]:
    """Open a site with two units of each kind; return the kinds."""
    weekday = {"open": "07:00", "close": "21:00", "status": "set_hours"}
    weekdays = ("monday", "tuesday", "wednesday", "thursday", "friday")
    site = books.add(
        "site",
        access_hours=dict.fromkeys(weekdays, weekday)
        | {"saturday": {"status": "twenty_four_hours"}, "sunday": {"status": "closed"}},
        address={"line_1": line_1, "line_2": None, "city": city, "postal_code": postal_code},
        description=f"Dry, bright units in the middle of {city}.",
        directions={"google_maps_url": f"https://maps.google.com/?q={city}"},
        images={"default": None},
        name=name,
        opened_at=books.now,
        phone=phone,
    )
    kinds = [offers.make_unit_type(books, site, *kind) for kind in _UNIT_TYPES]
    for kind in (*kinds, *kinds):
        units.add(books, kind, {})
    return kinds


def _open_shop(books: Books, site: Document) -> None:
    access = books.add("product_category", name="Access")
    packing = books.add("product_category", name="Packing")
    books.add(
        "product",
        category=to(access),
        charge_type="recurring",
        description="Come and go at any hour.",
        name="24-hour access",
        prices=[offers.price("weekly", 300), offers.price("monthly", 1000)],
        site=site,
        sku="24H",
    )
    books.add(
        "product",
        accounting_code="PADLOCKS",
        category=to(packing),
        charge_type="one_time",
        name="Padlock",
        prices=[offers.price("one_time", 1250)],
        site=site,
        sku="LOCK",
    )
    offers.make_coupon(
        books, "50% off the first two months", percent=50, duration="repeating", months=2
    )
    offers.make_coupon(books, "£5 off", amount=500, code="5OFF")


def _open_timeline(books: Books) -> None:
    books.add("timeline_source", name="My CRM", website_url="https://my-crm.example.com", **_OWN)
    books.add("timeline_source", name="Unitwire", **_GLOBAL)
    books.add(
        "timeline_template",
        name="Sent Campaign",
        message="sent campaign '{{ campaign_name }}'{% if global_context %} for {{ contact }}"
        "{% endif %}.",
        variables={"custom": ["campaign_name"], "predefined": ["contact"]},
        **_GLOBAL,
    )
    books.add(
        "timeline_template",
        name="Workflow Action",
        message="{{ action }} by the workflow '{{ workflow }}' on {{ platform }}.",
        variables={"custom": ["action", "workflow", "platform"], "predefined": []},
        **_GLOBAL,
    )


# ---- people ------------------------------------------------------------------------------------


def _meet(books: _Story) -> list[Document]:
    """Let ten people turn up over the year; return them in their order."""
    shift = int(hashlib.sha256(books.operator.encode()).hexdigest(), 16) % len(_LAST_NAMES)
    people = []
    for number, first in enumerate(_FIRST_NAMES):
        last = _LAST_NAMES[(number + shift) % len(_LAST_NAMES)]
        wanted = {
            "email": f"{first}.{last}@example.com".lower(),
            "full_name": f"{first} {last}",
            "phone_number": f"+4477009001{number:02}",
            "type": "company" if number % 4 == 3 else "domestic",
            "source": ("booking", "phone", "walkin")[number % 3],
            "marketing_source": ("google_search", "recommendation", None)[number % 3],
            "use_case": ("moving_home", "more_space", "business_needs")[number % 3],
            "address": {"line_1": f"{number + 1} Park Road", "city": "Bristol"},
        }
        people.append(contacts.add(books.ago(360 - 30 * number), {}, wanted))
    return people


def _rent(
    books: _Story,
    people: list[Document],
    kinds: list[Document],
    cover: Document,
    template: Document,
) -> None:
    """Let the first six rent: two settled, one who moved out, two who owe, one who is to come."""

    def book(days: float, number: int, starts_in: float = 0) -> Document:
        person, kind = people[number], kinds[number]
        starts_at = books.ago(days - starts_in).now
        wanted = {
            "site": kind["site"],
            "billing_period": "monthly",
            "contact": to(person),
            "contract_template": to(template),
            "starts_at": starts_at,
            "line_items": [
                {"type": "unit_type", "item": to(kind)},
                {"type": "protection", "item": to(cover)},
                {"type": "security_deposit", "item": to(kind)},
            ],
            "finalize": {},
        }
        order = orders.add(books.ago(days), {}, wanted)
        order = renting.complete(books, order, {})
        return books.follow(order, "subscription")

    def owe(days: float, subscription: Document) -> Document:
        drafted = billing.bill(books.ago(days), subscription, {})
        return billing.finalize(books, drafted, {})

    settled, gone, late, lost, fresh = (book(330 - 60 * number, number) for number in range(5))
    for contract in books.all("contract")[:-1]:
        renting.sign(books.ago(85), contract, {})
    billing.pay(books, owe(60, settled), {})
    renting.end(books.ago(45), renting.cancel(books.ago(50), gone, {}), {})
    billing.mark_uncollectible(books, owe(40, lost), {})
    units.overlock(books.ago(30), {}, {"contact_id": lost["contact"]["id"]})
    billing.credit(books.ago(20), owe(25, late), {})
    billing.bill(books.ago(1), fresh, {})
    book(3, 5, starts_in=10)
    contacts.succeed(books.ago(2), contacts.verify(books, people[5], {}), {})
    contacts.verify(books.ago(0.5), people[6], {})
    drafted = {"site": kinds[3]["site"], "contact": to(people[6])}
    orders.add(books, {}, drafted | {"line_items": [{"type": "unit_type", "item": to(kinds[4])}]})
    closed = orders.available_units(books, kinds[5]["id"])[-1]
    units.make_unavailable(books.ago(15), closed, {})


def _hope(
    books: _Story, people: list[Document], kinds: list[Document], team: list[Document]
) -> None:
    """Let the team work on the last four, who have not booked yet."""
    opened = []
    for number, person in enumerate(people[6:]):
        kind = kinds[number]
        wanted = {
            "name": f"{person['full_name']}: {kind['name']}",
            "contact": to(person),
            "assignee": to(team[number % len(team)]),
            "site": kind["site"],
            "note": f"{kind['prices'][1]['price']['formatted']} per month",
            "line_items": [{"type": "unit_type", "item": to(kind)}],
        }
        opened.append(deals.add(books.ago(40 - 10 * number), {}, wanted))
    deals.lose(books.ago(6), opened[0], {"lost_reason": "price_concerns"})
    deals.win(books.ago(5), opened[1], {})
    note = {"content": "Called about a larger unit.", "resource": to(people[8])}
    work.add_note(books.ago(4), {}, note)
    call = {"title": "Call back about the viewing", "resource": to(people[9])}
    work.add_task(books.ago(1), {}, call | {"assignee": to(team[1]), "site": kinds[0]["site"]})
    check = work.add_task(books, {}, {"title": "Check the fire doors", "site": kinds[3]["site"]})
    work.complete_task(books.ago(0.2), check, {})
