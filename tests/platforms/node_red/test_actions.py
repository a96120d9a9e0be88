"""Every action and search, carried out in the sandbox by its node; failures come in words."""

from typing import Any

import pytest
from laws.test_actions_in_sandbox import good_input
from platforms.account import Account
from platforms.node_red.engine import Node, NodeRed
from platforms.shop import FarShop

from connector.catalogue.actions import ACTIONS
from connector.catalogue.actions.row import Action
from connector.catalogue.describe import describe
from connector.catalogue.places import PLACES

TAB: Node = {"id": "tab", "type": "tab", "label": "All"}


def line(action: Action) -> list[Node]:
    """Return an address that takes the input of an action, and answers what came of it."""
    fields = {
        field.key: {"v": f"payload.{field.key}", "t": "msg"} for field in describe(action.input)
    }
    key, inside = action.key, {"z": "tab"}
    node = {"type": f"unitwire-{action.kind}", "account": "account", "action": key}
    return [
        inside
        | {"id": f"in_{key}", "type": "http in", "url": f"/run/{key}", "method": "post"}
        | {"wires": [[key]]},
        inside | node | {"id": key, "fields": fields, "wires": [["answer"]]},
    ]


@pytest.fixture(scope="module")
def all_actions(account: Account, red: NodeRed, token: str) -> NodeRed:
    """A flow in which every action has an address."""
    answers = [
        {"id": "answer", "type": "http response", "z": "tab", "wires": []},
        {"id": "caught", "type": "catch", "z": "tab", "scope": None, "wires": [["told"]]},
        {
            "id": "told",
            "type": "change",
            "z": "tab",
            "rules": [
                {"t": "set", "p": "payload", "pt": "msg", "to": "error", "tot": "msg"},
                {"t": "set", "p": "statusCode", "pt": "msg", "to": "422", "tot": "num"},
            ],
            "wires": [["answer"]],
        },
    ]
    lines = [node for action in ACTIONS for node in line(action)]
    red.deploy([TAB, red.account(account.url, token), *lines, *answers])
    return red


@pytest.mark.parametrize("action", ACTIONS, ids=lambda each: each.key)
def test_a_node_does_what_it_says(account: Account, all_actions: NodeRed, action: Action) -> None:
    """It is carried out; the message brings all that is described, files as buffers."""
    given = good_input(FarShop(account), action)
    fresh = {
        key: f"nr-{action.key}@example.com" for key in given if given[key] == "mira@example.com"
    }
    done = all_actions.ask("POST", f"run/{action.key}", json=given | fresh)
    assert set(done) == {field.key for field in action.output}
    if action.kind == "search":
        assert done[PLACES[str(action.resource)].many], "found nothing"
    for file in done.get("files", ()):
        assert file["content"]["type"] == "Buffer"
        assert bytes(file["content"]["data"]).startswith(b"%PDF")


@pytest.mark.parametrize(
    ("key", "given", "told"),
    [
        ("create_contact", {"email": "nobody", "full_name": "Jo"}, "/email: Must be an e-mail"),
        ("create_contact", {"email": "jo@example.com"}, "/full_name: "),
        ("win_deal", {"deal_id": "deal_0000000000000000"}, "deal"),
    ],
)
def test_what_fails_is_caught_in_words(
    all_actions: NodeRed, key: str, given: dict[str, Any], told: str
) -> None:
    """A catch node gets one message that names the field."""
    caught = all_actions.ask("POST", f"run/{key}", json=given, status=422)
    assert told in caught["message"]
    assert caught["source"]["id"] == key


CHOICES = "unitwire/accounts/account/choices"


def test_choices_are_looked_up(account: Account, all_actions: NodeRed) -> None:
    """Picklists with words and narrowed by site; things without a picklist by searching."""
    sites = all_actions.ask("GET", CHOICES, params={"picklist": "sites"})
    assert len(sites) > 1
    units = all_actions.ask("GET", CHOICES, params={"picklist": "units"})
    some = all_actions.ask("GET", CHOICES, params={"picklist": "units", "site": sites[0]["value"]})
    assert 0 < len(some) < len(units)
    one = all_actions.ask("GET", CHOICES, params={"picklist": "units", "q": units[0]["label"]})
    assert units[0] in one
    person = next(iter(account.all("/contacts", "contacts")))
    found = all_actions.ask(
        "GET", CHOICES, params={"search": "list_contacts", "q": person["email"]}
    )
    assert person["id"] in [each["value"] for each in found]
    assert person["full_name"] in found[0]["label"]


def test_choices_that_there_are_not(all_actions: NodeRed) -> None:
    """Other actions cannot be carried out that way; an account has to be deployed first."""
    for params in ({}, {"picklist": "no_such"}, {"search": "overlock_units"}):
        all_actions.ask("GET", CHOICES, params=params, status=422)
    path = "unitwire/accounts/other/choices"
    told = all_actions.ask("GET", path, params={"picklist": "sites"}, status=422)
    assert told["message"] == "Deploy the account first."
