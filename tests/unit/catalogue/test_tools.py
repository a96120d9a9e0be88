"""The actions as tools for assistants: every action is in one, and its form is understood."""

import re

import pytest
from jsonschema import Draft202012Validator

from connector.catalogue.actions import ACTIONS
from connector.catalogue.actions.examples import sample_input
from connector.catalogue.describe import describe
from connector.catalogue.picklists import PICKLIST
from connector.catalogue.scopes import SCOPES
from connector.catalogue.tools import CHOICES, TOOL, TOOLS, Choices, Tool, documents_for
from connector.dialect.body import load
from connector.errors import InvalidContent

DOCUMENTS = {document["name"]: document for document in documents_for(SCOPES)}
each_tool = pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)


def test_every_action_is_in_one_tool() -> None:
    """No action is left out, none is there twice, and there are half as many tools at most."""
    keys = [action.key for tool in TOOLS for action in tool.actions]
    assert sorted(keys) == sorted(action.key for action in ACTIONS)
    assert len(DOCUMENTS) <= len(ACTIONS) / 2


def test_there_is_one_search_and_one_action_tool_for_each_resource() -> None:
    """What a tool is about, and whether it changes anything, is not found in another tool."""
    kinds = [(action.kind, action.resource) for tool in TOOLS for action in tool.actions[:1]]
    assert len(set(kinds)) == len(kinds) == len(TOOLS)
    assert all(len({(each.kind, each.resource) for each in tool.actions}) == 1 for tool in TOOLS)


@each_tool
def test_an_argument_means_the_same_for_all_actions_of_a_tool(tool: Tool) -> None:
    """Fields that share a key share kind, choices and picklist; none is called as the selector."""
    seen: dict[str, object] = {}
    for action in tool.actions:
        for field in describe(action.input):
            form = (field.kind, field.item, field.choices, field.closed, field.picklist)
            assert seen.setdefault(field.key, form) == form, field.key
    assert tool.selector not in seen


@each_tool
def test_the_sample_of_each_action_fits_the_schema_and_the_form(tool: Tool) -> None:
    """What the schema lets through for an action is what its form takes."""
    schema = DOCUMENTS[tool.name]["inputSchema"]
    Draft202012Validator.check_schema(schema)
    for action in tool.actions:
        sample = sample_input(action)
        arguments = sample | ({tool.selector: action.key} if tool.selector else {})
        Draft202012Validator(schema).validate(arguments)
        assert tool.chosen(arguments) == (action, sample)
        load(action.input(), sample)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_tool_is_what_assistants_can_take(name: str) -> None:
    """The name is short and plain, the schema is one flat object, the texts are there."""
    document = DOCUMENTS[name]
    assert re.fullmatch(r"[a-z_]{1,64}", name)
    schema = document["inputSchema"]
    assert schema["type"] == "object"
    assert schema["additionalProperties"] is False
    assert not {"anyOf", "oneOf", "allOf"} & set(schema)
    assert all(each["description"] for each in schema["properties"].values())
    assert document["title"]
    assert document["description"]


@each_tool
def test_hints_say_what_a_tool_may_do(tool: Tool) -> None:
    """A search only reads; what can lock people out, or overwrites, is called destructive."""
    hints = DOCUMENTS[tool.name]["annotations"]
    if tool.actions[0].kind == "search":
        assert (hints["readOnlyHint"], hints["destructiveHint"]) == (True, False)
    if any(each.danger or each.repeat in ("patch_safe", "unsafe") for each in tool.actions):
        assert (hints["readOnlyHint"], hints["destructiveHint"]) == (False, True)


def test_what_only_adds_is_not_destructive() -> None:
    """Adding a note leaves everything else as it was."""
    hints = DOCUMENTS["change_notes"]["annotations"]
    assert (hints["readOnlyHint"], hints["destructiveHint"]) == (False, False)


def test_ids_say_where_they_come_from() -> None:
    """An argument that takes an id names the picklist or the search, inside a list too."""
    deal = DOCUMENTS["change_deals"]["inputSchema"]["properties"]
    assert deal["site_id"]["description"].endswith("list_choices has it, in the picklist sites.")
    assert deal["contact_id"]["description"].endswith("Found by find_contact.")
    lines = DOCUMENTS["change_orders"]["inputSchema"]["properties"]["line_items"]["items"]
    wanted = "in the picklist unit_types or protection_levels or products."
    assert lines["properties"]["item_id"]["description"].endswith(wanted)
    about = DOCUMENTS["change_notes"]["inputSchema"]["properties"]["resource_id"]["description"]
    assert about.endswith("units. Found by find_contact or list_subscriptions or list_tasks.")


def test_only_what_the_token_may_do_is_shown() -> None:
    """With one scope there are the tools for it, and in them the actions that need no other."""
    shown = {each["name"]: each for each in documents_for({"public.contact:read"})}
    assert set(shown) == {"search_contacts", "call_stora_api"}
    searches = shown["search_contacts"]["inputSchema"]["properties"]["search"]["enum"]
    assert searches == ["find_contact", "list_contacts", "get_contact"]
    assert [each["name"] for each in documents_for(())] == ["call_stora_api"]


def test_without_the_scope_for_a_picklist_it_is_not_offered() -> None:
    """The picklists are those that the token may read."""
    shown = {each["name"]: each for each in documents_for({"public.site:read"})}
    assert shown[CHOICES]["inputSchema"]["properties"]["picklist"]["enum"] == ["sites"]
    everything = DOCUMENTS[CHOICES]["inputSchema"]["properties"]["picklist"]["enum"]
    assert everything == list(PICKLIST)


@pytest.mark.parametrize("arguments", [{}, {"action": "find_contact"}, {"action": ["win_deal"]}])
def test_an_action_of_another_tool_is_refused(arguments: dict[str, object]) -> None:
    """The fault is told at the argument that says which action is meant, with those there are."""
    with pytest.raises(InvalidContent) as refused:
        TOOL["change_deals"].chosen(arguments)
    (fault,) = refused.value.details
    assert fault["pointer"] == "/action"
    assert "win_deal" in fault["message"]


def test_a_picklist_is_narrowed_only_by_what_its_choices_have() -> None:
    """Units have a site, staff has none."""
    load(Choices(), {"picklist": "units", "site": "site_1", "status": "available"})
    with pytest.raises(InvalidContent) as refused:
        load(Choices(), {"picklist": "staff", "site": "site_1"})
    assert [each["pointer"] for each in refused.value.details] == ["/site"]
