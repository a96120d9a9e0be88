"""The business of the sandbox, one operator's hands in it, and a good example of every write."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from connector.catalogue.places import PLACES
from connector.sandbox import Sandbox, create_sandbox
from connector.sandbox.business.plays import PLAYS
from connector.sandbox.business.writes import WRITES

from ..conftest import OPERATORS, PARTNER

SOON = "2999-03-01T09:00:00Z"  # long after every test


class Shop:
    """One operator's business, through the HTTP surface; and what lies in its books."""

    def __init__(self, sandbox: Sandbox, operator: str = "harbour") -> None:
        self.sandbox = sandbox
        self.operator = operator
        self.client = sandbox.test_client()
        self.bearer = {"Authorization": f"Bearer {operator}-token"}

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Call the API as this operator's own token."""
        return self.client.open(
            f"/2025-09{path}", method=method, json=body, headers=self.bearer | headers
        )

    def done(self, method: str, path: str, body: Any = None) -> Any:
        """Call the API, see that it worked, and return what came, without `meta`."""
        response = self.call(method, path, body)
        assert response.status_code in (200, 201), response.text
        [name] = set(response.json) - {"meta"}
        return response.json[name]

    def refused(self, method: str, path: str, body: Any, status: int) -> Any:
        """Call the API, see that it refused and told nobody, and return the error."""
        before = self.documents()
        response = self.call(method, path, body)
        assert response.status_code == status, response.text
        assert self.documents() == before
        return response.json["error"]

    def refused_with(self, path: str, status: int, **headers: str) -> Any:
        """Read with these headers, see that it is refused, and return the error."""
        response = self.call("GET", path, **headers)
        assert response.status_code == status, response.text
        return response.json["error"]

    def pointers(self, method: str, path: str, body: Any) -> list[str]:
        """Return the pointers of the faults for which a body is refused."""
        error = self.refused(method, path, body, 422)
        assert error["code"] == "invalid_content"
        return [detail["pointer"] for detail in error["details"]]

    def play(self, verb: str, id: str | None = None, status: int = 201) -> Any:
        """Do what only people do."""
        body = {"verb": verb, "operator": self.operator} | ({"id": id} if id else {})
        response = self.client.post("/_sandbox/play", json=body)
        assert response.status_code == status, response.text
        return response.json

    def told(self, work: Callable[[], object]) -> list[str]:
        """Do some work and return the types of the events that it told, in their order."""
        before = len(self.sandbox.state.all(self.operator, "event"))
        work()
        events = self.sandbox.state.all(self.operator, "event")[before:]
        return [body["event"]["type"] for body in events]

    def all(self, kind: str) -> list[Any]:
        """Return all documents of a kind, oldest first."""
        return self.sandbox.state.all(self.operator, kind)

    def get(self, kind: str, id: str) -> Any:
        """Return a document as it is now."""
        return self.sandbox.state.get(self.operator, kind, id)

    def one(self, kind: str, **values: object) -> Any:
        """Return the first document of a kind that has these values."""
        return next(each for each in self.all(kind) if values.items() <= each.items())

    def documents(self) -> list[Any]:
        """Return everything that is remembered, to see whether anything was made or changed."""
        return self.sandbox.state.query(
            "SELECT operator, kind, id, json FROM objects WHERE kind != 'answer' ORDER BY seq"
        )

    # ---- things that the seeds do not have -------------------------------------------------------

    def ready_order(self, **changes: Any) -> Any:
        """Draft an order that can be finalized; it begins long after the test."""
        kind = self.one("unit_type", name="Locker")
        body = {
            "site": kind["site"],
            "contact": to(self.all("contact")[-1]),
            "billing_period": "monthly",
            "starts_at": SOON,
            "contract_template": to(self.one("contract_template")),
            "line_items": [{"type": "unit_type", "item": to(kind)}],
        }
        return self.done("POST", "/orders", body | changes)

    def finalized_order(self, **changes: Any) -> Any:
        """Return an order that waits for the customer to pay."""
        return self.ready_order(finalize=FINALIZE, **changes)

    def new_contact(self, email: str = "mira@example.com") -> Any:
        """Return somebody who has nothing to do with anything yet."""
        return self.done("POST", "/contacts", {"email": email, "full_name": "Mira Stone"})


FINALIZE = {"cancel_redirect_url": "https://portal.example.com/orders/cancelled"}


def to(document: Any) -> dict[str, str]:
    """Return a reference to a document."""
    return {"id": document["id"]}


def current(shop: Shop) -> Any:
    """Return a tenancy that goes on."""
    return shop.one("tenancy", ends_at=None)


def renting(shop: Shop) -> Any:
    """Return the subscription of a tenancy that goes on."""
    return shop.get("subscription", current(shop)["subscription"]["id"])


# For every write of the API: the id that its path names, and a good body.
GOOD: dict[str, Callable[[Shop], tuple[str, Any]]] = {
    "POST /contacts": lambda shop: ("", {"email": "mira@example.com", "full_name": "Mira Stone"}),
    "PATCH /contacts/<id>": lambda shop: (shop.one("contact")["id"], {"tax_id": "GB999999973"}),
    "DELETE /contacts/<id>": lambda shop: (shop.one("contact", status="lead")["id"], None),
    "POST /deals": lambda shop: ("", {"name": "A deal", "contact": to(shop.one("contact"))}),
    "PATCH /deals/<id>": lambda shop: (shop.one("deal")["id"], {"note": "Wants heating"}),
    "POST /deals/<id>/win": lambda shop: (shop.one("deal", status="open")["id"], None),
    "POST /deals/<id>/lose": lambda shop: (
        shop.one("deal", status="open")["id"],
        {"lost_reason": "chose_competitor"},
    ),
    "POST /deals/<id>/reopen": lambda shop: (shop.one("deal", status="lost")["id"], {}),
    "POST /notes": lambda shop: ("", {"content": "Rang", "resource": to(shop.one("contact"))}),
    "PATCH /notes/<id>": lambda shop: (shop.one("note")["id"], {"content": "Rang twice"}),
    "DELETE /notes/<id>": lambda shop: (shop.one("note")["id"], None),
    "POST /tasks": lambda shop: ("", {"title": "Sweep the yard"}),
    "PATCH /tasks/<id>": lambda shop: (shop.one("task")["id"], {"title": "Sweep the yard"}),
    "POST /tasks/<id>/complete": lambda shop: (shop.one("task", status="open")["id"], None),
    "POST /tasks/<id>/open": lambda shop: (shop.one("task", status="completed")["id"], None),
    "POST /timeline/events": lambda shop: (
        "",
        {
            "source": to(shop.one("timeline_source")),
            "template": to(shop.one("timeline_template", name="Workflow Action")),
        },
    ),
    "PATCH /timeline/events/<id>": lambda shop: (
        shop.done("POST", "/timeline/events", GOOD["POST /timeline/events"](shop)[1])["id"],
        {"description": "Sent an offer"},
    ),
    "POST /orders": lambda shop: ("", {"site": to(shop.one("site"))}),
    "PATCH /orders/<id>": lambda shop: (
        shop.one("order", status="draft")["id"],
        {"billing_period": "weekly"},
    ),
    "GET /orders/<id>/validate": lambda shop: (shop.ready_order()["id"], None),
    "POST /orders/<id>/finalize": lambda shop: (shop.ready_order()["id"], {"finalize": FINALIZE}),
    "POST /units/<id>/reserve": lambda shop: (
        shop.one("unit", status="available")["id"],
        {"tenancy_id": current(shop)["id"]},
    ),
    "POST /units/<id>/grant_access": lambda shop: (
        shop.one("unit", status="available")["id"],
        {"tenancy_id": current(shop)["id"]},
    ),
    "POST /units/<id>/deallocate": lambda shop: (shop.one("unit", status="occupied")["id"], None),
    "POST /units/overlock": lambda shop: ("", {"contact_id": current(shop)["contact"]["id"]}),
    "POST /units/remove_overlock": lambda shop: (
        "",
        {"contact_id": owner(shop, "overlocked")},
    ),
    "POST /unit_types/<id>/base_price": lambda shop: (
        shop.one("unit_type")["id"],
        {"monthly": {"amount": 3100}},
    ),
    "POST /protection_levels/<id>/base_price": lambda shop: (
        shop.one("protection_level")["id"],
        {"weekly": {"amount": 250}},
    ),
    "POST /products": lambda shop: ("", {"name": "Boxes", "site": to(shop.one("site"))}),
    "PATCH /products/<id>": lambda shop: (shop.one("product")["id"], {"sku": "X"}),
    "POST /products/<id>/base_price": lambda shop: (
        shop.one("product", charge_type="recurring")["id"],
        {"weekly": {"amount": 350}},
    ),
}

# For everything that only people do: the id that it is done to.
PLAYED: dict[str, Callable[[Shop], str | None]] = {
    "verify contact": lambda shop: shop.one("contact")["id"],
    "succeed identity_verification": lambda shop: processing(shop),
    "fail identity_verification": lambda shop: processing(shop),
    "cancel identity_verification": lambda shop: processing(shop),
    "complete order": lambda shop: shop.finalized_order()["id"],
    "sign contract": lambda shop: shop.one("contract", status="pending")["id"],
    "start tenancy": lambda shop: shop.all("tenancy")[-1]["id"],
    "cancel subscription": lambda shop: renting(shop)["id"],
    "end subscription": lambda shop: renting(shop)["id"],
    "pay invoice": lambda shop: shop.one("invoice", status="open")["id"],
    "bill subscription": lambda shop: renting(shop)["id"],
    "finalize invoice": lambda shop: shop.one("invoice", status="draft")["id"],
    "mark_uncollectible invoice": lambda shop: shop.one("invoice", status="open")["id"],
    "credit invoice": lambda shop: shop.one("invoice", status="open")["id"],
    "void credit_note": lambda shop: shop.one("credit_note")["id"],
    "repossess unit": lambda shop: shop.one("unit", status="overlocked")["id"],
    "make_unavailable unit": lambda shop: shop.one("unit", status="available")["id"],
    "make_available unit": lambda shop: shop.one("unit", status="unavailable")["id"],
    "add_unit unit_type": lambda shop: shop.one("unit_type")["id"],
    "add_unit_type site": lambda shop: shop.one("site")["id"],
    "raise_price unit_type": lambda shop: shop.one("unit_type")["id"],
    "add_protection_level": lambda shop: None,
    "add_coupon": lambda shop: None,
    "publish coupon": lambda shop: shop.one("coupon")["id"],
}


def processing(shop: Shop) -> str:
    """Return an identity verification that goes on."""
    return str(shop.one("identity_verification", status="processing")["id"])


def owner(shop: Shop, status: str) -> str:
    """Return the contact who has a unit in this state."""
    allocation = shop.get(
        "unit_allocation", shop.one("unit", status=status)["unit_allocation"]["id"]
    )
    return str(shop.get("tenancy", allocation["tenancy"]["id"])["contact"]["id"])


def write_at(key: str) -> Any:
    """Return the row of a write by its method and path."""
    return next(row for row in WRITES if f"{row.method} {row.path}" == key)


every_write = pytest.mark.parametrize("key", [f"{row.method} {row.path}" for row in WRITES])
every_play = pytest.mark.parametrize(
    "key", [f"{row.verb} {row.on}" if row.on else row.verb for row in PLAYS]
)
every_kind = pytest.mark.parametrize(
    "kind", [kind for kind in PLACES if kind != "webhook_endpoint"]
)


@pytest.fixture
def shop(sandbox: Sandbox) -> Shop:
    """Harbour's business."""
    return Shop(sandbox)


@pytest.fixture(scope="session")
def still() -> Iterator[Shop]:
    """Harbour's business as it began, for tests that only look."""
    sandbox = create_sandbox(operators=OPERATORS, partner=PARTNER, limits=False)
    shop = Shop(sandbox)
    before = shop.documents()
    yield shop
    assert shop.documents() == before
    sandbox.state.close()


@pytest.fixture
def stranger(sandbox: Sandbox) -> Shop:
    """Hilltop's business, next door."""
    return Shop(sandbox, "hilltop")
