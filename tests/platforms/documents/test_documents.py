"""OpenAPI, AsyncAPI and Standard Webhooks, each judged by its own tools, on what is served."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from jsonschema import Draft202012Validator
from platforms import proofs
from platforms.account import Account
from platforms.npm import MANIFESTS, installed

from connector.catalogue.events import EVENT_TYPES

JUDGE_S = 60
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}


@pytest.fixture(scope="module")
def folder(node: str) -> Path:
    """A folder with the tools, and the package in it."""
    made = installed("documents", Path(__file__).parent)
    shutil.copytree(MANIFESTS / "openapi", made / "package", dirs_exist_ok=True)
    return made


@pytest.fixture(scope="module", autouse=True)
def proven(request: pytest.FixtureRequest, folder: Path) -> Iterator[None]:
    """Write down what was proven, and with what, unless something failed."""
    yield
    if request.session.testsfailed:
        return
    versions = json.loads((folder / "package.json").read_text())["dependencies"]
    proofs.record(
        "openapi",
        auth="OAuth 2 with PKCE, bearer; described",
        trigger="50 webhooks; Standard Webhooks",
        actions="a path for each",
        searches="a path for each",
        dropdowns="picklists",
        engine="Redocly {}, standardwebhooks {}".format(
            versions["@redocly/cli"], versions["standardwebhooks"]
        ),
    )
    proofs.record(
        "asyncapi",
        auth="–",
        trigger="50 messages",
        actions="–",
        searches="–",
        dropdowns="–",
        engine=f"AsyncAPI's parser {versions['@asyncapi/parser']}",
    )


@pytest.fixture(scope="module")
def openapi() -> dict[str, Any]:
    """The document in the package."""
    document: dict[str, Any] = json.loads((MANIFESTS / "openapi" / "openapi.json").read_text())
    return document


def ask(folder: Path, *command: str, text: str = "") -> Any:
    """Return the JSON that a tool prints."""
    done = subprocess.run(
        command,
        cwd=folder,
        input=text,
        env=os.environ | QUIET,
        capture_output=True,
        text=True,
        timeout=JUDGE_S,
    )
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("served", [False, True], ids=["package", "served"])
def test_redocly_finds_nothing(account: Account, folder: Path, served: bool) -> None:
    """Neither errors nor warnings, in the package and in what an installation serves."""
    file = folder / "package" / "openapi.json"
    if served:
        file = folder / "served.json"
        file.write_bytes(fetch(account, "/openapi.json"))
    redocly = folder / "node_modules" / ".bin" / "redocly"
    found = ask(folder, str(redocly), "lint", str(file), "--format=json")
    assert [each["message"] for each in found["problems"]] == []


def test_asyncapis_parser_finds_nothing(account: Account, node: str, folder: Path) -> None:
    """The parser reads all 50 messages of what is served and of the package, without a fault."""
    served = folder / "served-asyncapi.json"
    served.write_bytes(fetch(account, "/asyncapi.json"))
    for file in (served, MANIFESTS / "asyncapi" / "asyncapi.json"):
        found = ask(folder, node, "asyncapi.mjs", str(file))
        assert found["faults"] == []
        assert sorted(found["messages"]) == sorted(EVENT_TYPES)
        assert found["operations"] == ["send"]


def fetch(account: Account, path: str) -> bytes:
    """Return what Unitwire serves at `path`."""
    answer = requests.get(account.url + path, timeout=20)
    answer.raise_for_status()
    return answer.content


@pytest.fixture
def delivery(account: Account) -> dict[str, Any]:
    """A real delivery, with the secret of its endpoint."""
    path = "/hooks/standard-webhooks"
    body = {
        "name": "Standard Webhooks",
        "api_version": "2025-09",
        "url": account.receiver_url + path,
        "event_types": ["invoice.paid"],
        "metadata": {"external_id": "standard-webhooks"},
    }
    endpoint = account.unitwire("POST", "/webhook_endpoints", body, 201)["endpoint"]
    arrived = account.received(account.happens("invoice.paid"), path)
    account.unitwire("DELETE", f"/webhook_endpoints/{endpoint['id']}", status=204)
    headers = {name.lower(): value for name, value in arrived["headers"].items()}
    return {"secret": endpoint["secret"], "headers": headers, "body": arrived["body"]}


def test_a_delivery_is_what_both_documents_say(
    delivery: dict[str, Any], openapi: dict[str, Any]
) -> None:
    """The body fits the webhook's schema, and every header that is told came along."""
    told = openapi["webhooks"]["invoice.paid"]["post"]
    schema = told["requestBody"]["content"]["application/json"]["schema"]
    whole = schema | {"components": openapi["components"]}
    Draft202012Validator(whole).validate(json.loads(delivery["body"]))
    names = {
        parameter["name"].lower() for parameter in openapi["components"]["parameters"].values()
    }
    assert names <= set(delivery["headers"])


def test_standard_webhooks_verifies_a_delivery(
    delivery: dict[str, Any], node: str, folder: Path
) -> None:
    """The standard's library and the package's own code take it; of what was changed, neither."""

    def judged(**changes: Any) -> Any:
        return ask(folder, node, "verify.mjs", text=json.dumps(delivery | changes))

    assert judged() == {"library": True, "ours": True}
    changed = [
        {"body": delivery["body"].replace("invoice.paid", "invoice.Paid")},
        {"secret": "ab" * 32},
        {"headers": delivery["headers"] | {"webhook-id": "evt_other"}},
        {"headers": delivery["headers"] | {"webhook-timestamp": "1736937000"}},
        {"headers": delivery["headers"] | {"webhook-signature": "v1"}},
        {"headers": {}},
    ]
    for change in changed:
        assert judged(**change) == {"library": False, "ours": False}, change


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the actions and searches that a document tells of, by key."""
    found = (item.get("post", {}) for item in document["paths"].values())
    return {each["operationId"]: each for each in found if each.get("tags") == ["actions"]}


def test_actions_answer_what_the_document_says(account: Account, openapi: dict[str, Any]) -> None:
    """The answers of lists, searches and picklists fit their schemas, on the running Unitwire."""
    told = operations(openapi)
    lists = [key for key in told if key.startswith("list_")]
    assert len(lists) > 10
    for key in lists:
        answer = account.unitwire("POST", f"/actions/{key}", {"limit": 3})
        schema = told[key]["responses"]["200"]["content"]["application/json"]["schema"]
        Draft202012Validator(schema | {"components": openapi["components"]}).validate(answer)
