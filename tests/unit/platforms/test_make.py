"""What Make demands of an app: ours has it, and each rule finds what breaks it."""

import json
from typing import Any

import pytest
from platforms.broken import Break, found_in

from connector.catalogue.events import EVENT
from connector.platforms.make import MAKE
from connector.platforms.make.rules import PROJECT
from connector.platforms.make.triggers import trigger_label
from connector.platforms.rules import faults

PACKAGE = MAKE.render()
MODULE = "modules/createDeal/createDeal"
WEBHOOK = "webhooks/dealWon/dealWon"
CONNECTION = "connections/unitwire/unitwire.oauth-communication.iml.json"
BASE = "general/base.iml.json"
GROUPS = "general/groups.json"


def test_the_package_breaks_no_rule() -> None:
    """All rules hold, and rendering again gives the same bytes."""
    assert list(faults(MAKE.rules, PACKAGE)) == []
    assert MAKE.render() == PACKAGE


@pytest.mark.parametrize(
    ("event_type", "label"),
    [
        ("contact.created", "Watch new contacts"),
        ("invoice.paid", "Watch paid invoices"),
        ("invoice.marked_uncollectible", "Watch invoices marked uncollectible"),
        ("tenancy.started", "Watch started tenancies"),
    ],
)
def test_triggers_are_called_as_make_wants_it(event_type: str, label: str) -> None:
    """`Watch`, then what happened to which things, in many."""
    assert trigger_label(EVENT[event_type]) == label


def test_what_is_watched_is_shown_as_it_is_delivered() -> None:
    """The sample of a trigger is the whole event, and its interface leads to each field."""
    sample = json.loads(PACKAGE["modules/watchInvoicePaid/watchInvoicePaid.samples.iml.json"])
    shown = json.loads(PACKAGE["modules/watchInvoicePaid/watchInvoicePaid.interface.iml.json"])
    assert sample["type"] == "invoice.paid"
    (data,) = (each for each in shown if each["name"] == "data")
    (invoice,) = data["spec"]
    assert {each["name"] for each in invoice["spec"]} == set(sample["data"]["invoice"])


def test_no_secret_of_the_app_goes_to_an_address_that_somebody_typed() -> None:
    """Client and secret are the person's own input, like the address; the app has none."""
    assert json.loads(PACKAGE[PROJECT])["generalCodeFiles"]["common"] is None
    assert b"common." not in PACKAGE[CONNECTION]


def _about(document: dict[str, Any], name: str = "createDeal") -> dict[str, Any]:
    module: dict[str, Any] = document["components"]["module"][name]
    return module


def _error(document: dict[str, Any]) -> dict[str, Any]:
    error: dict[str, Any] = document["response"]["error"]
    return error


BREAKS: list[tuple[str, Break, set[str]]] = [
    (PROJECT, lambda d: d.update(version=1), {"M001"}),
    (PROJECT, lambda d: d["components"].pop("function"), {"M001"}),
    (PROJECT, lambda d: _about(d)["codeFiles"].pop("scope"), {"M001"}),
    (PROJECT, lambda d: _about(d).update(moduleType="poll"), {"M001"}),
    (PROJECT, lambda d: _about(d).update(icon="x"), {"M001"}),
    (PROJECT, lambda d: _about(d).update(label="Create A Deal"), {"M002"}),
    (PROJECT, lambda d: _about(d, "watchDealWon").update(label="New deals"), {"M002"}),
    (PROJECT, lambda d: _about(d).update(description="Create a deal."), {"M003"}),
    (PROJECT, lambda d: _about(d).update(description="Creates a deal"), {"M003"}),
    (
        PROJECT,
        lambda d: d["components"]["rpc"].update(import_=d["components"]["rpc"].pop("listStaff")),
        {"M004", "M011"},
    ),
    (f"{MODULE}.communication.iml.json", lambda d: d.update(verb="POST"), {"M005"}),
    (f"{MODULE}.communication.iml.json", lambda d: d.pop("body"), {"M005"}),
    (f"{MODULE}.communication.iml.json", lambda d: d.update(method="PUSH"), {"M005"}),
    (f"{MODULE}.communication.iml.json", lambda d: d["response"].update(rows=1), {"M005"}),
    (f"{MODULE}.mappable-params.iml.json", lambda d: d[0].update(type="string"), {"M006"}),
    (f"{MODULE}.mappable-params.iml.json", lambda d: d[0].update(tooltip="x"), {"M006"}),
    (f"{MODULE}.mappable-params.iml.json", lambda d: d[0].update(label="x" * 257), {"M006"}),
    (f"{MODULE}.mappable-params.iml.json", lambda d: d[0].update(name="x" * 129), {"M006"}),
    (f"{MODULE}.interface.iml.json", lambda d: d.clear(), {"M007"}),
    (f"{MODULE}.samples.iml.json", lambda d: d.update(more=1), {"M007"}),
    (BASE, lambda d: d.pop("baseUrl"), {"M008"}),
    (BASE, lambda d: d["log"].update(sanitize=[]), {"M008"}),
    (BASE, lambda d: _error(d).pop("429"), {"M008"}),
    (BASE, lambda d: _error(d)["401"].update(type="UnknownError"), {"M008"}),
    (CONNECTION, lambda d: d.pop("refresh"), {"M009"}),
    (CONNECTION, lambda d: d["info"]["response"].pop("metadata"), {"M009"}),
    (CONNECTION, lambda d: d["token"]["log"].update(sanitize=[]), {"M009"}),
    (f"{WEBHOOK}.attach.iml.json", lambda d: d["response"].update(data={}), {"M010"}),
    (f"{WEBHOOK}.detach.iml.json", lambda d: d.update(url="/webhook_endpoints"), {"M010"}),
    (PROJECT, lambda d: _about(d, "watchDealWon").pop("webhook"), {"M010"}),
    (f"{MODULE}.mappable-params.iml.json", lambda d: d[2].update(options="rpc://no"), {"M011"}),
    (f"{MODULE}.mappable-params.iml.json", lambda d: d[1].pop("help"), {"M012"}),
    (GROUPS, lambda d: d[0]["modules"].pop(), {"M013"}),
    (GROUPS, lambda d: d[0]["modules"].append(d[1]["modules"][0]), {"M013"}),
    ("webhooks/events/events.params.iml.json", lambda d: d[0]["options"].pop(), {"M014"}),
]


@pytest.mark.parametrize(("file", "breaks", "rules"), BREAKS)
def test_each_rule_finds_what_breaks_it(file: str, breaks: Break, rules: set[str]) -> None:
    """The rule's id is told, and no other."""
    assert found_in(MAKE, PACKAGE, file, breaks) == rules


def test_every_rule_is_tried() -> None:
    """No rule is without something that breaks it."""
    tried = set().union(*(rules for _, _, rules in BREAKS))
    assert tried == {rule.id for rule in MAKE.rules}
