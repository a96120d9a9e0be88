"""How things stand in a real browser where room is short: beside each other, and on one line."""

from typing import Any

import pytest
import stage
from playwright.sync_api import expect

from connector.flows.parts import Parts
from connector.store.tables import deliveries

LINES = """(each) => {
    const range = document.createRange();
    range.selectNodeContents(each);
    return new Set([...range.getClientRects()].map(box => Math.round(box.top))).size;
}"""
"""On how many lines the text of an element stands."""


@pytest.mark.parametrize("mode", ["wide", "narrow"])
def test_the_two_ways_on_are_equally_wide(shown: Any, open_window: Any, mode: str) -> None:
    """Where Stora is connected, both buttons fill the card, beside or below each other."""
    cookie = shown.cookie(stage.connect(shown.parts, f"conn_{mode}"))
    page = open_window(shown.origin, cookie, mode).open("/connect")
    ways = [
        page.get_by_role("link", name="See your workflows"),
        page.get_by_role("button", name="Sign out"),
    ]
    for way in ways:
        expect(way).to_be_visible()
    one, other = (way.bounding_box() for way in ways)
    assert one["width"] == pytest.approx(other["width"], abs=1)
    assert (one["y"] == other["y"]) == (mode == "wide")


def test_a_number_of_tries_stands_on_one_line(shown: Any, open_window: Any) -> None:
    """However long the reason beside it is."""
    connection_id = stage.connect(shown.parts, "conn_tries")
    stage.listen(shown.parts, "we_tries", connection_id=connection_id, name="A long name " * 9)
    give_up(shown.parts, connection_id, "The receiver says that it cannot take this now. " * 9)
    page = open_window(shown.origin, shown.cookie(connection_id)).open("/deliveries")
    for text in ("1 try", "2 tries"):
        tries = page.locator("#log td").filter(has_text=text)
        expect(tries).to_have_text(text)
        assert tries.evaluate(LINES) == 1
    expect(page.get_by_text("The receiver says").first).to_be_visible()
    assert page.get_by_text("The receiver says").first.evaluate(LINES) > 1


def give_up(parts: Parts, connection_id: str, reason: str) -> None:
    """Keep two deliveries that were given up, after one try and after two."""
    for number in (1, 2):
        row = stage.received(
            f"evt_tries_{number}",
            connection_id=connection_id,
            endpoint_id="we_tries",
            status="dead",
            reason=reason,
            due=None,
        )
        parts.ledger.record(row)
        with parts.store.begin() as c:
            these = deliveries.c.event_id == row.event_id
            c.execute(deliveries.update().where(these).values(attempts=number))


def test_the_backoffice_breaks_no_word_on_a_phone(backoffice: str, open_window: Any) -> None:
    """How something is stands on one line, and the page is as wide as the window."""
    page = open_window(backoffice, mode="narrow").open("/")
    for status in ("unavailable", "overlocked", "processing"):
        cell = page.get_by_role("cell", name=status, exact=True).first
        expect(cell).to_be_visible()
        assert cell.evaluate(LINES) == 1
    assert page.get_by_text("Identity verification").first.evaluate(LINES) <= 2
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"]
