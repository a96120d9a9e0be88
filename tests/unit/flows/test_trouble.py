"""A database in trouble, clocks that jump, dispatchers that meet: each has its promise."""

import contextlib
import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from broker import Broker
from clock import Clock, clock  # noqa: F401  the fixture
from flask.testing import FlaskClient
from network import Postman, Workflows
from sqlalchemy import event, text
from stage import UPSTREAM_SECRET, all_deliveries, all_events, connect, listen

from connector import dispatcher, world
from connector.catalogue.samples import sample
from connector.dispatcher import LEASE_MS, Dispatcher
from connector.factory import app_of
from connector.flows.parts import Parts
from connector.flows.receive import receive
from connector.flows.send import Outcome
from connector.flows.sweep import sweep
from connector.flows.vitals import LATE_S
from connector.stora.signature import HEADER, sign
from connector.store import db
from connector.store.db import is_unavailable, why_unavailable

HOUR_S = 3600


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for a lock for a tenth of a second only."""
    monkeypatch.setattr(db, "BUSY_TIMEOUT_MS", 100)


def webhook(event_id: str) -> tuple[bytes, dict[str, str]]:
    """Return the bytes and headers with which Stora sends an event."""
    body = json.dumps(sample("invoice.paid", event_id=event_id)).encode()
    return body, {HEADER: sign(UPSTREAM_SECRET, body, world.now_ms() // 1000)}


def arrive(client: FlaskClient, event_id: str) -> int:
    """Let Stora send an event; return the status of the answer."""
    body, headers = webhook(event_id)
    answer = client.post("/hooks/stora/we_1", data=body, headers=headers)
    if answer.status_code == 503:
        assert answer.json["error"]["code"] == "service_unavailable"
        assert int(answer.headers["Retry-After"]) >= 1
    return answer.status_code


def readiness(client: FlaskClient, of: str = "") -> tuple[int, str]:
    """Return what /readyz says, on the whole or of one part."""
    answer = client.get("/readyz", query_string={"of": of} if of else {})
    return answer.status_code, " ".join(answer.json["problems"])


# ---- a database that takes no writes -----------------------------------------------------------


@contextlib.contextmanager
def locked(parts: Parts) -> Iterator[str]:
    """Somebody else holds the database."""
    with parts.store.begin() as other:
        if not parts.store.is_sqlite:
            other.execute(text("LOCK TABLE events, refusals IN ACCESS EXCLUSIVE MODE"))
        yield "locked"


@contextlib.contextmanager
def full(parts: Parts) -> Iterator[str]:
    """There is no room for another page."""
    (pages,) = parts.store.query("PRAGMA page_count", {})[0]

    def limit(most: int) -> None:
        parts.store.write(lambda cursor: cursor.execute(f"PRAGMA max_page_count={most}"))

    limit(pages)
    yield "its disk is full"
    limit(1_000_000)


@contextlib.contextmanager
def read_only(parts: Parts) -> Iterator[str]:
    """It takes no writes, as a standby or a file on a read-only disk."""
    store, on = parts.store, [True]
    if store.is_sqlite:
        event.listen(
            store.engine, "connect", lambda raw, _: raw.execute(f"PRAGMA query_only={on[0]:d}")
        )
        store.write(lambda cursor: cursor.execute("PRAGMA query_only=1"))
    else:
        switch(store.url, "on")
    yield "it is read-only"
    on[0] = False
    if store.is_sqlite:
        with contextlib.suppress(Exception):
            store.write(lambda _: None)  # the writer connects anew
    else:
        switch(store.url, "off")
    store.engine.dispose()


def switch(url: str, read_only: str) -> None:
    """Let all new connections of a PostgreSQL database be read-only, or not."""
    options = "-c default_transaction_read_only=off"
    with psycopg.connect(url, autocommit=True, options=options) as other:
        (name,) = other.execute("SELECT current_database()").fetchone() or ("",)
        other.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = {read_only}")


def test_a_locked_database_is_answered_503_and_said(
    impatient: None, parts: Parts, client: FlaskClient
) -> None:
    """Nothing is acknowledged, /readyz says why, and afterwards all is as before."""
    if not parts.store.is_sqlite:
        pytest.skip("PostgreSQL locks rows, not the database")
    connect(parts)
    listen(parts)
    with locked(parts) as why:
        assert arrive(client, "evt_1") == 503
        status, told = readiness(client)
        assert (status, why in told) == (503, True), told
        assert readiness(client, of="intake") == (status, told)
    assert all_events(parts) == []
    assert arrive(client, "evt_1") == 200
    assert readiness(client) == (200, "")


def test_all_that_wait_for_a_lock_are_told_at_once(impatient: None, parts: Parts) -> None:
    """Twenty events that wait for the same lock do not wait one after the other."""
    if not parts.store.is_sqlite:
        pytest.skip("PostgreSQL locks rows, not the database")
    connect(parts)
    listen(parts)
    failed: list[Exception] = []

    def send(event_id: str) -> None:
        body, headers = webhook(event_id)
        try:
            receive(parts, "we_1", headers[HEADER], body)
        except Exception as problem:
            failed.append(problem)

    threads = [threading.Thread(target=send, args=(f"evt_{n}",)) for n in range(20)]
    with locked(parts):
        began = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        waited = time.monotonic() - began
    assert len(failed) == 20
    assert all(map(is_unavailable, failed))
    assert waited < 1.5, "they waited for 0.1 s each, one after the other"


def test_a_full_disk_is_answered_503_and_said(parts: Parts, client: FlaskClient) -> None:
    """Nothing is acknowledged that has no room; with room again it goes on."""
    if not parts.store.is_sqlite:
        pytest.skip("SQLite can be told that its disk is full")
    connect(parts)
    listen(parts)
    with full(parts) as why:
        taken = 0
        while arrive(client, f"evt_{taken}") == 200:
            taken += 1
            assert taken < 100
        assert len(all_events(parts)) == taken
        assert why_unavailable(sqlite3.OperationalError("database or disk is full")) == why
    assert arrive(client, f"evt_{taken}") == 200
    assert len(all_events(parts)) == taken + 1


def test_a_read_only_database_is_answered_503_and_said(parts: Parts, client: FlaskClient) -> None:
    """As after a fail-over to a standby: nothing is acknowledged, and /readyz says why."""
    connect(parts)
    listen(parts)
    with read_only(parts) as why:
        parts.store.engine.dispose()
        assert arrive(client, "evt_1") == 503
        status, told = readiness(client)
        assert (status, why in told) == (503, True), told
    assert all_events(parts) == []
    assert arrive(client, "evt_1") == 200


@pytest.mark.parametrize(
    "error",
    [
        psycopg.OperationalError("server closed the connection unexpectedly"),
        psycopg.errors.AdminShutdown("terminating connection"),
        psycopg.errors.DiskFull("could not extend file: No space left on device"),
        psycopg.errors.TooManyConnections("sorry, too many clients already"),
        psycopg.errors.CannotConnectNow("the database system is starting up"),
        psycopg.errors.ReadOnlySqlTransaction("cannot execute INSERT in a read-only transaction"),
        sqlite3.OperationalError("database is locked"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_may_pass_is_told_from_a_fault(error: Exception) -> None:
    """The database's own troubles are 503, whatever class the driver has for them."""
    assert is_unavailable(error)
    assert not is_unavailable(psycopg.errors.UndefinedColumn("column does not exist"))
    assert not is_unavailable(sqlite3.IntegrityError("UNIQUE constraint failed"))


@pytest.mark.parametrize("kind", ["500", "429", "lost_answer"])
def test_stora_in_trouble_stops_nothing_that_comes_in(broker: Broker, kind: str) -> None:
    """A sweep finds Stora's API of no use; events are taken in without it, and /readyz says so."""
    parts, client = broker.parts, app_of(broker.parts).test_client()
    listen(parts, connection_id=broker.connections[0])
    broker.stora.fail(kind, method="GET", times=99)
    assert sweep(parts, broker.connections[0]).failed == 1
    assert readiness(client) == (200, "")
    assert arrive(client, "evt_1") == 200


# ---- clocks ------------------------------------------------------------------------------------


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


# ---- dispatchers -------------------------------------------------------------------------------


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
