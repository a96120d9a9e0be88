"""Home: what is stuck, and what is counted beside the log."""

from typing import Any

import stage
import time_machine
from web.pages.conftest import signed_in

from connector import world
from connector.flows.parts import Parts
from connector.flows.tally import DAY_MS, LATE, tally
from connector.flows.workflows import days_of


def test_each_delivery_is_counted_once(person: Any, parts: Parts, log: Any) -> None:
    """A minute after it was made, whoever counts how often; tests are not counted."""
    log(age_ms=100_000)
    log("dead", age_ms=100_000)
    log(age_ms=100_000, event_id="evt_test_1")
    log(age_ms=DAY_MS + 100_000)
    log()
    assert tally(parts) == 4
    assert tally(parts) == 0
    assert sum(days_of(parts, "conn_1", "type")["invoice.paid"]) == 3
    paces = {name: sum(days) for name, days in days_of(parts, "conn_1", "pace").items()}
    assert paces == {"200": 2, LATE: 1}
    assert "Events today" in person.look("/")


NOON = 1_800_014_400  # on 15 Jan 2027, in UTC


def test_home_says_how_fast_events_were_in_words(person: Any, parts: Parts, log: Any) -> None:
    """Also on the first day, when half and most were equally fast; and up to when it counts."""
    with time_machine.travel(NOON, tick=False):
        person = signed_in(parts, person.client)
        assert "as of" not in person.look("/")
        log(age_ms=100_000)
        tally(parts)
        home = person.look("/")
        assert "Today: half of all events and 95 of 100 within 200 ms." in home
        assert home.count('<rect class="span"') == 1
        counted = 'as of <time datetime="2027-01-15T11:58:45.000Z"'
        assert counted in home
        log(age_ms=20_000)
        assert counted in person.look("/")
        log("dead", age_ms=90_000)
        home = person.look("/")
        assert 'as of <time datetime="2027-01-15T11:58:30.000Z"' in home
        tally(parts)
        home = person.look("/")
        assert "Today: half of all events within 200 ms, 95 of 100 in over a minute." in home
    with time_machine.travel(NOON + 86_400, tick=False):
        assert "15 Jan: half of all" in signed_in(parts, person.client).look("/")


def test_home_says_what_is_stuck(person: Any, parts: Parts, log: Any) -> None:
    """By cause, with one button each; and that nothing is, when nothing is."""
    log()
    assert "Nothing is stuck" in person.look("/")
    log("pending", last_status=500)
    log("pending", last_status=500)
    home = person.look("/")
    assert "1 workflow is stuck" in home
    assert "Trouble at the builder" in home
    assert "2 events" in home
    assert 'action="/workflows/we_1/retry"' in home
    log("pending", attempts=0, last_status=None, reason=None)
    assert "3 events" in person.look("/")  # what was not tried yet waits as well
    person.press("/workflows/we_1/retry")
    assert all(row.due <= world.now_ms() for row in stage.all_deliveries(parts) if row.due)
