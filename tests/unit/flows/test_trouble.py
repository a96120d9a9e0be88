"""A database in trouble, or Stora: nothing is acknowledged that is not kept, and it is said."""

import sqlite3
import threading
import time

import psycopg
import pytest
from broker import Broker
from flask.testing import FlaskClient
from stage import all_events, connect, listen
from trouble import full, locked, read_only
from unit.flows.arriving import arrive, readiness, webhook

from connector.factory import app_of
from connector.flows.parts import Parts
from connector.flows.receive import receive
from connector.flows.sweep import sweep
from connector.stora.signature import HEADER
from connector.store.db import is_unavailable, why_unavailable


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
