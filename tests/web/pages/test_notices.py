"""What must be known is said on every page: the database, and workflows that are being probed."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
import stage
from sqlalchemy import update
from trouble import impatient, locked, read_only  # noqa: F401  a fixture
from web.pages.conftest import BASE, signed_in

from connector import world
from connector.flows import notices as flow
from connector.flows.notices import SHOWN, notices
from connector.flows.parts import Parts
from connector.flows.why import PROBED, why
from connector.store.tables import webhook_endpoints

PAGES = ("/", "/workflows", "/deliveries", "/why", "/start", "/account", "/replays/new")


def failing(parts: Parts, endpoint_id: str, log: Any, **changes: Any) -> None:
    """Let a workflow fail so often that it is only probed, with one event that waits."""
    now = world.now_ms()
    stage.listen(parts, endpoint_id, name=f"Name of {endpoint_id}")
    log("pending", endpoint_id=endpoint_id)
    values = {"failing_since": now - 60_000, "probe_at": now + 30_000} | changes
    with parts.store.begin() as c:
        c.execute(
            update(webhook_endpoints).where(webhook_endpoints.c.id == endpoint_id).values(values)
        )


def row_of(parts: Parts, endpoint_id: str) -> Any:
    """Return the row of a workflow."""
    return next(row for row in stage.rows(parts, webhook_endpoints) if row.id == endpoint_id)


def test_every_page_says_that_a_workflow_is_failing(
    person: Any, stranger: Any, log: Any, parts: Parts
) -> None:
    """With the moment of the next probe and a button that asks for one; a stranger hears none."""
    failing(parts, "we_2", log)
    row = row_of(parts, "we_2")
    assert "is failing" not in person.look("/")  # which lists what is stuck
    for path in PAGES:
        if path == "/":
            continue
        page = person.look(path)
        assert "Name of we_2</a> is failing" in page, path
        assert f"{row.probe_at % 1000:03d}Z" in page, path
        assert 'action="/workflows/we_2/retry"' in page, path
        assert "we_2" not in stranger.look(path), path
    assert "is failing" not in person.look("/workflows/we_2")
    assert "Nothing was taken since" in person.look("/workflows/we_2")
    stranger.press("/workflows/we_2/retry", 404)
    person.press("/workflows/we_2/retry")
    assert row_of(parts, "we_2").probe_at <= world.now_ms()
    assert "next at" not in person.look("/")


def test_what_waits_for_a_probe_is_explained(person: Any, log: Any, parts: Parts) -> None:
    """An event that was never tried says what it waits for, with the button that asks for it."""
    failing(parts, "we_2", log)
    waits = log("pending", endpoint_id="we_2", attempts=0, last_status=None, reason=None)
    found = why(parts, "conn_1", waits)
    assert (found.sentence, found.deed) == (PROBED, "try_now")
    page = person.look(f"/deliveries/{waits}")
    assert "Waits until the workflow takes events again" in page
    assert "Next attempt" not in page


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "disabled"},
        {"paused_at": 1},
        {"deleted_at": 1},
        {"failing_since": None},
    ],
)
def test_what_is_not_probed_is_not_told(
    person: Any, log: Any, parts: Parts, changes: dict[str, Any]
) -> None:
    """What is switched off, paused, removed or well again is no news on every page."""
    failing(parts, "we_2", log, **changes)
    assert notices(parts, "conn_1").failing == []


def test_a_workflow_without_anything_to_probe_is_not_told(
    person: Any, log: Any, parts: Parts
) -> None:
    """Once all was given up or taken, there is nothing to try."""
    failing(parts, "we_2", log)
    with parts.store.begin() as c:
        c.execute(flow.deliveries.update().values(status="dead", due=None))
    assert notices(parts, "conn_1").failing == []


@pytest.mark.parametrize(("count", "more"), [(SHOWN, False), (SHOWN + 1, True)])
def test_several_that_fail_are_one_notice(
    person: Any, log: Any, parts: Parts, count: int, more: bool
) -> None:
    """It says how many, or more than three, and leads to them; Home lists them itself."""
    for number in range(count):
        failing(parts, f"we_f{number}", log, failing_since=number + 1)
    found = notices(parts, "conn_1")
    assert [each.id for each in found.failing] == [f"we_f{number}" for number in range(SHOWN)]
    assert found.more == more
    several = f"{'More than 3' if more else 3} workflows are failing"
    page = person.look("/deliveries")
    assert several in page
    assert page.count('class="note bad') == 1
    assert several not in person.look("/")


@pytest.mark.parametrize("trouble", [locked, read_only])
def test_every_page_says_what_is_wrong_with_the_database(
    impatient: None,  # noqa: F811
    parts: Parts,
    client: Any,
    monkeypatch: pytest.MonkeyPatch,
    trouble: Callable[[Parts], AbstractContextManager[str]],
) -> None:
    """In plain words, as /readyz does; what cannot be done is a page too; then it is well again."""
    if not parts.store.is_sqlite and trouble is locked:
        pytest.skip("PostgreSQL locks rows, not the database")
    monkeypatch.setattr(flow, "FRESH_MS", -1)
    stage.connect(parts)
    stage.listen(parts)
    person = signed_in(parts, client)

    def look() -> str:
        for _ in range(2):  # what is being looked at may be from before
            person.look("/why")
            while parts.background.busy("vitals"):
                time.sleep(0.01)
        return person.look("/why")

    assert "The database" not in look()
    with trouble(parts) as why:
        parts.store.engine.dispose()  # connections from before do not know yet
        assert "The database does not take writes" in (page := look())
        assert why in page
        answer = person.client.post(
            "/workflows/we_1/pause",
            data={"csrf": person.csrf},
            base_url=BASE,
        )
        assert (answer.status_code, answer.mimetype) == (503, "text/html")
        assert why in answer.text
    assert "The database" not in look()


def test_a_fault_of_ours_is_a_page_too(person: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What went wrong inside is logged, and not shown."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError("inside")

    monkeypatch.setattr("connector.web.pages.home.glance", broken)
    page = person.look("/", 500)
    assert "inside" not in page
    assert "<!doctype html>" in page
