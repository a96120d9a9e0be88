"""Every page in a real browser: it fits, it is accessible, it is light, nothing goes wrong."""

import json
from typing import Any

import pytest
import stage
from playwright.sync_api import expect
from sqlalchemy import select, update

from benchmarks import seed
from connector import world
from connector.catalogue.filters import Clause
from connector.catalogue.ids import EXAMPLE_IDS
from connector.catalogue.samples import sample
from connector.flows.audit import BROWSER
from connector.flows.clients import add_client
from connector.flows.endpoint_filter import set_filter
from connector.flows.pause import pause, resume
from connector.flows.personal_tokens import add_token
from connector.platforms.builders import NAMES
from connector.store.tables import deliveries, events, picklists, webhook_endpoints

DELIVERIES = 3_000
PAGES = {
    "home": "/",
    "workflows": "/workflows",
    "workflow": f"/workflows/{seed.endpoint_id(3)}",
    "filter": f"/workflows/{seed.endpoint_id(0)}/filter",
    "resume": f"/workflows/{seed.endpoint_id(6)}/resume",
    "deliveries": "/deliveries",
    "delivery": "/deliveries?status=dead",  # the first of them
    "replay": "/replays/new?status=dead",
    "why": f"/why?id={seed.endpoint_id(3)}",
    "set-up": "/start?builder=zapier",
    "account": "/account",
    "changes": "/account/changes",
    "builders": "/clients",
    "builder": "/clients",  # the first of them
    "builder-new": "/clients/new?platform=n8n",
}
EMPTY = ("home", "workflows", "deliveries", "why", "set-up", "account", "changes", "replay")
FIRST = {"delivery": "#log tr a", "builder": "tbody a"}
MOST_BYTES = 100_000
SITES = ("Camden Lock", "Brighton Marina", "Leeds Dock", "Salford Quays", "York Road")


@pytest.fixture(scope="module")
def full(shown: Any) -> str:
    """The cookie of an operator with a month of events, builders, a filter, and changes."""
    parts, connection_id = shown.parts, seed.seed(shown.parts, DELIVERIES)
    for platform in ("n8n", "zapier"):
        uri = f"https://{platform}.example.com/oauth/callback"
        add_client(
            parts,
            platform=platform,
            name=NAMES[platform],
            redirect_uris=[uri],
            actor=BROWSER,
            connection_id=connection_id,
        )
    for number in (7, 8):
        pause(parts, connection_id, seed.endpoint_id(number), actor=BROWSER)
        resume(parts, connection_id, seed.endpoint_id(number), per_minute=60, actor=BROWSER)
    clauses = [
        Clause("invoice.site.id", "is", (EXAMPLE_IDS["site"],)),
        Clause("invoice.total.amount", "at_least", ("5000",)),
    ]
    set_filter(parts, connection_id, seed.endpoint_id(0), clauses, actor=BROWSER)
    tell_apart(parts)
    site_ids = (EXAMPLE_IDS["site"], *(f"site_{number}" for number in range(1, len(SITES))))
    sites = [{"value": id, "label": name} for id, name in zip(site_ids, SITES, strict=True)]
    add_token(parts, connection_id=connection_id, name="Nightly report", actor=BROWSER)
    with parts.store.begin() as c:
        kept = {"name": "sites", "items": json.dumps(sites), "fetched_at": world.now_ms()}
        c.execute(picklists.insert().values(connection_id=connection_id, **kept))
    return str(shown.cookie(connection_id))


def tell_apart(parts: Any) -> None:
    """Let what was given up, which the log shows from near, have bodies of its own."""
    dead = select(deliveries.c.event_id).where(deliveries.c.status == "dead")
    with parts.store.begin() as c:
        for row in c.execute(select(events).where(events.c.id.in_(dead))).all():
            body = json.dumps(sample(row.type, at=row.occurred_at, event_id=row.id))
            this = events.c.id == row.id
            c.execute(update(events).where(this).values(body=body.encode()))


@pytest.fixture(scope="module")
def empty(shown: Any) -> str:
    """The cookie of an operator with nothing yet."""
    return str(shown.cookie(stage.connect(shown.parts, "conn_new", operator="Hilltop Storage")))


def check(window: Any, name: str, path: str) -> None:
    """Open a page and assert that all is well with it."""
    page = window.open(path)
    if name in FIRST:
        window.open(page.locator(FIRST[name]).first.get_attribute("href"))
    page.wait_for_load_state("networkidle")
    assert window.weight < MOST_BYTES
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"], "the page is wider than the window"
    assert window.violations() == []
    assert window.faults == []


@pytest.mark.parametrize("mode", ["wide", "narrow", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_a_full_page_is_fine(shown: Any, full: str, open_window: Any, name: str, mode: str) -> None:
    """No violation, no error, no overflow, under 100 kB: wide, on a phone, and dark."""
    window = open_window(shown.origin, full, mode)
    check(window, name, PAGES[name])
    window.picture(f"{name}-{mode}")


@pytest.mark.parametrize("mode", ["wide", "narrow", "dark"])
def test_notices_are_fine(shown: Any, full: str, open_window: Any, mode: str) -> None:
    """A database in trouble and a workflow that is being probed, on any page."""
    down = webhook_endpoints.c.id == seed.endpoint_id(3)
    now = world.now_ms()
    pulse = shown.parts.pulse
    with shown.parts.store.begin() as c:
        since = {"failing_since": now - 3 * 3_600_000, "probe_at": now + 40_000}
        c.execute(update(webhook_endpoints).where(down).values(since))
    problem = "The database does not take writes: its disk is full."
    pulse.problems, pulse.at = [problem], now + 60_000
    try:
        window = open_window(shown.origin, full, mode)
        check(window, "notices", "/workflows")
        assert window.page.get_by_role("alert").inner_text().startswith(problem)
        expect(window.page.get_by_role("button", name="Try now")).to_have_count(1)
        window.picture(f"notices-{mode}")
    finally:
        pulse.problems, pulse.at = [], None
        with shown.parts.store.begin() as c:
            c.execute(update(webhook_endpoints).where(down).values(failing_since=None))


def test_a_condition_is_added_by_choosing_its_field(
    shown: Any, full: str, open_window: Any
) -> None:
    """Its values are there to be ticked at once, and the page says what would have matched."""
    window = open_window(shown.origin, full)
    page = window.open(f"/workflows/{seed.endpoint_id(0)}/filter")
    page.get_by_label("And").select_option("invoice.status")
    paid = page.get_by_role("group", name="Invoice › Status").get_by_label("Paid")
    paid.check()
    page.get_by_role("button", name="Try it on the last 40 events").click()
    expect(paid).to_be_checked()
    assert "It would have matched" in page.get_by_role("status").inner_text()
    page.get_by_role("button", name="Remove Invoice › Status").click()
    expect(page.get_by_role("group", name="Invoice › Status")).to_have_count(0)
    assert window.violations() == []
    assert window.faults == []


def test_loading_a_secret_again_makes_none(shown: Any, open_window: Any) -> None:
    """The browser sends the form again, and the page says that nothing was done again."""
    connection_id = stage.connect(shown.parts, "conn_again")
    stage.listen(shown.parts, "we_again", connection_id=connection_id)
    window = open_window(shown.origin, shown.cookie(connection_id))
    page = window.open("/workflows/we_again")
    page.get_by_role("button", name="New signing secret").click()
    page.get_by_label("Signing secret").wait_for()
    (before,) = [
        each for each in stage.rows(shown.parts, webhook_endpoints) if each.id == "we_again"
    ]
    page.reload()
    page.get_by_role("heading", name="This was sent already").wait_for()
    assert before in stage.rows(shown.parts, webhook_endpoints)
    assert window.violations() == []
    page.get_by_role("link", name="Go back").click()
    assert page.url.endswith("/workflows/we_again")


@pytest.mark.parametrize("name", EMPTY)
def test_an_empty_page_is_fine(shown: Any, empty: str, open_window: Any, name: str) -> None:
    """A page with nothing on it yet says what will be there, and what to do."""
    window = open_window(shown.origin, empty, "wide")
    check(window, name, PAGES[name].partition("?")[0])
    window.picture(f"{name}-empty")


def test_a_page_works_without_script(shown: Any, full: str, chromium: Any) -> None:
    """The log is filtered and paged by links and forms alone."""
    context = chromium.new_context(java_script_enabled=False)
    context.add_cookies([{"name": "unitwire", "value": full, "url": shown.origin}])
    page = context.new_page()
    page.goto(f"{shown.origin}/deliveries")
    page.get_by_label("Status").select_option("dead")
    page.get_by_role("button", name="Find").click()
    assert "status=dead" in page.url
    assert page.locator("#log .pill.dead").count() == page.locator("#log tr").count() > 0
    page.goto(f"{shown.origin}/deliveries")
    page.get_by_role("link", name="Older").click()
    assert "before=" in page.url
    context.close()


def test_moments_are_told_in_the_readers_zone(shown: Any, full: str, chromium: Any) -> None:
    """With UTC in the title."""
    context = chromium.new_context(timezone_id="Asia/Tokyo", locale="en-GB")
    context.add_cookies([{"name": "unitwire", "value": full, "url": shown.origin}])
    page = context.new_page()
    page.goto(f"{shown.origin}/deliveries")
    first = page.locator("#log time").first
    utc, told = first.get_attribute("title"), first.inner_text()
    assert utc.endswith("UTC")
    hour = int(utc.split(", ")[1].split(":")[0])
    assert f"{(hour + 9) % 24:02d}:" in told
    context.close()


def test_the_keyboard_reaches_everything_in_order(shown: Any, full: str, open_window: Any) -> None:
    """The first stop skips the navigation, and what has the focus is seen."""
    page = open_window(shown.origin, full).open("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.getElementById('main').contains(document.activeElement)")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
