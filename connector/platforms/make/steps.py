"""The app's modules that act and look up, and the remote procedures that list choices."""

from typing import Any, Final

from connector.catalogue import CURIES
from connector.catalogue.actions.row import Action
from connector.catalogue.describe import Field, describe
from connector.catalogue.flat import flatten
from connector.catalogue.picklists import Picklist
from connector.catalogue.places import PLACES
from connector.catalogue.samples import resource_sample
from connector.catalogue.wording import label_of, with_article, words_of
from connector.platforms.access import picklists_for
from connector.platforms.make.component import Component
from connector.platforms.make.connection import NAME
from connector.platforms.make.parameters import (
    Parameter,
    interface,
    is_pairs,
    parameters,
    rpc_of,
)
from connector.platforms.wording import camel_case

PAGE: Final = 100
MOST_CHOICES: Final = 300  # Make waits for about three pages

# The first words of the keys of actions that make something new; all others change something.
_CREATES: Final = ("add", "create", "find")
_FILE: Final[list[Parameter]] = [
    {"name": "fileName", "type": "filename", "label": "File name", "semantic": "file:name"},
    {"name": "data", "type": "buffer", "label": "Data", "semantic": "file:data"},
]


def step(action: Action) -> Component:
    """Return the module for an action or a search."""
    form = describe(action.input)
    itself = f"{action.resource}_id"
    return Component(
        "module",
        camel_case(action.key),
        {
            "label": step_label(action),
            "description": action.help,
            "moduleType": _type(action),
            **({"actionCrud": _crud(action)} if _type(action) == "action" else {}),
            "connection": NAME,
        },
        {
            "communication": {
                "url": f"/actions/{action.key}",
                "method": "POST",
                "body": {field.key: _sent(field) for field in form},
                "response": _response(action),
            },
            "staticParams": [],
            "mappableParams": parameters(form, itself=itself),
            "interface": _interface(action),
            "samples": _sample(action),
            "scope": _scopes(action),
        },
        action.resource,
    )


def step_label(action: Action) -> str:
    """Return what a person picks the module by: `Create a contact`, `Search contacts`."""
    if action.resource is None:
        return "Make an API call"
    thing = words_of(action.resource)
    if action.key == f"find_{action.resource}":
        return f"Search {words_of(PLACES[action.resource].many)}"
    before = action.label.removesuffix(f" {thing}")
    return action.label if before == action.label else f"{before} {with_article(action.resource)}"


def _type(action: Action) -> str:
    if action.resource is None:
        return "universal"
    return action.kind


def _crud(action: Action) -> str:
    if action.repeat == "read":
        return "read"
    return "create" if action.key.partition("_")[0] in _CREATES else "update"


def _scopes(action: Action) -> list[str]:
    """Return the scopes for the action itself and for all its dropdowns."""
    return sorted({*action.scopes, *(row.scope for row in picklists_for([action]))})


def _sent(field: Field) -> str:
    """Return what is sent of a field: what is typed, and pairs of keys and values as an object."""
    if is_pairs(field):
        return f"{{{{toCollection(parameters.{field.key}, 'key', 'value')}}}}"
    return f"{{{{parameters.{field.key}}}}}"


# ---- what comes out ----------------------------------------------------------------------------


def _response(action: Action) -> dict[str, Any]:
    if action.kind == "action":
        return {"output": "{{body}}"}
    if _has_files(action):
        output = {"fileName": "{{item.name}}", "data": "{{toBinary(item.content, 'base64')}}"}
        return {"iterate": "{{body.files}}", "output": output}
    limit = any(field.key == "limit" for field in describe(action.input))
    return {
        "iterate": f"{{{{body.{action.output[0].key}}}}}",
        "output": "{{item}}",
        **({"limit": "{{parameters.limit}}"} if limit else {}),
    }


def _has_files(action: Action) -> bool:
    return any(field.key == "files" for field in action.output)


def _interface(action: Action) -> list[Parameter]:
    if _has_files(action):
        return _FILE
    return interface(action.output if action.kind == "action" else action.output[0].children)


def _sample(action: Action) -> dict[str, Any]:
    if _has_files(action):
        return {"fileName": "ABC-361.pdf"}
    if action.kind == "search":
        return resource_sample(str(action.resource))
    shown: dict[str, Any] = {field.key: field.example for field in action.output}
    for resource in PLACES:
        if resource == action.resource and PLACES[resource].one in shown:
            shown[PLACES[resource].one] = document = resource_sample(resource)
            shown["flat"] = flatten(resource, document, CURIES)
    return shown


# ---- choices -----------------------------------------------------------------------------------


def choices(picklist: Picklist) -> Component:
    """Return the remote procedure that lists a picklist, narrowed by what else the form has."""
    narrow = {name: f"{{{{parameters.{name}_id}}}}" for name in picklist.depends}
    return Component(
        "rpc",
        rpc_of(picklist.name),
        {"label": f"List {words_of(picklist.name)}", "connection": NAME},
        {
            "communication": {
                "url": f"/picklists/{picklist.name}",
                "qs": {"limit": PAGE, **narrow},
                "response": {
                    "iterate": "{{body.items}}",
                    "output": {"label": "{{item.label}}", "value": "{{item.value}}"},
                    "limit": MOST_CHOICES,
                },
                "pagination": {
                    "qs": {"page": "{{pagination.page}}"},
                    "condition": "{{body.meta.pagination.next}}",
                },
            },
            "params": [
                {"name": f"{name}_id", "type": "text", "label": label_of(name)}
                for name in picklist.depends
            ],
        },
    )
