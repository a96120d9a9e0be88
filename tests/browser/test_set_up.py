"""The pages of the first run in a real browser, in every state that they can be in."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import stage
from playwright.sync_api import expect

from connector import world
from connector.flows.clients import add_client
from connector.flows.first_run import PROBE
from connector.flows.reach import Finding
from connector.flows.setup import setup_link
from connector.platforms.builders import BUILDERS
from connector.settings import LEAST_SCOPES
from connector.web.pages import people

MOST_BYTES = 100_000
UNREACHABLE = (
    Finding(
        "address",
        "warn",
        "https://unitwire.example.com could not be called from here: Connection timed out.",
        "Some networks cannot call their own public address.",
    ),
    Finding(
        "certificate",
        "fail",
        "The certificate of unitwire.example.com is not valid: certificate has expired.",
        "Give the proxy a certificate of a public authority for this name, with its chain.",
    ),
    Finding(
        "clock",
        "warn",
        "The clock is 42 s behind Stora's.",
        "Let NTP keep this machine's clock: webhooks are refused from 300 s on.",
    ),
)


def check(window: Any, path: str) -> Any:
    """Open a page and assert that all is well with it."""
    page = window.open(path)
    page.wait_for_load_state("networkidle")
    assert window.weight < MOST_BYTES
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"], "the page is wider than the window"
    assert window.violations() == [], path
    assert window.faults == []
    return page


@pytest.fixture(scope="module")
def operator(shown: Any) -> str:
    """The cookie of an operator who has connected Stora, and nothing else yet."""
    scopes = " ".join(LEAST_SCOPES)
    return str(shown.cookie(stage.connect(shown.parts, "conn_first", scopes=scopes)))


@pytest.fixture
def registered(shown: Any) -> None:
    """Two builders are registered here, one is not."""
    for platform in ("n8n", "make"):
        add_client(shown.parts, platform=platform, redirect_uris=["https://builder.test/cb"])


@pytest.mark.parametrize("mode", ["wide", "narrow", "dark"])
def test_a_builder_is_set_up(
    shown: Any, operator: str, registered: None, open_window: Any, mode: str
) -> None:
    """A builder that runs where the person says, with values, package and recipes."""
    window = open_window(shown.origin, operator, mode)
    page = check(window, "/start?builder=n8n&at=https://n8n.harbour.example")
    page.get_by_text(re.compile("^Tested ")).wait_for()
    window.picture(f"set-up-n8n-{mode}")


def test_every_builder_is_fine_on_a_phone(shown: Any, operator: str, open_window: Any) -> None:
    """No violation, no error, no overflow, under 100 kB, for each of them."""
    window = open_window(shown.origin, operator, "narrow")
    for slug in BUILDERS:
        check(window, f"/start?builder={slug}")


def test_a_value_is_copied(shown: Any, operator: str, chromium: Any) -> None:
    """By its button, which says that it was."""
    context = chromium.new_context(permissions=["clipboard-read", "clipboard-write"])
    context.add_cookies([{"name": "unitwire", "value": operator, "url": shown.origin}])
    page = context.new_page()
    page.goto(f"{shown.origin}/start?builder=mcp")
    field = page.locator(".copy").filter(has=page.get_by_label("MCP address"))
    field.get_by_role("button").click()
    field.get_by_role("button", name="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.get_by_label("MCP address").input_value()
    context.close()


@pytest.fixture
def found(shown: Any) -> Iterator[Any]:
    """What was found of the way from Stora, to be changed; well again afterwards."""
    while shown.parts.background.busy(PROBE):
        world.sleep(0.01)
    kept = shown.parts.reach
    before = kept.found, kept.at
    yield kept
    kept.found, kept.at = before


@pytest.mark.parametrize("mode", ["wide", "narrow", "dark"])
def test_what_is_wrong_with_the_way_is_seen(
    shown: Any, operator: str, found: Any, open_window: Any, mode: str
) -> None:
    """Each line with its sign, in words for who does not see it, and with what mends it."""
    found.found, found.at = UNREACHABLE, world.now_ms()
    window = open_window(shown.origin, operator, mode)
    page = check(window, "/start")
    expect(page.get_by_text("To mend", exact=True)).to_be_visible()
    expect(page.get_by_text("The clock is 42 s behind Stora's.")).to_be_visible()
    window.picture(f"set-up-unreachable-{mode}")


def test_a_test_that_runs_turns_into_its_result(
    shown: Any, operator: str, found: Any, open_window: Any
) -> None:
    """By itself, without a reload and without losing what the person was doing."""
    found.found, found.at = (), None
    held = world.monotonic() + 3
    shown.parts.background.do(PROBE, lambda: world.sleep(max(0, held - world.monotonic())))
    window = open_window(shown.origin, operator)
    page = window.open("/start")
    page.get_by_text("are being tested").wait_for()
    assert window.violations() == []
    found.found, found.at = UNREACHABLE, world.now_ms()
    page.get_by_text("The clock is 42 s behind Stora's.").wait_for()
    assert window.faults == []


@pytest.mark.parametrize("mode", ["wide", "narrow", "dark"])
def test_the_front_door_is_fine(
    shown: Any, open_window: Any, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    """A stranger reads what Unitwire is and what will be asked, where others are served too."""
    monkeypatch.setattr(people, "is_one_operators_own", lambda _parts: False)
    window = open_window(shown.origin, "", mode)
    page = check(window, "/")
    window.picture(f"welcome-{mode}")
    page.get_by_text("As Stora names them").click()
    assert window.violations() == []


@pytest.mark.parametrize("mode", ["wide", "narrow", "dark"])
def test_connecting_is_fine(shown: Any, open_window: Any, mode: str) -> None:
    """All ways on one page, what is asked for in plain words, and the sandbox's one command."""
    window = open_window(shown.origin, "", mode)
    path = setup_link(shown.parts).removeprefix(shown.parts.settings.origin)
    page = check(window, path)
    window.picture(f"connect-{mode}")
    for summary in page.locator("summary").all():
        summary.click()
    assert window.violations() == []
    page.get_by_label("Access token").fill("not a token")
    page.get_by_role("button", name="Connect").first.click()
    page.get_by_role("alert").wait_for()
    assert window.violations() == []


def test_the_first_run_works_without_script(
    shown: Any, operator: str, registered: None, chromium: Any
) -> None:
    """A builder is chosen and placed by links and forms alone."""
    context = chromium.new_context(java_script_enabled=False)
    context.add_cookies([{"name": "unitwire", "value": operator, "url": shown.origin}])
    page = context.new_page()
    page.goto(f"{shown.origin}/start")
    page.get_by_role("link", name="n8n", exact=True).click()
    page.get_by_label("Where your n8n runs").fill("https://n8n.harbour.example")
    page.get_by_role("button", name="Use this address").click()
    page.get_by_text("Once, for everybody").click()
    redirect = "https://n8n.harbour.example/rest/oauth2-credential/callback"
    expect(page.get_by_label("Redirect URL of n8n")).to_have_value(redirect)
    page.get_by_role("button", name="Test again").click()
    assert page.url.endswith("#reach")
    expect(page.get_by_label("Redirect URL of n8n")).to_have_value(redirect)
    context.close()
