"""Deals, from the first enquiry to the end."""

import pytest

from .shop import to


@pytest.fixture
def wanted(shop):
    """A whole deal."""
    kind = shop.one("unit_type")
    return {
        "name": "Acme Corp Storage",
        "contact": to(shop.one("contact")),
        "stage": to(shop.one("deal_stage", position=2)),
        "assignee": to(shop.one("staff")),
        "site": kind["site"],
        "note": "£50 per month",
        "starts_at": "2025-03-01T10:00:00+01:00",
        "metadata": {"source": "zapier"},
        "line_items": [
            {"type": "unit_type", "item": to(kind)},
            {"type": "protection", "item": to(shop.one("protection_level")), "quantity": 2},
        ],
    }


def test_a_new_deal_is_open(shop, wanted):
    """Moments are kept in UTC, a line without a quantity is one, the note is the value."""
    deal = shop.done("POST", "/deals", wanted)

    lines = [{"quantity": 1, **line} for line in wanted["line_items"]]
    expected = wanted | {"starts_at": "2025-03-01T09:00:00Z", "line_items": lines}
    assert {key: deal[key] for key in wanted} == expected
    assert (deal["status"], deal["lost_reason"]) == ("open", None)
    assert deal["value_estimate"] == deal["note"]
    assert deal["creator"]["id"].startswith("tok_")


def test_a_deal_begins_at_the_first_stage(shop):
    """Unless another is named."""
    body = {"name": "Small", "contact": to(shop.one("contact"))}
    first = shop.one("deal_stage", position=1)
    assert shop.done("POST", "/deals", body)["stage"] == to(first)


def test_lines_are_replaced_as_a_whole(shop, wanted):
    """Left out they stay, an empty list removes them."""
    id = shop.done("POST", "/deals", wanted)["id"]
    path = f"/deals/{id}"
    assert len(shop.done("PATCH", path, {"name": "Other"})["line_items"]) == 2
    one = shop.done("PATCH", path, {"line_items": wanted["line_items"][1:]})
    assert [line["type"] for line in one["line_items"]] == ["protection"]
    assert shop.done("PATCH", path, {"line_items": []})["line_items"] == []


def test_null_removes_what_may_be_absent(shop, wanted):
    """Assignee, site, note, move-in; not the stage, nor the name."""
    id = shop.done("POST", "/deals", wanted)["id"]
    keys = ("assignee", "site", "note", "starts_at")
    deal = shop.done("PATCH", f"/deals/{id}", dict.fromkeys(keys))
    assert [deal[key] for key in keys] == [None] * 4
    for key in ("stage", "name"):
        assert shop.pointers("PATCH", f"/deals/{id}", {key: None}) == [f"/{key}"]


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        ({"contact": {"id": "con_0000000000000000"}}, ["/contact/id"]),
        ({"contact": "con_0000000000000000"}, ["/contact"]),
        ({"contact": {}}, ["/contact/id"]),
        ({"contact": {"id": 5}}, ["/contact/id"]),
        ({"stage": {"id": "x"}}, ["/stage/id"]),
        ({"assignee": {"id": "x"}}, ["/assignee/id"]),
        ({"site": {"id": "x", "name": "y"}}, ["/site/name"]),
        ({"starts_at": "tomorrow"}, ["/starts_at"]),
        ({"starts_at": "0001-01-01T00:00:00+14:00"}, ["/starts_at"]),
        ({"starts_at": "9999-12-31T23:59:59-14:00"}, ["/starts_at"]),
        ({"line_items": [{"type": "product", "item": {"id": "x"}}]}, ["/line_items/0/type"]),
        ({"line_items": [{"type": "unit_type", "item": {"id": "x"}}]}, ["/line_items/0/item/id"]),
        ({"line_items": [{"type": "unit_type"}]}, ["/line_items/0/item"]),
        ({"line_items": {}}, ["/line_items"]),
        ({"status": "won"}, ["/status"]),
    ],
)
def test_a_wrong_deal_is_refused(shop, wanted, change, pointers):
    """422 with the pointer of the fault, and nothing is made."""
    assert shop.pointers("POST", "/deals", wanted | change) == pointers


def test_a_deal_has_one_line_of_each_type(shop, wanted):
    """The second of a type is the fault; a unit type is no protection level."""
    line = wanted["line_items"][0]
    twice = wanted | {"line_items": [line, line]}
    assert shop.pointers("POST", "/deals", twice) == ["/line_items/1/type"]
    mixed = wanted | {"line_items": [line | {"type": "protection"}]}
    assert shop.pointers("POST", "/deals", mixed) == ["/line_items/0/item/id"]


@pytest.mark.parametrize(("quantity", "good"), [(0, False), (1, True), (1000, True), (1001, False)])
def test_a_quantity_has_limits(shop, wanted, quantity, good):
    """From one to a thousand."""
    body = wanted | {"line_items": [wanted["line_items"][0] | {"quantity": quantity}]}
    if good:
        assert shop.done("POST", "/deals", body)["line_items"][0]["quantity"] == quantity
    else:
        assert shop.pointers("POST", "/deals", body) == ["/line_items/0/quantity"]


def test_a_strangers_things_are_unknown(shop, stranger, wanted):
    """A contact next door is none here."""
    body = wanted | {"contact": to(stranger.one("contact"))}
    assert shop.pointers("POST", "/deals", body) == ["/contact/id"]


def test_a_deal_ends_once(shop, wanted):
    """Only an open one is won or lost, only one that is not is opened again."""
    id = shop.done("POST", "/deals", wanted)["id"]
    lost = {"lost_reason": "price_concerns"}
    shop.refused("POST", f"/deals/{id}/reopen", {}, 409)

    assert shop.done("POST", f"/deals/{id}/win")["status"] == "won"
    shop.refused("POST", f"/deals/{id}/win", None, 409)
    shop.refused("POST", f"/deals/{id}/lose", lost, 409)

    stage = to(shop.one("deal_stage", position=4))
    assert shop.done("POST", f"/deals/{id}/reopen", {"stage": stage})["stage"] == stage
    deal = shop.done("POST", f"/deals/{id}/lose", lost)
    assert (deal["status"], deal["lost_reason"]) == ("lost", "price_concerns")
    shop.refused("POST", f"/deals/{id}/lose", lost, 409)
    deal = shop.done("POST", f"/deals/{id}/reopen", {})
    assert (deal["status"], deal["lost_reason"], deal["stage"]) == ("open", None, stage)


@pytest.mark.parametrize("reason", [None, "", "boredom"])
def test_losing_needs_a_reason_that_stora_knows(shop, reason):
    """422, and the message names the reasons."""
    id = shop.one("deal", status="open")["id"]
    error = shop.refused("POST", f"/deals/{id}/lose", {"lost_reason": reason}, 422)
    assert error["details"][0]["pointer"] == "/lost_reason"
    if reason:
        assert "price_concerns" in error["details"][0]["message"]
