"""The edit forms in a real browser: events are ticked, fields filled in, choices looked up."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from platforms.account import Account
from platforms.node_red.engine import Node, NodeRed

TAB: Node = {"id": "tab", "type": "tab", "label": "Edited"}
OPEN = "RED.editor.edit(RED.nodes.node('{}'))"
OPEN_ACCOUNT = "RED.editor.editConfig('', 'unitwire-account', 'account')"
DONE = "#node-dialog-ok"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium; without it, the tests are skipped, but never in CI."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        assert "CI" not in os.environ, "CI needs Chromium"
        pytest.skip("Chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def page(account: Account, red: NodeRed, token: str, browser: Any) -> Iterator[Any]:
    """The editor with one node of each kind in it; any error in the page fails the test."""
    inside = {"z": "tab", "account": "account", "wires": [[]]}
    red.deploy(
        [
            TAB,
            red.account(account.url, token),
            inside | {"id": "trigger", "type": "unitwire-trigger", "events": ["deal.won"]},
            inside | {"id": "action", "type": "unitwire-action", "action": "", "fields": {}},
            inside
            | {"id": "search", "type": "unitwire-search", "action": "list_units"}
            | {"fields": {"status": {"v": "available", "t": "choice"}}},
        ]
    )
    opened = browser.new_page()
    opened.set_default_timeout(8000)
    problems: list[str] = []
    opened.on("pageerror", lambda problem: problems.append(str(problem)))
    opened.goto(red.url)
    opened.wait_for_function("window.RED?.nodes?.node?.('trigger')")
    yield opened
    assert problems == []
    opened.close()


def save(page: Any) -> None:
    """Press Done, and wait until the form has gone."""
    page.click(DONE)
    page.wait_for_selector(DONE, state="detached")


def test_all_nodes_are_in_the_palette(page: Any) -> None:
    """Under the name of what they are about, with their own icon."""
    for name in ("trigger", "action", "search"):
        assert page.locator(f"#red-ui-palette [data-palette-type='unitwire-{name}']").count() == 1
    icon = page.evaluate("fetch('icons/@unitwire/node-red/unitwire.svg').then((a) => a.status)")
    assert icon == 200


def test_events_are_ticked(page: Any) -> None:
    """Those that are chosen are shown as such; ticking another adds it."""
    page.evaluate(OPEN.format("trigger"))
    page.fill(".unitwire-find", "invoice paid")
    page.click(".red-ui-treeList-label:has-text('Invoice paid') >> visible=true")
    save(page)
    assert page.evaluate("RED.nodes.node('trigger').events") == ["deal.won", "invoice.paid"]


def test_an_action_is_filled_in(page: Any) -> None:
    """Its fields appear with it; what is typed is kept with its kind, empty fields are not."""
    page.evaluate(OPEN.format("action"))
    page.select_option("#node-input-action", "reserve_unit")
    rows = page.locator(".unitwire-fields .form-row")
    assert rows.count() == 3, "the site that narrows, the unit, the tenancy"
    rows.nth(0).locator("input.red-ui-typedInput-input:visible").first.press_sequentially("river")
    page.locator(".red-ui-autoComplete-container small").first.click()
    save(page)
    kept = page.evaluate("RED.nodes.node('action').fields")
    assert list(kept) == ["choose_site_id"]
    assert kept["choose_site_id"]["v"].startswith("site_")
    assert page.evaluate("RED.nodes.node('action').action") == "reserve_unit"


def test_what_was_filled_in_is_there_again(page: Any) -> None:
    """Opening a form and closing it changes nothing."""
    before = page.evaluate("RED.nodes.node('search').fields")
    page.evaluate(OPEN.format("search"))
    page.wait_for_selector(".unitwire-fields .form-row")
    save(page)
    assert page.evaluate("RED.nodes.node('search').fields") == before


def test_an_account_is_tested(account: Account, page: Any) -> None:
    """The button shows the operator's name, with the token that the editor cannot see."""
    page.evaluate(OPEN_ACCOUNT)
    page.click(".unitwire-test")
    page.wait_for_selector(f".unitwire-result:has-text('{account.operator}')")
    assert page.input_value(".unitwire-redirect").endswith("/unitwire/callback")
