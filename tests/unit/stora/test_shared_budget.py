"""All processes share one rate budget for each connection, on both stores (law 13)."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from account import HILLTOP, Stora, connect
from parallel import at_once
from sqlalchemy import delete, update
from stage import rows

from connector import errors
from connector.flows.call import call_stora
from connector.flows.parts import Parts, open_parts
from connector.settings import Settings
from connector.store.tables import budgets

ENDPOINTS = "/webhook_endpoints"
ON_THE_WIRE = f"/2025-09{ENDPOINTS}"


@pytest.fixture
def connection_id(parts: Parts, stora: Stora) -> str:
    """A connection of the partner's kind with a whole budget; Stora's log is empty."""
    made = connect(parts, stora)
    with parts.store.begin() as c:
        c.execute(delete(budgets))
    stora.sandbox.gate.log.clear()
    return made


@pytest.fixture
def limited(make_settings: Callable[..., Settings], settings: Settings, stora: Stora) -> Any:
    """The same installation with the rate limits on, twice, as two processes."""
    names = ("stora_api_url", "stora_client_id", "stora_client_secret")
    shared = {name: getattr(settings, name) for name in names}
    both = [open_parts(make_settings(rate_limits=True, **shared)) for _ in range(2)]
    yield both
    for parts in both:
        parts.close()


def test_processes_share_one_budget(limited: list[Parts], stora: Stora, connection_id: str) -> None:
    """Of thirty calls at once in two processes ten go out; the others learn how long to wait."""
    began = time.monotonic()
    results = at_once(
        30,
        lambda number: call_stora(limited[number % 2], connection_id, "GET", ENDPOINTS, wait_s=0),
    )
    windows = 1 + int((time.monotonic() - began) / 1.1)  # on a slow machine a second may pass
    refused = [each for each in results if isinstance(each, Exception)]
    assert 10 <= 30 - len(refused) <= 10 * windows
    assert stora.calls("GET", ON_THE_WIRE) == 30 - len(refused)
    for error in refused:
        assert isinstance(error, errors.TooManyRequests)
        assert error.retry_after
        assert 0 < error.retry_after <= 1.1


def test_a_call_waits_for_the_budget(
    limited: list[Parts], stora: Stora, connection_id: str
) -> None:
    """The eleventh call within a second waits and goes out, instead of failing."""
    moments = []
    for _ in range(11):
        call_stora(limited[0], connection_id, "GET", ENDPOINTS)
        moments.append(time.monotonic())
    assert moments[10] - moments[0] >= 1.0


def test_a_sweep_leaves_room_for_an_action(
    limited: list[Parts], stora: Stora, connection_id: str
) -> None:
    """When the sweep's share is used up, an action still goes out at once."""
    for _ in range(5):
        call_stora(limited[0], connection_id, "GET", ENDPOINTS, lane="sweep", wait_s=0)
    with pytest.raises(errors.TooManyRequests):
        call_stora(limited[1], connection_id, "GET", ENDPOINTS, lane="sweep", wait_s=0)
    assert call_stora(limited[1], connection_id, "GET", ENDPOINTS, wait_s=0).status == 200


def test_each_connection_has_its_own_budget(
    limited: list[Parts], stora: Stora, connection_id: str
) -> None:
    """One operator's traffic never slows another's."""
    other = connect(limited[0], stora, HILLTOP)
    for _ in range(10):
        call_stora(limited[0], connection_id, "GET", ENDPOINTS, wait_s=0)
    assert call_stora(limited[0], other, "GET", ENDPOINTS, wait_s=0).status == 200


@pytest.mark.slow
@pytest.mark.parametrize("stora_options", [{"limits": True}])
def test_stora_never_has_to_refuse(limited: list[Parts], stora: Stora) -> None:
    """Greedy callers in two processes against a Stora that counts: no 429 ever comes back.

    The calls of connecting count too.
    """
    connection_id = connect(limited[0], stora)
    stora.sandbox.gate.log.clear()
    until = time.monotonic() + 4

    def ask(on: Parts) -> None:
        while time.monotonic() < until:
            try:
                call_stora(on, connection_id, "GET", ENDPOINTS, wait_s=1)
            except errors.TooManyRequests:
                time.sleep(0.1)

    threads = [threading.Thread(target=ask, args=(on,)) for on in limited * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    statuses = [entry["status"] for entry in stora.sandbox.gate.log]
    assert set(statuses) == {200}
    assert len(statuses) >= 30


def test_a_budget_row_is_made_when_needed(
    limited: list[Parts], stora: Stora, connection_id: str
) -> None:
    """A connection without a row gets one at its first call, and a damaged clock heals."""
    assert rows(limited[0], budgets) == []
    call_stora(limited[0], connection_id, "GET", ENDPOINTS)
    with limited[0].store.begin() as c:
        c.execute(update(budgets).values(state='{"calls":[99999999999999],"blocked_until":0}'))
    assert call_stora(limited[0], connection_id, "GET", ENDPOINTS, wait_s=0).status == 200
