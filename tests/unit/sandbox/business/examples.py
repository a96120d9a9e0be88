"""A good example of every write of the API, and of everything that only people do."""

from collections.abc import Callable
from typing import Any

from connector.sandbox.business.writes import WRITES

from .shop import FINALIZE, Shop, to


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


def ready(shop: Shop, key: str) -> Callable[[], Any]:
    """Prepare a good write, or something to play; return what does it and gives the response."""
    if key in PLAYED:
        verb, id = key.split()[0], PLAYED[key](shop)
        body = {"verb": verb} | ({"id": id} if id else {})
        return lambda: shop.client.post("/_sandbox/play", json=body)
    id, body = GOOD[key](shop)
    row = write_at(key)
    return lambda: shop.call(row.method, row.path.replace("<id>", id), body)
