"""The contract: what /openapi.json serves is what the packages are made of."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from connector.catalogue.actions import ACTION, ACTIONS
from connector.catalogue.actions.document import to_document
from connector.catalogue.places import PLACES
from connector.web.contract import contract

CONTRACT = contract()
METHODS = ("get", "post", "patch", "delete")


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each operation with its place."""
    for path, item in CONTRACT["paths"].items():
        yield from ((f"{method} {path}", item[method]) for method in METHODS if method in item)


def test_what_is_served_is_the_contract_with_an_address(app: Flask) -> None:
    """An installation adds where it is, and nothing else."""
    served = app.test_client().get("/openapi.json").json
    assert served["servers"] == [{"url": app.extensions["unitwire"].settings.origin}]
    assert {key: value for key, value in served.items() if key != "servers"} == CONTRACT


def test_it_is_valid_and_the_same_on_every_call() -> None:
    """The document is valid OpenAPI 3.1, and does not change from call to call."""
    validate(CONTRACT)
    assert json.dumps(contract()) == json.dumps(CONTRACT)


def test_every_operation_says_what_it_needs() -> None:
    """The scopes stand with both ways to sign in, and are known to OAuth."""
    known = CONTRACT["components"]["securitySchemes"]["oauth2"]["flows"]["authorizationCode"]
    for place, operation in operations():
        (oauth, bearer) = operation["security"]
        assert oauth["oauth2"] == bearer["bearer"], place
        assert set(oauth["oauth2"]) <= set(known["scopes"]), place
    create = CONTRACT["paths"]["/2025-09/webhook_endpoints"]["post"]["security"][0]
    assert create == {"oauth2": ["public.webhook_endpoint:write"]}


@pytest.mark.parametrize("key", ACTION)
def test_an_action_needs_its_scopes_and_takes_its_example(key: str) -> None:
    """Each action's operation has its scopes, and its example fits its schema."""
    operation = CONTRACT["paths"][f"/2025-09/actions/{key}"]["post"]
    assert operation["security"][0]["oauth2"] == list(ACTION[key].scopes)
    content = operation["requestBody"]["content"]["application/json"]
    whole = content["schema"] | {"components": CONTRACT["components"]}
    Draft202012Validator(whole).validate(content["example"])
    assert set(content["schema"]["properties"]) == {
        field["key"] for field in to_document(ACTION[key])["input"]
    }


def test_each_resource_is_told_once() -> None:
    """Wherever a resource comes out of an action, the document points to its one schema."""
    for action in ACTIONS:
        place = PLACES[action.resource] if action.resource else None
        if place is None or action.output[0].key not in (place.one, place.many):
            continue
        path = CONTRACT["paths"][f"/2025-09/actions/{action.key}"]
        told = path["post"]["responses"]["200"]["content"]["application/json"]["schema"]
        shown, flat = (told["properties"][key] for key in (action.output[0].key, "flat"))
        schema = f"#/components/schemas/{action.resource}"
        assert (shown.get("items") or shown)["$ref"] == schema
        assert (flat.get("items") or flat)["$ref"] == f"{schema}_flat"


def test_nothing_is_there_that_nobody_uses() -> None:
    """Every schema is pointed to."""
    text = json.dumps(CONTRACT)
    for name in CONTRACT["components"]["schemas"]:
        assert f'"#/components/schemas/{name}"' in text
