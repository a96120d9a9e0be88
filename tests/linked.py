"""The contract with links between actions: from what finds or makes a thing to what takes one.

They are not in the published document: in a body, OpenAPI gives links no place for one field
(section 4.8.20), but schemathesis fills one in.
"""

from typing import Any

from connector.catalogue.actions import ACTIONS
from connector.catalogue.actions.row import Action
from connector.catalogue.describe import describe
from connector.catalogue.places import PLACES
from connector.web.api import PREFIX
from connector.web.contract import contract


def linked_contract() -> dict[str, Any]:
    """Return the contract, in which each action that gives an id leads to those that take it."""
    document = contract()
    for action in ACTIONS:
        for pointer in given(action):
            answers = document["paths"][f"{PREFIX}/actions/{action.key}"]["post"]["responses"]
            answers["200"]["links"] = {
                taker.key: {
                    "operationId": taker.key,
                    "requestBody": {f"{action.resource}_id": f"$response.body#{pointer}"},
                }
                for taker in ACTIONS
                if taker.resource == action.resource and takes_id(taker)
            }
    return document


def given(action: Action) -> list[str]:
    """Return where the answer holds the id of what was found or made; [] if it was known before."""
    if action.resource is None or takes_id(action):
        return []
    place = PLACES[action.resource]
    pointers = {place.one: f"/{place.one}/id", place.many: f"/{place.many}/0/id"}
    return [pointers[field.key] for field in action.output if field.key in pointers]


def takes_id(action: Action) -> bool:
    """Tell whether the action asks which one of its resource is meant."""
    return any(field.key == f"{action.resource}_id" for field in describe(action.input))
