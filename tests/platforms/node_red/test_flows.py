"""A real Node-RED runs the nodes: events start flows, actions act in Stora, deploys keep order."""

import json
from typing import Any

import requests
from platforms import proofs
from platforms.account import API, Account
from platforms.node_red.engine import Node, NodeRed, until

TAB: Node = {"id": "tab", "type": "tab", "label": "Café flow"}


def trigger(*events: str, wires: str = "whole") -> Node:
    """Return the trigger node."""
    return {
        "id": "trigger",
        "type": "unitwire-trigger",
        "z": "tab",
        "name": "",
        "account": "account",
        "events": list(events),
        "wires": [[wires]],
    }


def action(key: str, kind: str = "action", **fields: tuple[str, str]) -> Node:
    """Return an action node; each field is a value and its type."""
    return {
        "id": "action",
        "type": f"unitwire-{kind}",
        "z": "tab",
        "account": "account",
        "action": key,
        "fields": {name: {"v": value, "t": kind} for name, (value, kind) in fields.items()},
        "wires": [["whole"]],
    }


def emails(account: Account) -> list[str]:
    """Return the addresses of all contacts in Stora."""
    return [each["email"] for each in account.all("/contacts", "contacts")]


def test_the_whole_story(account: Account, fresh: NodeRed, token: str) -> None:
    """Deploy, event, contact in Stora, deploy again, restart with an event in between, remove."""
    email = '"nr-" & $lowercase(unitwire.event) & "@example.com"'
    create = action("create_contact", email=(email, "jsonata"), full_name=("payload.number", "msg"))
    flow = [
        TAB,
        fresh.account(account.url, token),
        trigger("credit_note.created", wires="action"),
        create,
        *fresh.outlet(),
    ]
    fresh.deploy(flow)
    fresh.listens()
    (endpoint,) = fresh.endpoints(account.url, token)
    assert endpoint["metadata"]["external_id"] == f"tab/trigger@127.0.0.1:{fresh.port}"
    assert endpoint["name"] == "Node-RED: Café flow"
    assert len(account.upstream(endpoint["id"])) == 1

    first = account.happens("credit_note.created")
    done = fresh.message(lambda each: each.get("unitwire", {}).get("event") == first)
    assert f"nr-{first}@example.com" in emails(account)
    assert done["payload"]["contact"]["id"] == done["payload"]["flat"]["contact_id"]

    fresh.deploy(flow)
    fresh.listens()
    assert [each["id"] for each in fresh.endpoints(account.url, token)] == [endpoint["id"]]

    fresh.stop()
    second = account.happens("credit_note.created")
    fresh.start()
    fresh.message(lambda each: each.get("unitwire", {}).get("event") == second)
    assert [each["id"] for each in fresh.endpoints(account.url, token)] == [endpoint["id"]]

    fresh.deploy([])
    until(lambda: not fresh.endpoints(account.url, token))
    assert account.upstream(endpoint["id"]) == []
    assert "error" not in fresh.log().lower(), fresh.log()
    proofs.record(
        "node-red",
        auth="OAuth 2 with PKCE; personal token",
        trigger="yes, kept through deploys and restarts",
        actions="all",
        searches="all",
        dropdowns="with search, unit by site",
        engine=f"Node-RED {fresh.ask('GET', 'settings')['version']}, its editor in Chromium",
    )


def test_an_event_starts_the_flow_once(account: Account, red: NodeRed, token: str) -> None:
    """An event that is delivered again, under the same id, is taken and does nothing."""
    red.deploy([TAB, red.account(account.url, token), trigger("deal.won"), *red.outlet()])
    red.listens()
    event = account.happens("deal.won")
    came = red.message(lambda each: each.get("unitwire", {}).get("event") == event)
    assert came["topic"] == came["payload"]["type"] == "deal.won"
    assert came["payload"]["flat"]["deal_id"] == came["payload"]["deal_id"]
    log = until(
        lambda: [
            each
            for each in ask(account, token, "GET", "/deliveries")["deliveries"]
            if each["event"]["id"] == event and each["status"] == "delivered"
        ]
    )
    ask(account, token, "POST", f"/deliveries/{log[0]['id']}/replay")
    last = account.happens("deal.won")
    red.message(lambda each: each.get("unitwire", {}).get("event") == last)
    began = [each.get("unitwire", {}).get("event") for each in red.messages()]
    assert began.count(event) == 1


def ask(account: Account, token: str, method: str, below: str) -> dict[str, Any]:
    """Return what Unitwire answers to the personal token."""
    headers = {"Authorization": f"Bearer {token}"}
    answer = requests.request(method, f"{account.url}{API}{below}", headers=headers, timeout=20)
    assert answer.ok, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_only_unitwire_starts_a_flow(account: Account, red: NodeRed, token: str) -> None:
    """What is not signed is refused; for a trigger that is gone, Unitwire is told so."""
    red.deploy([TAB, red.account(account.url, token), trigger("deal.lost"), *red.outlet()])
    red.listens()
    body = json.dumps({"event": {"id": "evt_forged", "type": "deal.lost", "data": {}}})
    for signature in (None, "", "t=1,v1=" + "0" * 64, f"t={2**60},v1="):
        headers = {"X-Stora-Signature": signature} if signature is not None else {}
        red.ask("POST", "unitwire/events/trigger/account", data=body, headers=headers, status=401)
    red.ask("POST", "unitwire/events/trigger/other", data=body, status=410)
    red.ask("POST", "unitwire/events/gone/account", data=body, status=410)
    red.ask(
        "POST", "unitwire/events/trigger/account", data=b"x" * (2 * 1024 * 1024 + 1), status=413
    )
    assert "evt_forged" not in str(red.messages())


def test_a_sample_tries_a_flow_out(account: Account, red: NodeRed, token: str) -> None:
    """The button sends an event with the keys of a real one."""
    red.deploy([TAB, red.account(account.url, token), trigger("task.completed"), *red.outlet()])
    red.listens()
    red.ask("POST", "unitwire/triggers/trigger/sample", status=204)
    sample = red.message(lambda each: each.get("unitwire", {}).get("sample"))
    event = account.happens("task.completed")
    real = red.message(lambda each: each.get("unitwire", {}).get("event") == event)
    assert set(sample["payload"]) == set(real["payload"])
    red.ask("POST", "unitwire/triggers/no-such/sample", status=404)


def test_a_token_that_is_no_good_is_shown(account: Account, red: NodeRed) -> None:
    """The node's status says what to do, and nothing is tried again and again."""
    red.deploy([])
    red.deploy([TAB, red.account(account.url, "no-such"), trigger("deal.won"), *red.outlet()])
    red.message(lambda each: each.get("status", {}).get("text") == "sign in again")
