"""Laws of searches: results are lists, checked against what was asked, and empty for nothing."""

import pytest
from story_stage import Stora, listed

from connector.catalogue.actions import ACTION, ACTIONS
from connector.catalogue.actions.examples import sample_input
from connector.catalogue.actions.row import Action, Call, Reply
from connector.catalogue.describe import describe
from connector.catalogue.events import EVENT_GROUPS
from connector.catalogue.places import PLACES, place_at
from connector.catalogue.samples import resource_sample
from connector.dialect.body import load
from connector.errors import NotFound, StoraRefused

SEARCHES = [action for action in ACTIONS if action.kind == "search"]
LISTS = [action for action in SEARCHES if action.key.startswith("list_")]

every_search = pytest.mark.parametrize("action", SEARCHES, ids=lambda each: each.key)
every_list = pytest.mark.parametrize("action", LISTS, ids=lambda each: each.key)


@every_search
def test_a_search_finds_what_is_asked_for(action: Action) -> None:
    """The sample input finds the sample: one entry, and one flat entry beside it."""
    body = Stora().tell(action.story(load(action.input(), sample_input(action)))).body
    (document,) = body[PLACES[str(action.resource)].many]
    assert document == resource_sample(str(action.resource))
    (flat,) = body["flat"]
    assert flat[f"{action.resource}_id"] == document["id"]


@every_search
def test_nothing_found_is_an_empty_list(action: Action) -> None:
    """Where Stora has nothing, the search answers an empty list."""

    def nothing(call: Call) -> Reply | Exception:
        place = place_at(call.path)
        assert place
        return listed(place.resource) if call.path == place.path else NotFound()

    body = Stora(nothing).tell(action.story(load(action.input(), sample_input(action)))).body
    assert body[PLACES[str(action.resource)].many] == []
    assert body["flat"] == []
    assert body["has_more"] is False


@pytest.mark.parametrize(
    "action",
    [*LISTS, ACTION["find_contact"], ACTION["find_units_of_contact"], ACTION["get_staff"]],
    ids=lambda each: each.key,
)
def test_a_search_checks_what_stora_answers(action: Action) -> None:
    """Stora may ignore a filter: asked for something else, the same answer of its holds nothing."""
    sample = sample_input(action)
    for field in describe(action.input):
        other = {
            "date_time": "2024-01-01" if field.key == "created_before" else "2026-01-01",
            "email": "somebody.else@example.com",
            "phone": "+447700900999",
        }.get(field.kind, "something_else")
        if field.key != "limit":
            values = load(action.input(), sample | {field.key: other})
            body = Stora().tell(action.story(values)).body
            assert body[PLACES[str(action.resource)].many] == [], field.key


@every_list
def test_a_filter_that_stora_refuses_is_checked_here(action: Action) -> None:
    """If Stora does not take a filter, the list is read without it and gives the same."""

    def refuse(call: Call) -> Exception | None:
        return StoraRefused() if "created_after" in call.params else None

    values = load(action.input(), sample_input(action))
    stora = Stora(refuse)
    assert stora.tell(action.story(values)).body == Stora().tell(action.story(values)).body
    assert len(stora.calls) == 2


def test_every_resource_of_an_event_can_be_looked_up() -> None:
    """Each of the 15 resources, and site, staff and stage, has a search by id."""
    for resource in (*sum(EVENT_GROUPS.values(), ()), "site", "staff", "deal_stage"):
        action = ACTION[f"get_{resource}"]
        assert (action.kind, action.resource) == ("search", resource)
        (field,) = describe(action.input)
        assert (field.key, field.required) == (f"{resource}_id", True)
