"""The contract: what /openapi.json serves is what the packages are made of."""

import json
import re
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


def test_links_lead_from_what_an_answer_holds_to_what_takes_it() -> None:
    """Each link names an operation and a parameter that it has, and a value the answer promises."""
    by_id = {operation["operationId"]: place for place, operation in operations()}
    for place, operation in operations():
        for status, answer in operation["responses"].items():
            for link in answer.get("links", {}).values():
                target = by_id[link["operationId"]]
                ((parameter, expression),) = link["parameters"].items()
                assert parameter in parameters_of(target), (place, link)
                source, _, pointer = expression.partition("#")
                assert source == "$response.body"
                schema = answer["content"]["application/json"]["schema"]
                assert promised(schema, pointer) == {"type": "string"}, (place, status, link)


def test_every_id_that_a_path_needs_can_be_reached_by_a_link() -> None:
    """Nobody has to guess an id: whatever stands in a path is linked from an answer."""
    linked = {
        (link["operationId"], name)
        for _, operation in operations()
        for answer in operation["responses"].values()
        for link in answer.get("links", {}).values()
        for name in link["parameters"]
    }
    for place, operation in operations():
        for name in re.findall(r"{(\w+)}", place):
            if name != "name":  # of a picklist: the document lists all names
                assert (operation["operationId"], name) in linked, place


def test_a_picklist_tells_its_names_and_what_narrows_it() -> None:
    """The path lists the names, and the query parameters stand beside it."""
    known = parameters_of("get /2025-09/picklists/{name}")
    assert {"name", "q", "value", "page", "limit", "site"} <= known.keys()
    assert known["name"]["schema"]["enum"]


def parameters_of(place: str) -> dict[str, Any]:
    """Return the parameters of an operation and of its path, by name."""
    method, path = place.split()
    item = CONTRACT["paths"][path]
    found = [*item.get("parameters", ()), *item[method].get("parameters", ())]
    return {parameter["name"]: parameter for parameter in found if "name" in parameter}


def promised(schema: dict[str, Any], pointer: str) -> dict[str, str]:
    """Return the type of what `pointer` leads to in every answer that fits `schema`."""
    for step in pointer.split("/")[1:]:
        if reference := schema.get("$ref"):
            schema = CONTRACT["components"]["schemas"][reference.rpartition("/")[2]]
        schema = schema["items"] if step == "0" else schema["properties"][step]
    return {"type": schema["type"]}
