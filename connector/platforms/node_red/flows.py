"""Example flows to import: every recipe as a chain of nodes, on a tab of its own.

Each node's result is in `msg.payload`. What a later node needs of it is moved to a property of the
message that is called like the step, by a *change* node in between.
"""

import hashlib
from collections.abc import Iterator
from typing import Any, Final

from connector.catalogue.actions import ACTION
from connector.catalogue.places import PLACES
from connector.platforms.guide import EXAMPLE
from connector.platforms.recipes import PLACE, RECIPES, TRIGGER, YESTERDAY, Recipe, Step

Node = dict[str, Any]

FIRST_X, STEP_X = 150, 210
NOTE_Y, ROW_Y, ANSWER_Y = 60, 120, 180
_MORNING: Final = "00 07 * * *"
_YESTERDAY: Final = "$fromMillis($millis() - 86400000)"


def examples() -> dict[str, list[Node]]:
    """Return flows by name, as Node-RED imports them; the same on every call."""
    return {recipe.key: _flow(recipe) for recipe in RECIPES}


def _id(*parts: str) -> str:
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:16]


def _flow(recipe: Recipe) -> list[Node]:
    """Return a tab, an account to fill in, and the recipe's nodes, wired one after the other."""
    tab, account = _id(recipe.key), _id("account")
    chain = list(_chain(recipe, account))
    nodes: list[Node] = []
    for place, node in enumerate(chain):
        following = [_id(recipe.key, str(place + 1))] if place + 1 < len(chain) else []
        nodes.append(
            {
                "id": _id(recipe.key, str(place)),
                "z": tab,
                **node,
                "x": FIRST_X + place * STEP_X,
                "y": ROW_Y,
                "wires": [following] if node["type"] != "debug" else [],
            }
        )
    if recipe.form:  # whoever sent the form is answered beside the chain
        response = {"id": _id(recipe.key, "response"), "type": "http response", "z": tab}
        nodes[0]["wires"][0].append(response["id"])
        answered: Node = {"name": "", "statusCode": "202", "headers": {}}
        nodes.append(response | answered | {"x": FIRST_X + STEP_X, "y": ANSWER_Y, "wires": []})
    note: Node = {"id": _id(recipe.key, "note"), "type": "comment", "z": tab}
    note |= {"name": recipe.title, "info": recipe.help, "x": FIRST_X, "y": NOTE_Y, "wires": []}
    return [
        {"id": tab, "type": "tab", "label": recipe.title, "disabled": False, "info": recipe.help},
        {"id": account, "type": "unitwire-account", "name": "Unitwire"}
        | {"address": EXAMPLE, "auth": "token", "clientId": ""}
        | {"publicUrl": "https://node-red.example.com"},
        note,
        *nodes,
    ]


def _chain(recipe: Recipe, account: str) -> Iterator[Node]:
    """Yield the nodes in their order."""
    used = {
        place.partition(".")[0]
        for step in recipe.steps
        for text in step.fields.values()
        for place in PLACE.findall(text)
    }
    yield _start(recipe, account)
    if TRIGGER in used:
        yield _keep(TRIGGER)
    for step in recipe.steps:
        yield _step(step, account)
        if step.go_on != "always":
            yield _gate(step)
        if step.action in used:
            yield _keep(step.action)
    yield {
        "type": "debug",
        "name": recipe.then or "Result",
        "active": True,
        "tosidebar": True,
        "complete": "payload",
        "targetType": "msg",
    }


def _start(recipe: Recipe, account: str) -> Node:
    if recipe.events:
        events = list(recipe.events)
        return {"type": "unitwire-trigger", "name": "", "account": account, "events": events}
    if recipe.form:
        return {"type": "http in", "name": "", "url": f"/{recipe.key}", "method": "post"}
    return {
        "type": "inject",
        "name": "Every morning",
        "props": [],
        "repeat": "",
        "crontab": _MORNING,
        "once": False,
    }


def _step(step: Step, account: str) -> Node:
    return {
        "type": f"unitwire-{ACTION[step.action].kind}",
        "name": "",
        "account": account,
        "action": step.action,
        "fields": {key: _value(text) for key, text in step.fields.items()},
    }


def _value(text: str) -> dict[str, str]:
    """Return a value as a typed input has it: text, a property of the message, or JSONata."""
    whole = PLACE.fullmatch(text)
    if whole and whole[1] == YESTERDAY:
        return {"v": _YESTERDAY, "t": "jsonata"}
    if whole:
        return {"v": whole[1], "t": "msg"}
    if not PLACE.search(text):
        return {"v": text, "t": "num" if text.isdigit() else "str"}
    parts = PLACE.split(text)  # text, place, text, place, …, text
    said = [
        _in_jsonata(part) if place % 2 else f'"{part}"' for place, part in enumerate(parts) if part
    ]
    return {"v": " & ".join(said), "t": "jsonata"}


def _in_jsonata(place: str) -> str:
    """Return a place as JSONata writes it: `deals[0].name`."""
    way = ""
    for step in place.split("."):
        way += f"[{step}]" if step.isdigit() else f".{step}"
    return way.removeprefix(".")


def _keep(name: str) -> Node:
    rule = {"t": "set", "p": name, "pt": "msg", "to": "payload", "tot": "msg"}
    return {"type": "change", "name": f"keep as {name}", "rules": [rule]}


def _gate(step: Step) -> Node:
    """Return what lets a message through only if a search found something, or nothing."""
    many = PLACES[str(ACTION[step.action].resource)].many
    rule = {"t": "nempty" if step.go_on == "if found" else "empty"}
    return {
        "type": "switch",
        "name": step.go_on,
        "property": f"payload.{many}",
        "propertyType": "msg",
        "rules": [rule],
        "checkall": "true",
        "repair": False,
        "outputs": 1,
    }
