"""Clocks that jump, and dispatchers that meet, freeze or are missing: each event is sent."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from clock import Clock, clock  # noqa: F401  the fixture
from flask.testing import FlaskClient
from network import Postman, Workflows
from stage import all_deliveries, connect, listen
from unit.flows.arriving import arrive, readiness, webhook

from connector import dispatcher
from connector.dispatcher import LEASE_MS, Dispatcher
from connector.flows.parts import Parts
from connector.flows.receive import receive
from connector.flows.send import Outcome
from connector.flows.vitals import LATE_S
from connector.stora.signature import HEADER

HOUR_S = 3600


@pytest.fixture
def dispatching(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Workflows, Callable[..., Dispatcher]]]:
    """Workflows in this process, and a function that begins a dispatcher."""
    workflows, begun = Workflows(), []

    def begin(holds: Callable[[], bool] = lambda: False) -> Dispatcher:
        monkeypatch.setattr(dispatcher, "Sender", lambda *_, **__: Postman(workflows, holds))
        begun.append(Dispatcher(parts))
        return begun[-1]

    connect(parts)
    listen(parts)
    yield workflows, begin
    for each in begun:
        each._flights.clear()
        each._finish()


def take(parts: Parts, event_id: str) -> None:
    """Receive an event."""
    body, headers = webhook(event_id)
    receive(parts, "we_1", headers[HEADER], body)


@pytest.mark.parametrize("jump_s", [HOUR_S, -HOUR_S])
def test_a_clock_that_jumps_loses_nothing(
    parts: Parts,
    dispatching: tuple[Workflows, Callable[..., Dispatcher]],
    clock: Clock,  # noqa: F811
    jump_s: int,
) -> None:
    """An hour forth or back: what is new goes out at once, and what waited when its time comes."""
    workflows, begin = dispatching
    working = begin()
    take(parts, "evt_before")
    clock.sleep(jump_s)
    take(parts, "evt_after")
    working.turn(0)
    working.turn(0)
    assert len(workflows.received["https://example.com/hook", "evt_after"]) == 1
    clock.sleep(HOUR_S)
    working.turn(0)
    working.turn(0)
    assert {row.status for row in all_deliveries(parts)} == {"delivered"}


def test_that_no_dispatcher_runs_is_said_after_a_minute(
    parts: Parts,
    client: FlaskClient,
    clock: Clock,  # noqa: F811
) -> None:
    """On the whole; a load balancer that asks for the intake leaves the web process where it is."""
    connect(parts)
    listen(parts)
    assert arrive(client, "evt_1") == 200
    clock.sleep(LATE_S - 1)
    assert readiness(client) == (200, "")
    clock.sleep(2)
    status, told = readiness(client)
    assert (status, "is a dispatcher running?" in told) == (503, True)
    assert readiness(client, of="intake") == (200, told)
    assert arrive(client, "evt_2") == 200


def test_two_dispatchers_share_the_work(
    parts: Parts, dispatching: tuple[Workflows, Callable[..., Dispatcher]]
) -> None:
    """Each event is sent once, by one of them."""
    workflows, begin = dispatching
    both = [begin(), begin()]
    for number in range(300):
        take(parts, f"evt_{number}")
    stop = threading.Event()

    def work(each: Dispatcher) -> None:
        while not stop.is_set():
            each.turn(0)

    threads = [threading.Thread(target=work, args=(each,)) for each in both]
    for thread in threads:
        thread.start()
    end = time.monotonic() + 30
    while any(row.status != "delivered" for row in all_deliveries(parts)):
        assert time.monotonic() < end
        time.sleep(0.05)
    stop.set()
    for thread in threads:
        thread.join()
    assert len(workflows.received) == 300
    assert all(len(came) == 1 for came in workflows.received.values())


def test_what_a_frozen_dispatcher_learned_too_late_changes_nothing(
    parts: Parts,
    dispatching: tuple[Workflows, Callable[..., Dispatcher]],
    clock: Clock,  # noqa: F811
) -> None:
    """Another took over and delivered; the late failure of the first is logged and no more."""
    workflows, begin = dispatching
    frozen: list[Any] = [True]
    first = begin(lambda: frozen[0])
    take(parts, "evt_1")
    workflows.answer = lambda _url: Outcome("", 500)
    first.turn(0)
    workflows.answer = lambda _url: Outcome("", 200)
    clock.sleep(LEASE_MS / 1000 + 1)
    second = begin()
    second.turn(0)
    second.turn(0)
    assert [row.status for row in all_deliveries(parts)] == ["delivered"]
    frozen[0] = False
    first.turn(0)
    (row,) = all_deliveries(parts)
    assert (row.status, row.due, row.last_status) == ("delivered", None, 200)


class Away:
    """Stands in for one of the ledger's functions while the database is away."""

    def __init__(self, parts: Parts, monkeypatch: pytest.MonkeyPatch, name: str, times: int):
        self.left, self._real = times, getattr(parts.ledger, name)
        monkeypatch.setattr(parts.ledger, name, self)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Fail a few times, then do it."""
        if self.left:
            self.left -= 1
            raise sqlite3.OperationalError("database is locked")
        return self._real(*arguments, **named)


def test_one_that_is_told_to_end_saves_what_landed_when_the_database_is_back(
    parts: Parts,
    dispatching: tuple[Workflows, Callable[..., Dispatcher]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It tries until its time is over, so nobody sends again what has arrived."""
    monkeypatch.setattr(dispatcher, "POLL_S", 0.01)
    workflows, begin = dispatching
    ending = begin()
    take(parts, "evt_1")
    ending.turn(0)
    away = Away(parts, monkeypatch, "save", 3)
    told = threading.Event()
    told.set()
    ending.run(told)
    assert away.left == 0
    (row,) = all_deliveries(parts)
    assert (row.status, row.lease, row.attempts) == ("delivered", None, 1)
    assert len(workflows.received["https://example.com/hook", "evt_1"]) == 1


def test_one_that_is_told_to_end_does_end(
    parts: Parts,
    dispatching: tuple[Workflows, Callable[..., Dispatcher]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While the database stays away, it tries for the time it has, and no longer."""
    monkeypatch.setattr(dispatcher, "POLL_S", 0.01)
    monkeypatch.setattr(dispatcher, "GRACE_S", 0.5)
    _, begin = dispatching
    ending = begin()
    take(parts, "evt_1")
    ending.turn(0)
    away = Away(parts, monkeypatch, "save", 1_000_000)
    told = threading.Event()
    told.set()
    ending.run(told)
    assert 0 < away.left < 1_000_000 - 1
    away.left = 0


def test_what_could_not_be_given_back_is_given_back_later(
    parts: Parts,
    dispatching: tuple[Workflows, Callable[..., Dispatcher]],
    monkeypatch: pytest.MonkeyPatch,
    clock: Clock,  # noqa: F811
) -> None:
    """A claim that came to nothing does not count as an attempt, though the database was away."""
    _, begin = dispatching
    full = begin()
    full._sender.start = lambda *_: False  # type: ignore[method-assign]
    take(parts, "evt_1")
    full.turn(0)
    assert [row.attempts for row in all_deliveries(parts)] == [1]
    away = Away(parts, monkeypatch, "release", 1)
    clock.sleep(dispatcher.ROOM_MS / 1000)
    with pytest.raises(sqlite3.OperationalError):
        full.turn(0)
    assert away.left == 0
    full.turn(0)
    (row,) = all_deliveries(parts)
    assert (row.attempts, row.lease) == (0, None)
