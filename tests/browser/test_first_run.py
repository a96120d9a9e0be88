"""The whole first run, with real processes: from connecting Stora to the first real event."""

import json
import os
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import expect

from connector import world
from connector.cli.demo.browser import Builder, Page
from connector.settings import PREFIX


@pytest.fixture(scope="module")
def demo() -> Iterator[dict[str, Any]]:
    """The sandbox, Unitwire and a receiver, as `unitwire demo` runs them."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    process = subprocess.Popen(
        [sys.executable, "-m", "connector", "demo", "--json", "--no-limits"],
        env=env,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.communicate(timeout=30)


def call(method: str, address: str, token: str = "", /, **body: Any) -> Any:
    """Return what a route answers."""
    with requests.Session() as session:
        session.trust_env = False
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = session.request(method, address, json=body or None, headers=headers, timeout=20)
    assert answer.ok, answer.text
    return answer.json()


@pytest.mark.slow
def test_from_nothing_to_the_first_event(demo: dict[str, Any], open_window: Any) -> None:
    """Sign in through Stora, choose a builder, see the first event arrive by itself, pause,
    resume, rotate the secret, look at the log live, sign out.
    """
    window = open_window(demo["url"])
    page = window.page
    tenant = demo["tenants"][0]

    # Through Stora's consent, which is told of before, back to the page that was asked for.
    page.goto(f"{demo['url']}/")
    page.get_by_role("link", name="Go to Stora").click()
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("heading", name="No workflow listens yet")).to_be_visible()
    window.picture("first-run-1-nothing-yet")

    page.get_by_role("link", name="Set up the first workflow").click()
    page.get_by_text("and it is this Unitwire that does").wait_for()
    expect(page.locator(".findings > .good")).to_have_count(2)  # the address and the clock
    page.get_by_role("button", name="Test again").click()
    page.get_by_text("Tested just now").wait_for()
    page.get_by_role("link", name="Zapier").click()
    expect(page.get_by_label("Address of your Unitwire")).to_have_value(demo["url"])
    expect(page.get_by_label("Client ID")).to_have_value(tenant["client_id"])
    page.get_by_text("Once, for everybody").click()
    with page.expect_download() as package:
        page.get_by_role("link", name="Download the package").click()
    assert zipfile.is_zipfile(package.value.path())
    expect(page.get_by_role("heading", name="Three Zaps to try in Zapier")).to_be_visible()
    window.picture("first-run-2-builder")

    # The builder asks, in another tab of the same browser, and may.
    builder = Builder(
        demo["url"], tenant["client_id"], tenant["client_secret"], tenant["redirect_uri"]
    )
    state, verifier = world.new_token(), world.new_token()
    tab = page.context.new_page()
    tab.goto(builder.begin(state, verifier))
    tab.get_by_role("button", name="Allow").click()
    token = builder.finish(Page(tab.url, "", "", {}), state, verifier).access_token

    # It subscribes; the page that waits turns by itself.
    made = call(
        "POST",
        f"{demo['url']}/2025-09/webhook_endpoints",
        token,
        name="Paid invoices to Slack",
        api_version="2025-09",
        url=f"{demo['receiver_url']}/zap",
        event_types=["invoice.paid"],
        metadata={"external_id": "zap_1"},
    )["endpoint"]
    page.get_by_text("Paid invoices to Slack listens.").wait_for()
    page.locator("#builder.done").wait_for()
    window.picture("first-run-3-waiting")
    page.get_by_role("button", name="Send a sample now").click()
    page.locator(".top .pill.delivered, .steps .good:last-child").last.wait_for()
    page.get_by_text("A test was sent from here").wait_for()

    # Something really happens.
    page.get_by_role("link", name="Deliveries").first.click()
    page.get_by_role("button", name="Live").click()
    call("POST", f"{demo['sandbox_url']}/_sandbox/trigger", event_type="invoice.paid")
    page.locator("#log tr.fresh").first.wait_for()
    page.goto(f"{demo['url']}/start")
    expect(page.get_by_text("Proven: an event of Stora has arrived.")).to_be_visible()
    window.picture("first-run-4-done")

    # Pause keeps, resume delivers.
    page.goto(f"{demo['url']}/workflows/{made['id']}")
    page.get_by_role("button", name="Pause").click()
    page.locator(".pill.paused").first.wait_for()
    call("POST", f"{demo['sandbox_url']}/_sandbox/trigger", event_type="invoice.paid", count=3)
    for _ in range(50):
        page.reload()
        if page.get_by_text("3 events wait").count():
            break
        page.wait_for_timeout(200)
    expect(page.get_by_text("3 events wait")).to_be_visible()
    page.get_by_role("link", name="Resume…").click()
    page.get_by_label("Pace").select_option("1200")
    page.get_by_role("button", name="Resume").click()
    page.get_by_text("3 of about 3 sent").wait_for()
    window.picture("first-run-5-resumed")

    # A new secret, shown once.
    page.goto(f"{demo['url']}/workflows/{made['id']}")
    page.get_by_role("button", name="New signing secret").click()
    assert len(page.get_by_label("Signing secret").input_value()) == 64
    assert window.dialogs[-1].startswith("Make a new signing secret?")

    # The end.
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Signed out")).to_be_visible()
    page.goto(f"{demo['url']}/workflows")
    assert demo["url"] not in page.url or "/workflows" not in page.url
    assert window.faults == []


@pytest.fixture
def own(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An installation of an operator's own beside a sandbox, as two commands start them."""
    others = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    with ExitStack() as stack:

        def begin(environment: dict[str, str], *arguments: str) -> Any:
            process = subprocess.Popen(
                [sys.executable, "-m", "connector", *arguments],
                env=environment,
                stdout=subprocess.PIPE,
                text=True,
            )
            stack.callback(process.communicate, timeout=30)
            stack.callback(process.terminate)
            return process.stdout

        stora = begin(others, "sandbox", "--port", "0", "--json")
        port = free_port()
        environment = others | {
            "UNITWIRE_DATABASE_URL": f"sqlite:///{tmp_path / 'unitwire.db'}",
            "UNITWIRE_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "UNITWIRE_STORA_API_URL": json.loads(stora.readline())["url"],
            "UNITWIRE_ALLOW_TARGETS": "127.0.0.0/8",
        }
        begin(environment, "serve", "--port", str(port))
        await_ready(f"http://127.0.0.1:{port}/healthz")
        yield environment


def await_ready(url: str) -> None:
    """Return as soon as `url` answers."""
    for _ in range(300):
        try:
            call("GET", url)
        except requests.ConnectionError:
            world.sleep(0.1)
        else:
            return
    raise AssertionError(f"{url} does not answer")


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.slow
def test_without_a_stora_account(own: dict[str, str], open_window: Any) -> None:
    """A link of `unitwire login`, one press, and the sandbox is connected and reaches Unitwire;
    what a workflow listens with can be made.
    """

    def told(*arguments: str) -> Any:
        command = [sys.executable, "-m", "connector", *arguments, "--json"]
        done = subprocess.run(command, env=own, capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    window = open_window(own["UNITWIRE_PUBLIC_URL"])
    page = window.page
    page.goto(told("login")["url"])
    assert window.violations() == []
    window.picture("connect-sandbox")
    page.get_by_role("button", name="Try it as Harbour Self Storage").click()
    page.get_by_text("and it is this Unitwire that does").wait_for()
    expect(page.get_by_text("This is the sandbox, a stand-in for Stora")).to_be_visible()
    assert page.get_by_role("link", name="its BackOffice").get_attribute("href") == (
        f"{own['UNITWIRE_STORA_API_URL']}/"
    )
    assert window.faults == []
    page.goto(f"{own['UNITWIRE_PUBLIC_URL']}/account")
    connection = page.locator("dd code").inner_text()
    made = call(
        "POST",
        f"{own['UNITWIRE_PUBLIC_URL']}/2025-09/webhook_endpoints",
        told("tokens", "add", "--connection", connection)["token"],
        name="Hook",
        api_version="2025-09",
        url=f"{own['UNITWIRE_PUBLIC_URL']}/healthz",
        event_types=["invoice.paid"],
    )
    assert made["endpoint"]["secret"]


@pytest.mark.slow
def test_a_person_plays_the_business(demo: dict[str, Any], open_window: Any) -> None:
    """Move someone in, overlock a unit, turn a dial: the events go out, and the page is fine."""
    window = open_window(demo["sandbox_url"])
    page = window.open("/")
    page.get_by_role("button", name="Move someone in").click()
    page.get_by_text("tenancy.started").first.wait_for()
    page.get_by_role("button", name="Overlock", exact=True).first.click()
    page.get_by_text("unit.overlocked").first.wait_for()
    page.get_by_label("duplicate").fill("3")
    page.get_by_role("button", name="Set").click()
    expect(page.get_by_label("duplicate")).to_have_value("3")
    page.get_by_label("duplicate").fill("0")
    page.get_by_role("button", name="Set").click()
    window.picture("backoffice-wide")
    assert window.violations() == []
    assert window.faults == []
