"""Zapier's checks: the integration passes them, and each finds what it is there to find."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from connector.platforms.rules import faults
from connector.platforms.zapier import ZAPIER, published, rules

PACKAGE = ZAPIER.render()
Change = Callable[[dict[str, Any]], object]


def found(package: dict[str, bytes]) -> set[str]:
    """Return the ids of the rules that a package breaks."""
    return {fault.rule.id for fault in faults(ZAPIER.rules, package)}


def field(row: dict[str, Any], key: str, **changes: Any) -> None:
    """Change an input field of a row; None takes a key away."""
    (found,) = (each for each in row["operation"]["inputFields"] if each["key"] == key)
    found.update(changes)
    for name in [name for name, value in changes.items() if value is None]:
        del found[name]


def add(row: dict[str, Any], **new: Any) -> None:
    """Add an input field to a row."""
    row["operation"]["inputFields"].append({"label": "New Field", "helpText": "Told.", **new})


PAID, FIND, DEAL = (
    "triggers/invoice_paid.json",
    "searches/find_contact.json",
    "creates/create_deal.json",
)

ROWS: list[tuple[str, str, Change]] = [
    ("D001", DEAL, lambda row: add(row, key="api_key", type="string")),
    ("D004", DEAL, lambda row: field(row, "site_id", choices_from=None)),
    ("D005", DEAL, lambda row: field(row, "contact_id", search="find_nobody.id")),
    ("D008", DEAL, lambda row: field(row, "name", helpText="See https://example.com for more.")),
    ("D008", DEAL, lambda row: field(row, "name", helpText="See [more](http://example.com).")),
    ("D009", FIND, lambda row: row["operation"].update(inputFields=[])),
    ("D010", FIND, lambda row: row["operation"]["sample"].pop("id")),
    ("D011", DEAL, lambda row: field(row, "name", label="Deal Name", helpText="Deal name.")),
    ("D012", DEAL, lambda row: row["operation"].update(sample={})),
    ("D014", DEAL, lambda row: field(row, "contact_id", choices_from=None)),
    (
        "D015",
        DEAL,
        lambda row: field(row, "site_id", choices_from=[{"picklist": "s", "narrow": {"a": "b"}}]),
    ),
    ("D015", DEAL, lambda row: field(row, "site_id", choices_from=[{"search": "find_nobody"}])),
    ("D018", PAID, lambda row: row["display"].update(label="Invoice paid")),
    ("D018", DEAL, lambda row: field(row, "name", label="Deal name")),
    ("D021", PAID, lambda row: row["display"].update(description="When an invoice is paid.")),
    ("D021", PAID, lambda row: row["display"].update(description="Triggers when it is paid")),
    ("D022", DEAL, lambda row: row["operation"]["inputFields"][0].update(key="")),
    ("D023", PAID, lambda row: row["operation"]["sample"].update(created_at="22/02/2025")),
    ("D024", PAID, lambda row: row["operation"]["sample"].update(number=5)),
    ("D024", PAID, lambda row: row["operation"]["sample"]["total"].update(amount=True)),
    ("D024", PAID, lambda row: row["operation"]["sample"].update(line_items={})),
    ("D025", DEAL, lambda row: field(row, "name", helpText="[A](javascript:alert(1)).")),
]


def test_the_integration_breaks_no_rule() -> None:
    """All checks pass, and rendering again gives the same bytes."""
    assert list(faults(ZAPIER.rules, PACKAGE)) == []
    assert ZAPIER.render() == PACKAGE


def test_every_check_that_is_known_is_there() -> None:
    """The list is complete, in order, each id once."""
    unknown = {"D019", "D020"}
    known = [f"D{number:03}" for number in range(1, 27)] + ["C001", "C002", "C003"]
    assert [rule.id for rule in rules.RULES] == [each for each in known if each not in unknown]


@pytest.mark.parametrize(("rule", "path", "change"), ROWS)
def test_a_fault_in_a_row_is_found(rule: str, path: str, change: Change) -> None:
    """One row is made faulty, and its rule says so."""
    row = json.loads(PACKAGE[path])
    change(row)
    assert rule in found(PACKAGE | {path: json.dumps(row).encode()})


@pytest.mark.parametrize(
    ("rule", "path", "old", "new"),
    [
        ("D002", "authentication.js", "](https://", "](x"),
        ("D003", "authentication.js", "connectionLabel:", "label:"),
        ("D006", "lib/trigger.js", "performList:", "list:"),
        ("D007", "lib/api.js", "'use strict'", "'http://example.com'"),
        ("D013", "search_or_creates.json", '"create_deal"', '"create_nothing"'),
        ("D016", "lib/trigger.js", "performSubscribe:", "subscribe:"),
        ("D017", "lib/trigger.js", "performUnsubscribe:", "unsubscribe:"),
        ("D026", "authentication.js", "addressOf(z, bundle)", "bundle.authData.address"),
        ("D026", "lib/api.js", "addressOf(z, bundle)", "bundle.authData.address"),
    ],
)
def test_a_fault_in_the_code_is_found(rule: str, path: str, old: str, new: str) -> None:
    """What the code has to hold is looked for in it."""
    text = PACKAGE[path].decode()
    assert old in text
    assert rule in found(PACKAGE | {path: text.replace(old, new).encode()})


def test_what_was_published_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A trigger, a field, a key of a sample that a published version had may not go."""
    promise = published.promise_of(PACKAGE)
    monkeypatch.setattr(rules, "published", lambda: promise)
    assert found(PACKAGE) == set()
    assert found({path: PACKAGE[path] for path in PACKAGE if path != PAID}) == {"C001"}
    row = json.loads(PACKAGE[DEAL])
    row["operation"]["inputFields"] = row["operation"]["inputFields"][1:]
    assert found(PACKAGE | {DEAL: json.dumps(row).encode()}) == {"C002"}
    row = json.loads(PACKAGE[PAID])
    del row["operation"]["sample"]["number"]
    assert "C003" in found(PACKAGE | {PAID: json.dumps(row).encode()})
    new = json.loads(PACKAGE[DEAL]) | {"key": "create_deals"}
    assert found(PACKAGE | {"creates/create_deals.json": json.dumps(new).encode()}) == set()
