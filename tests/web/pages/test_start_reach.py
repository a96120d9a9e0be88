"""The first run's tested line: whether Stora's webhooks find their way here."""

import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from sqlalchemy import insert
from web.pages.conftest import BASE

from connector import world
from connector.flows import first_run
from connector.flows.first_run import FRESH_MS, PROBE, progress, reach
from connector.flows.parts import Parts
from connector.flows.reach import DAY_MS, Finding
from connector.store.tables import refusals

GOOD = (Finding("address", "ok", "It answers."), Finding("clock", "ok", "It agrees."))
AWAY = Finding("address", "warn", "It could not be called from here.", "Look from elsewhere.")


@pytest.fixture
def probed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[int]]:
    """Return a function that says what a test of the way from Stora finds; each is counted."""

    def say(*found: Finding) -> list[int]:
        times: list[int] = []

        def probe(*_: Any) -> tuple[Finding, ...]:
            times.append(world.now_ms())
            return found

        monkeypatch.setattr(first_run, "probe", probe)
        return times

    return say


def settled(parts: Parts) -> None:
    """Wait until nothing is being tested any more."""
    for _ in range(500):
        if not parts.background.busy(PROBE):
            return
        world.sleep(0.01)
    raise AssertionError("still busy")


def test_the_page_does_not_wait_for_the_test(
    parts: Parts, person: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is there at once, says that a test runs, and looks again by itself."""
    held = threading.Event()
    monkeypatch.setattr(first_run, "probe", lambda *_: (held.wait(10), GOOD)[1])
    page = person.look("/start")
    assert "Being tested" in page
    assert re.search(r'id="reach"[^>]*data-refresh', page)
    held.set()
    settled(parts)
    page = person.look("/start")
    assert "It answers." in page
    assert "data-refresh" not in page.partition('id="reach"')[2].partition(">")[0]


def test_what_was_found_counts_ten_minutes(parts: Parts, person: Any, probed: Any) -> None:
    """To the millisecond; then it is tested once more, while the old result is shown."""
    times = probed(*GOOD)
    with time_machine.travel(world.now_ms() / 1000, tick=False) as clock:
        for shift_s, tests in ((0, 1), (FRESH_MS / 1000, 1), (0.001, 2)):
            clock.shift(shift_s)
            person.look("/start")
            settled(parts)
            assert len(times) == tests


def test_it_is_tested_again_on_request(parts: Parts, person: Any, probed: Any) -> None:
    """By the button, and by nobody who is not signed in or comes from another page."""
    times = probed(*GOOD)
    person.look("/start")
    settled(parts)
    assert person.press("/start/reach?builder=n8n").location == "/start?builder=n8n&at=#reach"
    settled(parts)
    assert len(times) == 2
    person.press("/start/reach", 403, csrf="x")
    person.client.delete_cookie("unitwire", domain="127.0.0.1")
    assert person.client.post("/start/reach", base_url=BASE).status_code == 403
    settled(parts)
    assert len(times) == 2


@pytest.mark.parametrize("status", ["warn", "fail"])
def test_what_is_wrong_is_told_with_what_mends_it(
    parts: Parts, person: Any, probed: Any, status: str
) -> None:
    """As text, whatever is in it."""
    probed(Finding("certificate", status, "<b>Ended.</b>", "Renew it with `certbot`."))
    person.look("/start")
    settled(parts)
    page = person.look("/start")
    assert "&lt;b&gt;Ended.&lt;/b&gt;" in page
    assert "Renew it with <code>certbot</code>." in page
    assert ("To mend" if status == "fail" else "Not known yet") in page


def test_an_event_that_came_proves_the_address(
    parts: Parts, person: Any, probed: Any, log: Any
) -> None:
    """Also where this network cannot call itself; what is certainly wrong stays wrong."""
    probed(AWAY, GOOD[1])
    log()
    seen = progress(parts, "conn_1")
    reach(parts, "conn_1", seen)
    settled(parts)
    found = reach(parts, "conn_1", seen)
    assert found.good is True
    assert AWAY not in found.found
    probed(Finding("address", "fail", "Something else answers.", "Mend it."))
    first_run.probe_again(parts)
    settled(parts)
    assert reach(parts, "conn_1", seen).good is False


@pytest.mark.parametrize(("age_ms", "good"), [(DAY_MS - 1000, False), (DAY_MS, True)])
def test_webhooks_refused_for_their_age_are_told_for_a_day(
    parts: Parts, person: Any, probed: Any, age_ms: int, good: bool
) -> None:
    """They prove that the clock was wrong, but not that it still is."""
    probed(*GOOD)
    row = {"endpoint_id": "we_1", "reason": "age", "count": 1, "last_at": world.now_ms() - age_ms}
    with parts.store.begin() as c:
        c.execute(insert(refusals).values(row))
    seen = progress(parts, "conn_1")
    reach(parts, "conn_1", seen)
    settled(parts)
    assert reach(parts, "conn_1", seen).good is good
