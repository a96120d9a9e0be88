"""What is asked of an endpoint and what is answered, as the OpenAPI document tells it."""

import json

import pytest
from broker import BODY, Broker
from flask import Flask
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from stage import rows
from web.webhook_endpoints.conftest import PATH, Builder

from connector.store.tables import webhook_endpoints
from connector.web.schemas import MAX_DESCRIPTION

# ---- what is asked and answered ----------------------------------------------------------------


def test_location_is_where_the_endpoint_is(zapier: Builder, broker: Broker) -> None:
    """An absolute URL (RFC 9110 section 10.2.2)."""
    response = zapier.ask("POST", json=BODY)
    expected = f"{broker.parts.settings.origin}{PATH}/{response.json['endpoint']['id']}"
    assert response.headers["Location"] == expected


def test_the_keys_are_in_the_page_s_order(zapier: Builder) -> None:
    """Who reads the answer beside the page finds everything where it is there."""
    assert list(json.loads(zapier.ask("POST", json=BODY).data)["endpoint"]) == [
        "id", "api_version", "created_at", "creator", "description", "disabled_at", "event_types",
        "metadata", "name", "secret", "status", "updated_at", "url",
    ]  # fmt: skip


def test_the_longest_description_passes_and_one_more_does_not(zapier: Builder) -> None:
    """2,000 characters."""
    assert zapier.create(description="d" * MAX_DESCRIPTION)
    response = zapier.ask("POST", json=BODY | {"description": "d" * (MAX_DESCRIPTION + 1)})
    assert response.json["error"]["details"][0]["pointer"] == "/description"


@pytest.mark.parametrize(
    "url",
    ["https://10.0.0.1/", "https://0x0a000001/", "https://169.254.169.254/", "http://10.0.0.1/"],
)
def test_an_address_that_is_not_allowed_is_refused_at_once(
    zapier: Builder, broker: Broker, url: str
) -> None:
    """In every spelling, on create and on change, and nothing is made."""
    made = zapier.create()
    responses = [
        zapier.ask("POST", json=BODY | {"url": url, "metadata": {}}),
        zapier.ask("PATCH", f"/{made['id']}", json={"url": url}),
    ]
    for response in responses:
        assert response.status_code == 422
        assert response.json["error"]["details"][0]["pointer"] == "/url"
    assert len(rows(broker.parts, webhook_endpoints)) == 1


def test_a_loopback_target_passes_where_it_is_allowed(zapier: Builder) -> None:
    """The demo and tests allow 127.0.0.0/8; http:// is for such addresses only."""
    assert zapier.create(url="http://127.0.0.1:9/hook")["url"] == "http://127.0.0.1:9/hook"


# ---- the OpenAPI document ----------------------------------------------------------------------


def test_the_document_is_valid_and_says_what_is_answered(app: Flask, zapier: Builder) -> None:
    """OpenAPI 3.1; each answer fits the schema of its operation and status."""
    document = app.test_client().get("/openapi.json").json
    validate(document)

    made = zapier.ask("POST", json=BODY)
    one = f"/{made.json['endpoint']['id']}"
    calls = [
        ("post", "", made),
        ("post", "", zapier.ask("POST", json=BODY)),
        ("get", "", zapier.ask("GET")),
        ("get", "/{endpoint_id}", zapier.ask("GET", one)),
        ("patch", "/{endpoint_id}", zapier.ask("PATCH", one, json={"name": "x"})),
        *(
            ("post", f"/{{endpoint_id}}/{verb}", zapier.ask("POST", f"{one}/{verb}"))
            for verb in ("disable", "enable", "rotate_secret", "test")
        ),
    ]
    for method, path, response in calls:
        operation = document["paths"][PATH + path][method]
        told = operation["responses"][str(response.status_code)]
        schema = told["content"]["application/json"]["schema"]
        Draft202012Validator(schema | {"components": document["components"]}).validate(
            response.json
        )


def test_every_failure_has_the_shape_that_the_document_tells(app: Flask, zapier: Builder) -> None:
    """Of each operation the default answer is the one error shape, and it is kept."""
    document = app.test_client().get("/openapi.json").json
    told = document["components"]["responses"]["DEFAULT_ERROR"]["content"]["application/json"]
    schema = Draft202012Validator(told["schema"] | {"components": document["components"]})

    for path, operations in document["paths"].items():
        for operation in operations.values():
            if isinstance(operation, dict) and path.startswith(PATH):
                assert "default" in operation["responses"]
    for response in (
        zapier.ask("POST", json={}),
        zapier.ask("GET", "/we_0000000000000000"),
        zapier.ask("PUT"),
    ):
        schema.validate(response.json)


def test_the_document_tells_the_rules_of_the_page(app: Flask) -> None:
    """Required fields, the pattern, the event types, the key; unknown fields are refused."""
    document = app.test_client().get("/openapi.json").json
    create = document["components"]["schemas"]["CreateEndpoint"]
    names = {parameter["name"] for parameter in document["paths"][PATH]["get"]["parameters"]}

    assert set(create["required"]) == {"name", "api_version", "url", "event_types"}
    assert create["properties"]["url"]["pattern"] == "^https://"
    assert len(create["properties"]["event_types"]["items"]["enum"]) == 50
    assert create["additionalProperties"] is False
    assert names == {"page", "limit", "sort_by", "sort_direction", "status", "metadata"}
    parameters = document["paths"][PATH]["post"]["parameters"]
    assert [parameter["name"] for parameter in parameters] == ["Idempotency-Key"]
