"""The recipes fit the catalogue: what they begin with, what they do, and what they take."""

import pytest

from connector.catalogue.actions import ACTION
from connector.catalogue.describe import Field, describe
from connector.catalogue.events import EVENT
from connector.platforms.recipes import PLACE, RECIPES, TRIGGER, YESTERDAY, Recipe
from connector.platforms.triggers import trigger_fields

each_recipe = pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.key)


def leads_somewhere(fields: tuple[Field, ...], way: list[str]) -> bool:
    """Say whether a way, in which numbers are places in a list, leads to a field."""
    if not way or way[0].isdigit():
        return bool(way) and leads_somewhere(fields, way[1:])
    found = next((field for field in fields if field.key == way[0]), None)
    return found is not None and (len(way) == 1 or leads_somewhere(found.children, way[1:]))


def test_there_are_ten_with_names_of_their_own() -> None:
    """No two are called the same."""
    assert len({recipe.key for recipe in RECIPES}) == len({r.title for r in RECIPES}) == 10


@each_recipe
def test_a_recipe_begins_in_one_way(recipe: Recipe) -> None:
    """With events that exist, or with a form, or with the day."""
    assert all(event in EVENT for event in recipe.events)
    assert not (recipe.events and recipe.form)


@each_recipe
def test_steps_are_filled_in_as_their_forms_want(recipe: Recipe) -> None:
    """Every field exists, none that is needed is missing, and only searches decide."""
    for step in recipe.steps:
        fields = {field.key: field for field in describe(ACTION[step.action].input)}
        assert set(step.fields) <= set(fields)
        assert {key for key, field in fields.items() if field.required} <= set(step.fields)
        assert step.go_on == "always" or ACTION[step.action].kind == "search"


@each_recipe
def test_no_recipe_locks_a_customer_out(recipe: Recipe) -> None:
    """By itself: an invoice may be given up by mistake, so a person decides."""
    assert "overlock_units" not in {step.action for step in recipe.steps}


@each_recipe
def test_what_is_taken_is_there(recipe: Recipe) -> None:
    """Every place in a text leads to a field of the beginning, or of a step before."""
    known = {YESTERDAY}
    for step in recipe.steps:
        for text in step.fields.values():
            for place in PLACE.findall(text):
                source, *way = place.split(".")
                if source == TRIGGER and recipe.events:
                    events = (trigger_fields(EVENT[each]) for each in recipe.events)
                    assert all(leads_somewhere(fields, way) for fields in events), place
                elif source == TRIGGER:
                    assert way[0] in recipe.form, place
                else:
                    assert source in known, place
                    assert not way or leads_somewhere(ACTION[source].output, way), place
            assert "{" not in PLACE.sub("", text)
        known.add(step.action)
