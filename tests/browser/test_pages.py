"""Every page in a real browser: it fits, it is accessible, it is light, nothing goes wrong."""

import json
from typing import Any

import pytest
import stage
from sqlalchemy import insert, update

from benchmarks import seed
from connector import world
from connector.catalogue.filters import Clause, write_clauses
from connector.catalogue.ids import EXAMPLE_IDS
from connector.flows.audit import BROWSER
from connector.flows.clients import add_client
from connector.flows.endpoint_filter import set_filter
from connector.flows.pause import pause, resume
from connector.flows.personal_tokens import add_token
from connector.platforms.builders import NAMES
from connector.store.tables import clients, picklists, webhook_endpoints

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
    site_ids = (EXAMPLE_IDS["site"], *(f"site_{number}" for number in range(1, len(SITES))))
    sites = [{"value": id, "label": name} for id, name in zip(site_ids, SITES, strict=True)]
    add_token(parts, connection_id=connection_id, name="Nightly report", actor=BROWSER)
    with parts.store.begin() as c:
        kept = {"name": "sites", "items": json.dumps(sites), "fetched_at": world.now_ms()}
        c.execute(picklists.insert().values(connection_id=connection_id, **kept))
    return str(shown.cookie(connection_id))


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
        assert window.page.get_by_role("button", name="Try now").count() == 1
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
    assert paid.is_checked()
    assert "It would have matched" in page.get_by_role("status").inner_text()
    page.get_by_role("button", name="Remove Invoice › Status").click()
    assert page.get_by_role("group", name="Invoice › Status").count() == 0
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


EVIL = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "javascript:alert(1)",
    "'-alert(1)-'",
    "</textarea></title></style><script>alert(1)</script>",
    "{{ 7 * 7 }}",
    "\u202eevil",
)


def test_markup_of_others_is_text(shown: Any, open_window: Any) -> None:
    """In every name, description, payload and answer: shown as it is, nothing runs."""
    connection_id = stage.connect(shown.parts, "conn_evil", operator=EVIL[0])
    for number, evil in enumerate(EVIL):
        stage.listen(
            shown.parts,
            f"we_e{number}",
            connection_id=connection_id,
            name=evil,
            description=evil,
            external_id=f"{evil}{number}",
            source=evil,
        )
        event = {"connection_id": connection_id, "endpoint_id": f"we_e{number}"}
        seed.write(shown.parts, [evil_delivery(event, number, evil)])
        with shown.parts.store.begin() as c:
            c.execute(insert(clients).values(evil_client(number, evil)))
            clauses = write_clauses([Clause("invoice.number", "is", (evil,))])
            mine = webhook_endpoints.c.id == f"we_e{number}"
            c.execute(update(webhook_endpoints).where(mine).values(filter=clauses))
    window = open_window(shown.origin, shown.cookie(connection_id))
    for path in (
        *("/", "/workflows", "/deliveries", "/start", "/account", "/account/changes"),
        *("/clients", "/replays/new"),
    ):
        page = window.open(path)
    page = window.open("/workflows")
    for evil in EVIL:
        assert page.get_by_text(evil, exact=True).count() >= 1, evil
    for number, evil in enumerate(EVIL):
        for path in (f"/workflows/we_e{number}", f"/clients/app_e{number}"):
            assert evil in window.open(path).locator("main").inner_text(), path
        page = window.open(f"/deliveries/{delivery_id(number)}")
        answer = page.get_by_label("What attempt 1 was answered")
        answer.evaluate("each => { each.closest('details').open = true; }")
        assert evil in answer.inner_text()
        assert evil in page.get_by_label("What Stora sent").inner_text()
        page.goto(f"{shown.origin}/why?id={evil}")
        page.goto(f"{shown.origin}/deliveries?q={evil}")
        page = window.open(f"/workflows/we_e{number}/filter")
        assert page.get_by_label("Value, or several with commas").first.input_value() == evil
    assert window.dialogs == []
    assert [each for each in window.faults if "(NOT FOUND)" not in each] == []


def evil_client(number: int, evil: str) -> dict[str, Any]:
    """Return the row of a client whose every text is `evil`."""
    texts = dict.fromkeys(("platform", "name", "redirect_uris", "scopes"), evil)
    return {"id": f"app_e{number}", "created_at": number} | texts


def delivery_id(number: int) -> str:
    """Return the id of the delivery that belongs to a text."""
    return f"dlv_{1_700_000_000_000 + number:012x}{number:012x}"


def evil_delivery(keys: dict[str, str], number: int, evil: str) -> tuple[dict[str, Any], ...]:
    """Return the rows of a delivery whose every text is `evil`."""
    at, id = 1_700_000_000_000 + number, delivery_id(number)
    event = {
        "id": f"evt_{number}",
        "type": "invoice.paid",
        "occurred_at": "2026-01-01T00:00:00Z",
        "received_at": at,
        "body": evil.encode(),
        "delivery_id": id,
    }
    row = {
        "id": id,
        "event_id": f"evt_{number}",
        "event_type": "invoice.paid",
        "status": "dead",
        "reason": evil,
        "due": None,
        "attempts": 1,
        "last_status": 500,
        "created_at": at,
        "give_up_at": at,
        "finished_at": at,
    }
    attempt = {
        "connection_id": keys["connection_id"],
        "delivery_id": id,
        "number": 1,
        "started_at": at,
        "duration_ms": 5,
        "status": 500,
        "error": "",
        "answer_head": f"HTTP/1.1 500 {evil}\r\nServer: {evil}\r\n".encode(),
        "answer": evil.encode(),
    }
    return keys | event, keys | row, attempt
