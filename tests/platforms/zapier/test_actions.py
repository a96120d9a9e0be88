"""Creates and searches, each carried out in the sandbox through Unitwire."""

from typing import Any

import pytest
from laws.test_actions_in_sandbox import good_input
from platforms.account import Account
from platforms.shop import FarShop
from platforms.zapier.engine import Failed, Zapier

from connector.catalogue.actions import ACTION, ACTIONS
from connector.catalogue.actions.row import Action
from connector.platforms.zapier.rows import LEFT_OUT

OURS = [action for action in ACTIONS if action.key not in LEFT_OUT]
every_create = pytest.mark.parametrize(
    "action", [each for each in OURS if each.kind == "action"], ids=lambda each: each.key
)
every_search = pytest.mark.parametrize(
    "action", [each for each in OURS if each.kind == "search"], ids=lambda each: each.key
)


@pytest.fixture
def shop(account: Account) -> FarShop:
    """The operator's business."""
    return FarShop(account)


def input_for(shop: FarShop, action: Action) -> dict[str, Any]:
    """Return an input that is taken; each action deals with a person of its own."""
    given = good_input(shop, action)
    fresh = {key: f"{action.key}@example.com" for key in given if given[key] == "mira@example.com"}
    return given | fresh


def described(operation: dict[str, Any]) -> set[str]:
    """Return the keys that the output fields of an operation name."""
    return {field["key"].partition("__")[0] for field in operation["outputFields"]}


@every_create
def test_a_create_does_what_it_says(zapier: Zapier, shop: FarShop, action: Action) -> None:
    """It is carried out, and gives one object in which all is described, as in the sample."""
    given = input_for(shop, action)
    done = zapier.run(f"creates.{action.key}.operation.perform", inputData=given)
    row = zapier.definition["creates"][action.key]["operation"]
    assert set(row["sample"]) == set(done) == described(row)
    if "id" in row["sample"]:
        assert done["id"] == done["flat"][f"{action.resource}_id"]


@every_search
def test_a_search_finds(zapier: Zapier, shop: FarShop, action: Action) -> None:
    """It finds, and each result has its id, what is ready to use, and nothing undescribed."""
    given = input_for(shop, action)
    found = zapier.run(f"searches.{action.key}.operation.perform", inputData=given)
    row = zapier.definition["searches"][action.key]["operation"]
    assert found, "found nothing"
    assert len({each["id"] for each in found}) == len(found)
    for item in found:
        assert set(item) <= described(row)
        assert item["flat"][f"{action.resource}_id"] == item["id"]


@pytest.mark.parametrize(
    "action", [each for each in OURS if each.key.startswith("get_")], ids=lambda each: each.key
)
def test_what_is_not_there_is_not_found(zapier: Zapier, action: Action) -> None:
    """A search for the id of nothing gives no results, and no error."""
    key = next(iter(action.input().fields))
    perform = f"searches.{action.key}.operation.perform"
    assert zapier.run(perform, inputData={key: "x_0000000000000000"}) == []


@pytest.mark.parametrize("key", ["get_invoice_pdf", "get_contract_pdf", "get_credit_note_pdf"])
def test_a_pdf_is_fetched_when_it_is_used(zapier: Zapier, shop: FarShop, key: str) -> None:
    """The search gives a pointer, and the pointer gives the file with its name."""
    given = good_input(shop, ACTION[key])
    (found,) = zapier.run(f"searches.{key}.operation.perform", inputData=given)
    assert found["file"].startswith("hydrate|||")
    file = zapier.run("hydrators.file", inputData={"key": key, "input": given})
    assert file["begins"] == "%PDF-"
    assert file["type"] == "application/pdf"
    assert file["name"].endswith(".pdf")
    assert file["length"] > 5


def test_a_field_that_is_wrong_is_named_by_its_label(zapier: Zapier) -> None:
    """The person reads the label of the field, what is wrong with it, and nothing technical."""
    with pytest.raises(Failed) as caught:
        zapier.run(
            "creates.create_contact.operation.perform",
            inputData={"email": "nobody", "full_name": "Jane"},
        )
    assert "E-Mail: Must be an e-mail address, such as jane.doe@example.com." in str(caught.value)


def test_a_line_that_is_wrong_is_named_by_its_number(zapier: Zapier) -> None:
    """Line items are counted from one."""
    lines = [{"type": "unit_type", "item_id": "utype_1"}, {"type": "unit_type", "item_id": "a b"}]
    with pytest.raises(Failed, match=r"Line Items 2 Item: Must be an id of Stora's"):
        zapier.run("creates.create_order.operation.perform", inputData={"line_items": lines})


def test_json_that_is_none_is_told_before_anything_is_sent(zapier: Zapier) -> None:
    """A field for JSON takes JSON only, and an object as well as its text."""
    perform = "creates.call_stora_api.operation.perform"
    given = {"method": "POST", "path": "/contacts"}
    with pytest.raises(Failed, match="Body: This is not JSON"):
        zapier.run(perform, inputData=given | {"body": "{no json"})
    body = '{"email": "far@example.com", "full_name": "Far Away"}'
    done = zapier.run(perform, inputData=given | {"body": body})
    assert done["body"]["contact"]["email"] == "far@example.com"


def test_found_or_created(zapier: Zapier) -> None:
    """Each pair has a search and a create that are there, and creates what it does not find."""
    for key, pair in zapier.definition["searchOrCreates"].items():
        assert key == pair["search"]
        assert pair["search"] in zapier.definition["searches"]
        assert pair["create"] in zapier.definition["creates"]
    person = {"email": "found.or.created@example.com", "full_name": "Ada Stone"}
    find = "searches.find_contact.operation.perform"
    assert zapier.run(find, inputData={"email": person["email"]}) == []
    made = zapier.run("creates.create_contact.operation.perform", inputData=person)
    (found,) = zapier.run(find, inputData={"email": person["email"]})
    assert found["id"] == made["id"]
