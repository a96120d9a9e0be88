"""The ten example flows, as the palette installed them: deployed together, two of them run."""

import json
from pathlib import Path

import pytest
import requests
from platforms.account import Account
from platforms.node_red.engine import Node, NodeRed


def test_examples_work(account: Account, fresh: NodeRed, token: str, examples: Path) -> None:
    """All ten deploy together; a form becomes a lead, an event becomes a task and an overlock."""
    nodes: dict[str, Node] = {}
    for file in sorted(examples.glob("*.json")):
        nodes |= {node["id"]: node for node in json.loads(file.read_text())}
    real = fresh.account(account.url, token)
    del real["id"]
    for node in nodes.values():
        if node["type"] == "unitwire-account":
            node |= real
        if node["type"] == "debug":
            node["console"] = True
    fresh.deploy(list(nodes.values()))
    lead = {"email": "lead@example.com", "full_name": "Lea Lead"}
    fresh.ask("POST", "lead_form", json=lead, status=202)
    account.until(
        lambda: "Lea Lead: website" in [each["name"] for each in account.all("/deals", "deals")]
    )
    account.until(lambda: len(fresh.endpoints(account.url, token)) == 8)
    debtor = next(each["id"] for each in account.all("/contacts", "contacts"))
    happened = {
        "event_type": "invoice.marked_uncollectible",
        "operator": account.operator,
        "set": {"invoice.contact.id": debtor},
    }
    requests.post(f"{account.sandbox_url}/_sandbox/trigger", json=happened, timeout=20)
    account.until(
        lambda: any(
            each["title"].startswith("Collect invoice ") for each in account.all("/tasks", "tasks")
        )
    )
    assert "error" not in fresh.log(), fresh.log()
    fresh.deploy([])
    account.until(lambda: not fresh.endpoints(account.url, token))


@pytest.fixture
def examples(fresh: NodeRed) -> Path:
    """The folder of the examples, where the palette has installed it."""
    return fresh.home / "node_modules" / "@unitwire" / "node-red" / "examples"
