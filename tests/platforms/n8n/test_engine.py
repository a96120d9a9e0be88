"""The whole story in a real n8n: connect, choose, activate, an event, an action, deactivate."""

import sqlite3
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import requests
from platforms.account import Account
from platforms.n8n.engine import Engine

from connector.catalogue.events import EVENT
from connector.catalogue.places import PLACES
from connector.catalogue.samples import sample
from connector.platforms.n8n.workflows import NAME, workflows
from connector.platforms.recipes import RECIPES, Recipe
from connector.platforms.triggers import trigger_sample

EVENT_TYPE = "invoice.paid"
Credential = dict[str, dict[str, str]]


def trigger_node(credential: Credential, **parameters: Any) -> dict[str, Any]:
    """Return a trigger on the event."""
    return {
        "id": str(uuid.uuid4()),
        "webhookId": str(uuid.uuid4()),
        "name": "When paid",
        "type": f"{NAME}.unitwireTrigger",
        "typeVersion": 1,
        "position": [0, 0],
        "parameters": {"events": [EVENT_TYPE], **parameters},
        "credentials": credential,
    }


def action_node(credential: Credential, operation: str, **parameters: Any) -> dict[str, Any]:
    """Return a node that does something with contacts."""
    return {
        "id": str(uuid.uuid4()),
        "name": "Do",
        "type": f"{NAME}.unitwire",
        "typeVersion": 1,
        "position": [200, 0],
        "parameters": {"resource": "contact", "operation": operation, **parameters},
        "credentials": credential,
    }


def make(
    n8n: Engine, name: str, trigger: dict[str, Any], action: dict[str, Any], **settings: str
) -> dict[str, Any]:
    """Make a workflow of a trigger and an action."""
    link = [[{"node": action["name"], "type": "main", "index": 0}]]
    return dict(
        n8n.rest(
            "POST",
            "workflows",
            {
                "name": name,
                "nodes": [trigger, action],
                "connections": {trigger["name"]: {"main": link}},
                "settings": {"executionOrder": "v1", **settings},
            },
        )
    )


def activate(n8n: Engine, workflow: dict[str, Any]) -> None:
    """Switch a workflow on."""
    path = f"workflows/{workflow['id']}"
    version = n8n.rest("GET", path)["versionId"]
    n8n.rest("POST", f"{path}/activate", {"versionId": version})


def endpoints(account: Account, workflow: dict[str, Any]) -> list[dict[str, Any]]:
    """Return Unitwire's endpoints of a workflow."""
    found = account.unitwire("GET", "/webhook_endpoints?limit=100")["endpoints"]
    return [
        each for each in found if each["metadata"]["external_id"].startswith(f"{workflow['id']}:")
    ]


def executions(n8n: Engine, workflow: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the workflow's runs that have ended."""
    found = n8n.rest("GET", f'executions?filter={{"workflowId":"{workflow["id"]}"}}')["results"]
    return [each for each in found if each.get("stoppedAt")]


@pytest.fixture
def live(
    n8n: Engine, seen: Account, credential: Credential
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """An active workflow that creates a contact when an invoice is paid, and its endpoint."""
    workflow = make(
        n8n,
        "Paid → contact",
        trigger_node(credential),
        action_node(
            credential,
            "create_contact",
            email="={{ $json.id }}@example.com",
            full_name="={{ $json.flat.invoice_id }}",
            more={"type": "company", "address_city": "Bristol"},
        ),
    )
    activate(n8n, workflow)
    (endpoint,) = n8n.wait_for(lambda: endpoints(seen, workflow))
    yield workflow, endpoint
    n8n.rest("POST", f"workflows/{workflow['id']}/deactivate")
    n8n.wait_for(lambda: not endpoints(seen, workflow))


def test_connects_with_pkce(asked: dict[str, str], credential: Credential, n8n: Engine) -> None:
    """n8n sends the browser to the address that was typed, with an S256 challenge, and connects."""
    assert "code_challenge_method=S256" in asked["url"]
    assert "code_challenge=" in asked["url"]
    assert credential


def test_an_event_runs_the_workflow_and_its_action_acts(
    n8n: Engine, seen: Account, live: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    """An event in Stora starts the workflow, and its action creates a contact in Stora."""
    workflow, endpoint = live
    assert endpoint["metadata"]["source"] == "n8n"
    assert endpoint["url"].startswith(n8n.url)
    event_id = seen.happens(EVENT_TYPE)
    (done,) = n8n.wait_for(lambda: executions(n8n, workflow))
    assert (done["status"], done["mode"]) == ("success", "webhook"), n8n.tail()
    (contact,) = (
        each
        for each in seen.all("/contacts", "contacts")
        if each["email"] == f"{event_id}@example.com"
    )
    assert contact["full_name"].startswith("inv_")
    assert contact["type"] == "company"


def test_a_forged_delivery_starts_nothing(
    n8n: Engine, live: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    """What is not signed with the endpoint's secret is answered 401, and runs nothing."""
    workflow, endpoint = live
    forged = {"X-Stora-Signature": f"t={int(time.time())},v1={'0' * 64}"}
    answer = requests.post(endpoint["url"], json=sample(EVENT_TYPE), headers=forged, timeout=20)
    assert answer.status_code == 401
    assert executions(n8n, workflow) == []


def test_a_token_that_expired_is_renewed(
    n8n: Engine, account: Account, seen: Account, credential: Credential
) -> None:
    """n8n renews an access token that Unitwire refuses, and goes on; nobody notices."""
    file = account.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(file, timeout=20)) as database, database:
        ended = database.execute(
            "UPDATE tokens SET expires_at = 1 WHERE kind = 'access' AND family_id IN "
            "(SELECT id FROM token_families WHERE connection_id = ? AND client_id IS NOT NULL)",
            (seen.connection,),
        )
        assert ended.rowcount > 0
    action = action_node(credential, "list_contacts", limit=1)
    workflow = make(n8n, "Renewed", trigger_node(credential), action)
    activate(n8n, workflow)
    n8n.wait_for(lambda: endpoints(seen, workflow))
    n8n.rest("POST", f"workflows/{workflow['id']}/deactivate")


def test_deactivation_removes_the_endpoint_everywhere(
    n8n: Engine, seen: Account, live: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    """Switched off, the workflow has no endpoint any more, neither in Unitwire nor in Stora."""
    workflow, endpoint = live
    assert seen.upstream(endpoint["id"])
    n8n.rest("POST", f"workflows/{workflow['id']}/deactivate")
    n8n.wait_for(lambda: not endpoints(seen, workflow))
    n8n.wait_for(lambda: not seen.upstream(endpoint["id"]))


def test_a_test_gets_a_sample_at_once(n8n: Engine, seen: Account, credential: Credential) -> None:
    """Testing the trigger brings a sample with the keys of a live event, and cleans up."""
    trigger = trigger_node(credential)
    action = action_node(credential, "list_contacts", limit=1)
    workflow = make(n8n, "Tested", trigger, action)
    whole = n8n.rest("GET", f"workflows/{workflow['id']}")
    asked = {
        "workflowData": whole,
        "triggerToStartFrom": {"name": trigger["name"]},
        "destinationNode": {"nodeName": trigger["name"], "mode": "inclusive"},
    }
    assert n8n.rest("POST", f"workflows/{workflow['id']}/run", asked)["waitingForWebhook"]
    (done,) = n8n.wait_for(lambda: executions(n8n, workflow))
    assert done["status"] == "success", n8n.tail()
    told = n8n.rest("GET", f"executions/{done['id']}")["data"]
    for key in trigger_sample(EVENT[EVENT_TYPE]):
        assert f'"{key}"' in told
    n8n.wait_for(lambda: not endpoints(seen, workflow))


def test_choices_have_search_and_pages(n8n: Engine, credential: Credential) -> None:
    """An id is chosen from what is in Stora now."""

    def found(method: str, form: dict[str, Any], **more: Any) -> Any:
        node = {"name": f"{NAME}.unitwire", "version": 1}
        return n8n.rest(
            "POST",
            "dynamic-node-parameters/resource-locator-results",
            {
                "path": "parameters.unit_id",
                "methodName": method,
                "nodeTypeAndVersion": node,
                "currentNodeParameters": form,
                "credentials": credential,
                **more,
            },
        )

    sites = found("site", {})["results"]
    assert len(sites) > 1
    narrowed = found("site", {}, filter=sites[0]["name"])["results"]
    assert sites[0] in narrowed
    everywhere = found("unit", {})["results"]
    there = {"__rl": True, "mode": "list", "value": sites[0]["value"]}
    here = found("unit", {"more": {"choose_site_id": there}})["results"]
    assert 0 < len(here) < len(everywhere)
    contacts = found("contact", {})["results"]
    assert contacts
    several = found("contact_or_unit", {})
    assert several["results"][0]["name"].startswith("Contact: ")
    second = found("contact_or_unit", {}, paginationToken=several["paginationToken"])
    assert second["results"][0]["name"].startswith("Unit: ")
    assert "paginationToken" not in second


def test_a_refusal_names_the_field_by_its_label(
    n8n: Engine, seen: Account, credential: Credential
) -> None:
    """What Unitwire refuses is told in its words, with the label of the field at fault."""
    action = action_node(credential, "create_contact", email="nobody", full_name="Jane Doe")
    workflow = make(n8n, "Refused", trigger_node(credential), action)
    activate(n8n, workflow)
    n8n.wait_for(lambda: endpoints(seen, workflow))
    seen.happens(EVENT_TYPE)
    (done,) = n8n.wait_for(lambda: executions(n8n, workflow))
    told = n8n.rest("GET", f"executions/{done['id']}")["data"]
    n8n.rest("POST", f"workflows/{workflow['id']}/deactivate")
    assert done["status"] == "error"
    assert "E-Mail: Must be an e-mail address" in told


def test_forms_are_read_as_people_fill_them_in(
    n8n: Engine, seen: Account, credential: Credential
) -> None:
    """A time is one of the workflow's zone, entries become an object, what is empty is left out."""
    more = {
        "due_at": "2030-01-01T09:00:00",
        "description": "",
        "metadata": {"entries": [{"key": "made_by", "value": "n8n"}]},
    }
    action = action_node(credential, "create_task", title="Forms are read", more=more)
    action["parameters"]["resource"] = "task"
    workflow = make(n8n, "Forms", trigger_node(credential), action, timezone="America/New_York")
    activate(n8n, workflow)
    n8n.wait_for(lambda: endpoints(seen, workflow))
    seen.happens(EVENT_TYPE)
    (done,) = n8n.wait_for(lambda: executions(n8n, workflow))
    n8n.rest("POST", f"workflows/{workflow['id']}/deactivate")
    told = n8n.rest("GET", f"executions/{done['id']}")["data"]
    assert done["status"] == "success", told
    (task,) = (each for each in seen.all("/tasks", "tasks") if each["title"] == "Forms are read")
    assert task["due_at"].startswith("2030-01-01T14:00:00")
    assert task["metadata"]["made_by"] == "n8n"
    assert task["description"] is None


def standing(seen: Account, event_type: str) -> dict[str, str]:
    """Return changes that make an event one of what is in Stora: ids, by their paths.

    The contact is one who rents; what the event is about has the status that the event tells of.
    """
    event = EVENT[event_type]
    told = trigger_sample(event)
    tenancy = next(seen.all(PLACES["tenancy"].path, PLACES["tenancy"].many))
    own = PLACES[event.resource]
    ours = [
        each for each in seen.all(own.path, own.many) if each.get("status") == told.get("status")
    ]
    changes = {f"{event.resource}.id": each["id"] for each in ours[:1]}
    for relation in ("contact", "site"):
        if relation in told:
            changes[f"{event.resource}.{relation}.id"] = tenancy[relation]["id"]
    return changes


@pytest.mark.parametrize("recipe", [each for each in RECIPES if each.events], ids=lambda r: r.key)
def test_each_recipe_runs(
    n8n: Engine, seen: Account, credential: Credential, recipe: Recipe
) -> None:
    """The examples can be imported as they are, and run when their event happens."""
    example = workflows()[recipe.key]
    for node in example["nodes"]:
        if node["type"].startswith(NAME):
            node["credentials"] = credential
    workflow = n8n.rest("POST", "workflows", example)
    activate(n8n, workflow)
    n8n.wait_for(lambda: endpoints(seen, workflow))
    for event_type in recipe.events:
        seen.happens(event_type, **standing(seen, event_type))
    n8n.wait_for(lambda: len(executions(n8n, workflow)) == len(recipe.events))
    n8n.rest("POST", f"workflows/{workflow['id']}/deactivate")
    for done in executions(n8n, workflow):
        told = n8n.rest("GET", f"executions/{done['id']}")["data"]
        assert done["status"] == "success", told
        assert f'"{example["nodes"][-1]["name"]}":' in told, told
        assert recipe.key != "signed_contract" or "application/pdf" in told, told


@pytest.mark.parametrize("recipe", [r for r in RECIPES if not r.events], ids=lambda r: r.key)
def test_other_recipes_can_be_imported(n8n: Engine, recipe: Recipe) -> None:
    """What begins with a form or a time of day is taken by n8n, too."""
    made = n8n.rest("POST", "workflows", workflows()[recipe.key])
    assert len(made["nodes"]) == len(recipe.steps) + 2
