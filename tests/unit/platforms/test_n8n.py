"""What n8n demands of a package: ours has it, and each rule finds what breaks it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from platforms.broken import Files, dropped, edited

from connector.catalogue.actions import ACTION, ACTIONS
from connector.catalogue.events import EVENT_TYPES
from connector.platforms.n8n import DIST, HOME, N8N, rows
from connector.platforms.n8n.fields import MORE, Row, said
from connector.platforms.recipes import RECIPES
from connector.platforms.rules import faults

PACKAGE = N8N.render()
CONTACT = f"{HOME}/actions/contact.json"
ORDER = f"{HOME}/actions/order.json"


def test_the_package_breaks_no_rule() -> None:
    """All rules hold, and rendering again gives the same bytes."""
    assert list(faults(N8N.rules, PACKAGE)) == []
    assert N8N.render() == PACKAGE


def test_nothing_of_the_catalogue_is_missing() -> None:
    """Each action and search is an operation, and each event can start a workflow."""
    operations = [each for group in rows.groups() for each in group["operations"]]
    assert {each["value"] for each in operations} == set(ACTION)
    assert {each["value"] for each in rows.events()} == set(EVENT_TYPES)


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("create_contact", "Create"),
        ("find_or_create_contact", "Find or create"),
        ("list_contacts", "Get many"),
        ("find_units_of_contact", "Find units of contact"),
        ("get_contract_pdf", "Get PDF"),
        ("overlock_units", "Overlock (locks a customer out)"),
        ("set_unit_type_price", "Set price"),
        ("call_stora_api", "Call"),
    ],
)
def test_an_operation_is_named_without_its_resource(key: str, name: str) -> None:
    """The resource is chosen before, so the name of the operation does not repeat it."""
    assert rows.operation_name(ACTION[key]) == name


def test_names_tell_operations_apart() -> None:
    """Within a resource, no two operations have the same name."""
    for group in rows.groups():
        names = [each["name"] for each in group["operations"]]
        assert len(set(names)) == len(names), group["resource"]


def test_what_is_compiled_has_the_same_data() -> None:
    """Whatever the sources read lies beside the compiled code too."""
    data = [path for path in PACKAGE if path.startswith(HOME) and not path.endswith(".ts")]
    assert CONTACT in data
    assert {path: PACKAGE[f"{DIST}/{path}"] for path in data} == {
        path: PACKAGE[path] for path in data
    }


def test_each_example_is_a_chain_of_known_operations() -> None:
    """All recipes are there; each operation has the fields that the example fills in."""
    fields = {
        each["value"]: names(each["properties"])
        for group in rows.groups()
        for each in group["operations"]
    }
    for recipe in RECIPES:
        nodes = json.loads(PACKAGE[f"examples/{recipe.key}.json"])["nodes"]
        steps = [node["parameters"] for node in nodes if "operation" in node["parameters"]]
        assert [each["operation"] for each in steps] == [step.action for step in recipe.steps]
        for each in steps:
            filled = {**each, **each.get(MORE, {})}.keys() - {"resource", "operation", MORE}
            assert filled <= fields[each["operation"]], recipe.key


def names(properties: list[Row]) -> set[str]:
    """Return the names of the fields of a form, those of the collection too."""
    inner = [option for each in properties if each["name"] == MORE for option in each["options"]]
    return {each["name"] for each in (*properties, *inner)}


def test_one_sentence_has_no_full_stop() -> None:
    """n8n's guideline: one sentence ends without, several end with a full stop; an ID is large."""
    assert said("Finds a unit by the id.") == "Finds a unit by the ID"
    assert said("Its ids. One each.") == "Its IDs. One each."


def test_what_can_lock_people_out_says_so() -> None:
    """The names of dangerous operations tell the danger."""
    for action in ACTIONS:
        if action.danger:
            assert "(" in rows.operation_name(action)


def _field(group: Any, operation: str, name: str) -> Any:
    (found,) = (each for each in group["operations"] if each["value"] == operation)
    whole = [*found["properties"], *found["properties"][-1].get("options", [])]
    return next(each for each in whole if each["name"] == name)


@pytest.mark.parametrize(
    ("breaks", "rule"),
    [
        (edited("package.json", lambda about: about.update(name="unitwire")), "N001"),
        (edited("package.json", lambda about: about.update(keywords=[])), "N001"),
        (edited("package.json", lambda about: about.update(license="ISC")), "N001"),
        (edited("package.json", lambda about: about.update(dependencies={"axios": "1"})), "N002"),
        (edited("package.json", lambda about: about["scripts"].update(prepare="tsc")), "N002"),
        (dropped(f"{DIST}/{HOME}/Unitwire.node.js"), "N003"),
        (dropped("README.md"), "N004"),
        (
            edited(CONTACT, lambda each: _field(each, "create_contact", MORE)["options"].reverse()),
            "N101",
        ),
        (
            edited(
                CONTACT,
                lambda group: _field(group, "create_contact", "type").update(description="Kind."),
            ),
            "N102",
        ),
        (
            edited(
                ORDER,
                lambda group: _field(group, "create_order", "move_in_day").update(
                    description="Move in"
                ),
            ),
            "N103",
        ),
        (
            edited(CONTACT, lambda group: _field(group, "create_contact", "email").pop("default")),
            "N104",
        ),
    ],
)
def test_each_rule_finds_what_breaks_it(breaks: Callable[[Files], None], rule: str) -> None:
    """The rule's id is told, and no other."""
    package = dict(PACKAGE)
    breaks(package)
    assert {fault.rule.id for fault in faults(N8N.rules, package)} == {rule}
