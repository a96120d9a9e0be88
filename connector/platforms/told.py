"""Recipes told as steps for people, in the labels that a platform shows them.

1. **Follow up a lost deal.** When a deal is lost, the team gets a task to ask again.
   - *Watch lost deals*
   - *Create a task*: Title = Ask again: *Deal name* …
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from connector.catalogue.actions import ACTION
from connector.catalogue.actions.row import Action
from connector.catalogue.describe import Field, describe
from connector.catalogue.events import EVENT, EventType
from connector.catalogue.wording import words_of
from connector.platforms.recipes import PLACE, RECIPES, TRIGGER, YESTERDAY, GoOn, Recipe
from connector.platforms.triggers import NAMED, trigger_fields

TriggerLabel = Callable[[EventType | None], str]
StepLabel = Callable[[Action], str]

# What a recipe's last words name by its place, such as `contacts[0].email` or `flat.total`.
_FIRST: Final = re.compile(r"(?:flat|([a-z_]+)s\[0\])(?:\.([a-z_]+))?")
_GOING_ON: Final[Mapping[GoOn, str]] = {
    "always": "",
    "if found": " Go on only if it finds something.",
    "if nothing found": " Go on only if it finds nothing.",
}


@dataclass(frozen=True, slots=True)
class Told:
    """One recipe for a person: in `steps`, what the platform shows stands between asterisks.

    `file` is its path in the platform's package, where it can be imported as it is.
    """

    title: str
    help: str
    steps: tuple[str, ...]
    file: str = ""


def tell(
    recipe: Recipe, trigger_label: TriggerLabel, step_label: StepLabel, file: str = ""
) -> Told:
    """Return a recipe in the platform's own labels."""
    steps = tuple(_lines(recipe, trigger_label, step_label))
    return Told(recipe.title, recipe.help, steps, file)


def recipes_told(trigger_label: TriggerLabel, step_label: StepLabel) -> str:
    """Return all recipes as a numbered list in Markdown, in the platform's own labels."""
    told = (tell(recipe, trigger_label, step_label) for recipe in RECIPES)
    return "\n".join(
        f"{number}. **{each.title}.** {each.help}\n"
        + "\n".join(f"   - {step}" for step in each.steps)
        for number, each in enumerate(told, 1)
    )


def _lines(recipe: Recipe, trigger_label: TriggerLabel, step_label: StepLabel) -> Iterator[str]:
    yield _beginning(recipe, trigger_label)
    for step in recipe.steps:
        form = {field.key: field for field in describe(ACTION[step.action].input)}
        fields = ", ".join(
            f"{form[key].label} = {_value(text, recipe)}" for key, text in step.fields.items()
        )
        yield f"*{step_label(ACTION[step.action])}*: {fields}.{_GOING_ON[step.go_on]}"
    if recipe.then:
        yield _FIRST.sub(_first, recipe.then)


def _first(found: re.Match[str]) -> str:
    thing, key = (words_of(each or "") for each in found.groups())
    return f"the {thing}'s {key}" if thing and key else f"the {thing or key}"


def _beginning(recipe: Recipe, trigger_label: TriggerLabel) -> str:
    if recipe.form:
        return f"A form's trigger, with {' and '.join(recipe.form)}.".replace("_", " ")
    if not recipe.events:
        return "A schedule: every morning."
    events = [EVENT[each] for each in recipe.events]
    if len(events) == 1 and events[0] in NAMED:
        return f"*{trigger_label(events[0])}*"
    return f"*{trigger_label(None)}*: {' and '.join(f'*{event.label}*' for event in events)}."


def _value(text: str, recipe: Recipe) -> str:
    """Return a value with the labels of what is put into it."""
    told = PLACE.sub(lambda found: f"*{_label(found[1], recipe)}*", text)
    return told if PLACE.fullmatch(text) or " " not in text else f"“{told}”"


def _label(path: str, recipe: Recipe) -> str:
    """Return what people read for a place such as `trigger.flat.contact_id`."""
    if path == YESTERDAY:
        return "yesterday, 0:00"
    source, *way = path.split(".")
    if source == TRIGGER and recipe.form:
        return way[0].replace("_", " ")
    brought = trigger_fields(EVENT[recipe.events[0]]) if source == TRIGGER else None
    return _found(brought or ACTION[source].output, [key for key in way if not key.isdigit()])


def _found(fields: tuple[Field, ...], way: list[str]) -> str:
    first, *rest = way
    field = next(each for each in fields if each.key == first)
    return _found(field.children, rest) if rest else field.label
