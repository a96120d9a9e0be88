"""Recipes told as steps: every one of them, in the labels of each platform that has no import."""

import pytest

from connector.platforms.make import steps as make_steps
from connector.platforms.make import triggers as make_triggers
from connector.platforms.power_automate import triggers as power_automate_triggers
from connector.platforms.recipes import RECIPES
from connector.platforms.told import StepLabel, TriggerLabel, recipes_told, tell
from connector.platforms.zapier import guide as zapier
from connector.platforms.zapier import rows

MAKE = (make_triggers.trigger_label, make_steps.step_label)
POWER_AUTOMATE = (power_automate_triggers.trigger_label, lambda action: action.label)


ZAPIER = (zapier.trigger_label, zapier.step_label)


@pytest.mark.parametrize(
    "labels", [MAKE, POWER_AUTOMATE, ZAPIER], ids=["make", "power-automate", "zapier"]
)
def test_every_recipe_is_told_in_words(labels: tuple[TriggerLabel, StepLabel]) -> None:
    """All recipes are there, and no key, path or brace of theirs is left."""
    told = recipes_told(*labels)
    assert all(f"**{recipe.title}.**" in told for recipe in RECIPES)
    for left in ("{", "}", "[0]", "flat", "_id", "trigger."):
        assert left not in told


def test_zapier_shows_what_its_recipes_name() -> None:
    """Each step is called as what the package brings is."""
    shown = {
        row["display"]["label"]
        for some in (rows.triggers(), rows.creates(), rows.searches(), rows.search_or_creates())
        for row in some
    }
    named = {
        step[1:].partition("*")[0]
        for recipe in RECIPES
        for step in tell(recipe, *ZAPIER).steps
        if step.startswith("*")
    }
    assert len(named) > len(RECIPES)
    assert named <= shown


def test_a_recipe_in_makes_labels() -> None:
    """What it begins with, and each step with what is filled in, as a person reads it."""
    lines = recipes_told(*MAKE).splitlines()
    at = next(n for n, line in enumerate(lines) if "Follow up a lost deal" in line)
    assert lines[at + 1 : at + 3] == [
        "   - *Watch lost deals*",
        "   - *Create a task*: Task title = “Ask again: *Deal name*”, Description = “Lost because "
        "of: *Lost reason*”, About = *Contact ID*.",
    ]
