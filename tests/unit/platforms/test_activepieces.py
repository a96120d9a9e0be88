"""What Activepieces demands of a piece: ours has it, and each rule finds what breaks it."""

from collections.abc import Callable

import pytest
from platforms.broken import Files, edited

from connector.catalogue.actions import ACTION
from connector.platforms.activepieces import ACTIVEPIECES, rows
from connector.platforms.rules import faults
from connector.platforms.triggers import NAMED

PACKAGE = ACTIVEPIECES.render()


def test_the_package_breaks_no_rule() -> None:
    """All rules hold, and rendering again gives the same bytes."""
    assert list(faults(ACTIVEPIECES.rules, PACKAGE)) == []
    assert ACTIVEPIECES.render() == PACKAGE


def test_nothing_of_the_catalogue_is_missing() -> None:
    """Each action and search is an action; the named events and any event are triggers."""
    assert {row["name"] for row in rows.actions()} == set(ACTION)
    assert len(rows.triggers()) == len(NAMED) + 1


def test_units_are_narrowed_by_the_site_beside_them() -> None:
    """A dropdown of units is filled anew when another site is chosen."""
    (row,) = (row for row in rows.actions() if row["name"] == "get_unit")
    (source,) = row["props"]["unit_id"]["choices_from"]
    assert set(source["narrow"].values()) <= set(row["props"])
    assert "choose_site_id" in source["narrow"].values()


def test_ids_inside_of_a_list_are_written() -> None:
    """The framework takes no live choices inside of a list."""
    (row,) = (row for row in rows.actions() if row["name"] == "create_order")
    inside = row["props"]["line_items"]["properties"]
    assert inside["item_id"]["kind"] == "ShortText"
    assert "choices_from" not in inside["item_id"]


WIN, PAID = "src/actions/win_deal.json", "src/triggers/invoice_paid.json"


@pytest.mark.parametrize(
    ("breaks", "rule"),
    [
        (edited(WIN, lambda row: row.update(name="winDeal")), "A001"),
        (edited(WIN, lambda row: row.update(name="lose_deal")), "A001"),
        (edited(WIN, lambda row: row["props"]["deal_id"].update(description="")), "A002"),
        (edited(PAID, lambda row: row.pop("sampleData")), "A003"),
        (edited("package.json", lambda about: about["dependencies"].update(left="^1.0.0")), "A004"),
    ],
)
def test_each_rule_finds_what_breaks_it(breaks: Callable[[Files], None], rule: str) -> None:
    """The rule's id is told, and no other."""
    package = dict(PACKAGE)
    breaks(package)
    assert {fault.rule.id for fault in faults(ACTIVEPIECES.rules, package)} == {rule}
