"""Example workflows to import: every recipe as a chain of nodes, with a note that tells it.

A search gives one item for each result, and none if nothing is found, which ends the workflow.
So *if found* needs nothing but that the next step runs once, and *if nothing found* a filter.
"""

import uuid
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

from connector.catalogue.actions import ACTION
from connector.catalogue.describe import Field, describe
from connector.platforms.choosing import sources
from connector.platforms.n8n.fields import MORE
from connector.platforms.n8n.rows import API
from connector.platforms.recipes import PLACE, RECIPES, TRIGGER, YESTERDAY, Recipe, Step

Node = dict[str, Any]

NAME: Final = "n8n-nodes-unitwire"
"""The package, in front of the names of its nodes."""

_SPACE: Final = uuid.UUID("5f0c9f4e-6d2a-4f0e-9a57-2f6f8d2b7c11")
_STEP_X, _ROW_Y, _NOTE_Y = 240, 0, -240
_YESTERDAY: Final = "$now.minus({ days: 1 }).toISO()"
_STARTS: Final = "Start"


def workflows() -> dict[str, dict[str, Any]]:
    """Return workflows by name, as n8n imports them; the same on every call."""
    return {recipe.key: _workflow(recipe) for recipe in RECIPES}


def _workflow(recipe: Recipe) -> dict[str, Any]:
    chain = list(_chain(recipe))
    for place, node in enumerate(chain):
        node["id"] = _id(recipe.key, node["name"])
        node["position"] = [place * _STEP_X, _ROW_Y]
    links = {
        before["name"]: {"main": [[{"node": after["name"], "type": "main", "index": 0}]]}
        for before, after in pairwise(chain)
    }
    return {
        "name": recipe.title,
        "nodes": [_note(recipe), *chain],
        "connections": links,
        "settings": {"executionOrder": "v1"},
    }


def _id(*parts: str) -> str:
    return str(uuid.uuid5(_SPACE, " ".join(parts)))


def _note(recipe: Recipe) -> Node:
    told = "\n\n".join(filter(None, (f"## {recipe.title}", recipe.help, recipe.then)))
    return {
        "id": _id(recipe.key, "note"),
        "name": "Note",
        "type": "n8n-nodes-base.stickyNote",
        "typeVersion": 1,
        "position": [0, _NOTE_Y],
        "parameters": {"content": told, "height": 180, "width": 480},
    }


def _chain(recipe: Recipe) -> Iterator[Node]:
    """Yield the nodes in their order."""
    yield _start(recipe)
    once = False
    for step in recipe.steps:
        yield _step(step, once=once)
        once = ACTION[step.action].kind == "search"
        if step.go_on == "if nothing found":
            yield _filter()


def _start(recipe: Recipe) -> Node:
    if recipe.events:
        return {
            "name": _STARTS,
            "type": f"{NAME}.unitwireTrigger",
            "typeVersion": 1,
            "webhookId": _id(recipe.key, "webhook"),
            "parameters": {"events": list(recipe.events)},
        }
    if recipe.form:
        asked = [{"fieldLabel": name, "requiredField": True} for name in recipe.form]
        return {
            "name": _STARTS,
            "type": "n8n-nodes-base.formTrigger",
            "typeVersion": 2.2,
            "webhookId": _id(recipe.key, "webhook"),
            "parameters": {"formTitle": recipe.title, "formFields": {"values": asked}},
        }
    return {
        "name": _STARTS,
        "type": "n8n-nodes-base.scheduleTrigger",
        "typeVersion": 1.2,
        "parameters": {"rule": {"interval": [{"triggerAtHour": 7}]}},
    }


def _step(step: Step, *, once: bool) -> Node:
    action = ACTION[step.action]
    fields = {field.key: field for field in describe(action.input)}
    filled = {key: _value(fields[key], text) for key, text in step.fields.items()}
    shown = {key: value for key, value in filled.items() if fields[key].required or key == "limit"}
    more = {key: value for key, value in filled.items() if key not in shown}
    return {
        "name": action.label,
        "type": f"{NAME}.unitwire",
        "typeVersion": 1,
        **({"executeOnce": True} if once else {}),
        **({"alwaysOutputData": True} if step.go_on == "if nothing found" else {}),
        "parameters": {
            "resource": action.resource or API["value"],
            "operation": action.key,
            **shown,
            **({MORE: more} if more else {}),
        },
    }


def _value(field: Field, text: str) -> object:
    """Return what is filled in: a number, or text with expressions in it."""
    if field.kind == "integer":
        return int(text)
    said = PLACE.sub(lambda place: f"{{{{ {_expression(place[1])} }}}}", text)
    filled = f"={said}" if PLACE.search(text) else said
    return {"__rl": True, "mode": "id", "value": filled} if sources(field) else filled


def _expression(place: str) -> str:
    """Return a place as an expression: `$('Find contact').first().json.email`.

    The results of a search are items here: `{list_deals.deals.0.name}` is the first item's `name`.
    """
    if place == YESTERDAY:
        return _YESTERDAY
    step, *way = place.split(".")
    if step == TRIGGER:
        return f"$('{_STARTS}').first().json.{'.'.join(way)}"
    action = ACTION[step]
    if action.kind == "search":
        shown, _, *rest = way
        way = ["flat", *rest] if shown == "flat" else rest
    return f"$('{action.label}').first().json.{'.'.join(way)}"


def _filter() -> Node:
    """Return what lets the workflow go on only if a search found nothing."""
    options = {"caseSensitive": True, "leftValue": "", "typeValidation": "loose", "version": 2}
    absent = {"type": "string", "operation": "notExists", "singleValue": True}
    condition = {"id": _id("absent"), "leftValue": "={{ $json.id }}", "operator": absent}
    return {
        "name": "If nothing found",
        "type": "n8n-nodes-base.filter",
        "typeVersion": 2.2,
        "parameters": {
            "conditions": {
                "options": options,
                "conditions": [condition | {"rightValue": ""}],
                "combinator": "and",
            },
            "options": {},
        },
    }
