"""Picklists: words that people know things by, in the order they look for them."""

from typing import Any

from connector.catalogue.picklists import PICKLIST, STATIC, items, narrow

SITE = {"id": "site_1"}


def labels(name: str, *documents: dict[str, Any]) -> list[str]:
    """Return the labels of the choices made of `documents`, which get ids if they have none."""
    with_ids = [{"id": f"x_{n}", **each} for n, each in enumerate(documents)]
    return [item["label"] for item in items(PICKLIST[name], with_ids)]


def test_labels_are_what_people_say() -> None:
    """A coupon is told by its name and code, cover by its sum, staff by name and address."""
    assert labels("coupons", {"name": "Half price", "code": "HALF"}) == ["Half price (HALF)"]
    assert labels("coupons", {"name": "Half price", "code": None}) == ["Half price"]
    assert labels("protection_levels", {"cover_level": {"formatted": "£20,000.00"}}) == [
        "£20,000.00"
    ]
    assert labels("staff", {"name": "John Doe", "email": "john.doe@example.com"}) == [
        "John Doe (john.doe@example.com)"
    ]


def test_what_has_no_words_is_called_by_its_id() -> None:
    """Every choice can be read, whatever Stora sends in place of the name."""
    assert labels("sites", {"name": None}, {}, {"name": ""}) == ["x_0", "x_1", "x_2"]
    assert labels("protection_levels", {"cover_level": "much"}) == ["x_0"]


def test_choices_are_in_the_order_of_people() -> None:
    """Numbers count as numbers and letters in either case are the same; stages keep their order."""
    numbers = ["B-1", "a-10", "A-9", "A-009b", "A-9" + "9" * 5000]
    assert labels("units", *({"reference_id": number} for number in numbers)) == [
        "A-9",
        "A-009b",
        "a-10",
        "A-9" + "9" * 5000,
        "B-1",
    ]
    assert labels("deal_stages", {"name": "Viewing"}, {"name": "Quote"}) == ["Viewing", "Quote"]


def test_a_choice_is_there_once() -> None:
    """What slipped to the next page while these were read is one choice; a deleted one is none."""
    twice = [{"id": "site_1", "name": "Riverside"}] * 2
    assert len(items(PICKLIST["sites"], [*twice, {"name": "Deleted"}])) == 1


def test_one_list_serves_all_narrower_ones() -> None:
    """Units are narrowed by site, type and status, and by words, without asking Stora again."""
    units = items(
        PICKLIST["units"],
        [
            {"id": "unit_1", "reference_id": "A-1", "site": SITE, "status": "available"},
            {"id": "unit_2", "reference_id": "A-2", "site": SITE, "status": "occupied"},
            {"id": "unit_3", "reference_id": "A-1", "site": None, "status": "available"},
        ],
    )

    def values(q: str = "", **filters: str) -> list[str]:
        return [item["value"] for item in narrow(units, q, filters)]

    assert values() == ["unit_1", "unit_3", "unit_2"]
    assert values(site="site_1") == ["unit_1", "unit_2"]
    assert values(site="site_1", status="available") == ["unit_1"]
    assert values("a-1") == ["unit_1", "unit_3"]
    assert values("2 A-") == ["unit_2"]
    assert values("UNIT_3") == ["unit_3"]
    assert values("a-1", site="site_1") == ["unit_1"]
    assert values(nothing="x") == []


def test_static_picklists_are_copies() -> None:
    """Whoever changes a choice changes it for nobody else."""
    STATIC["event_types"]()[0]["label"] = "x"
    assert STATIC["event_types"]()[0]["label"] == "Contact created"
    scopes = {each["value"]: each["label"] for each in STATIC["scopes"]()}
    assert scopes["public.contact:write"] == "Create and change contacts"
    assert scopes["public.tenancy:read"] == "See tenancies"
