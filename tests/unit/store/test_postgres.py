"""Connections to a real PostgreSQL that moves, freezes, or ends them."""

import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from connector.errors import Unavailable
from connector.settings import Settings
from connector.store import bell, postgres
from connector.store.db import Store, is_unavailable

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

PID = "SELECT pg_backend_pid()"


class Host:
    """A machine with the database on it, at a port of its own, that can be frozen."""

    def __init__(self, database_url: str) -> None:
        given = conninfo_to_dict(database_url)
        self._behind = f"{given['host']}/.s.PGSQL.{given.get('port', 5432)}"
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        self.url = f"postgresql://{given['user']}@127.0.0.1:{self.port}/{given['dbname']}"
        self._awake = threading.Event()
        self._awake.set()
        self._over = False
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def freeze(self) -> None:
        """Take connections and bytes like any kernel, and answer nothing."""
        self._awake.clear()

    def close(self) -> None:
        """End it."""
        self._over = True
        self._awake.set()
        self._thread.join()

    def _work(self) -> None:
        pairs: dict[socket.socket, socket.socket] = {}
        while not self._over:
            self._awake.wait()
            for ready in select.select([self._listener, *pairs], [], [], 0.05)[0]:
                if not self._awake.is_set():
                    break
                if ready is self._listener:
                    near, far = ready.accept()[0], socket.socket(socket.AF_UNIX)
                    far.connect(self._behind)
                    pairs |= {near: far, far: near}
                elif ready in pairs:
                    other = pairs[ready]
                    data = b""
                    with suppress(OSError):
                        data = ready.recv(65536)
                        other.sendall(data)
                    if not data:
                        for each in (ready, other):
                            pairs.pop(each).close()
        for each in (self._listener, *pairs):
            each.close()


@pytest.fixture
def host(database_url: str) -> Iterator[Host]:
    """The machine that this test's database is on."""
    found = Host(database_url)
    yield found
    found.close()


@pytest.fixture
def make_store(
    make_settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Store]]:
    """Return a function that makes stores whose watch is in a hurry."""
    monkeypatch.setattr(postgres, "LOOK_S", 0.05)
    monkeypatch.setattr(postgres, "PATIENCE_S", 0.3)
    monkeypatch.setattr(postgres, "ANSWER_S", "2")  # the least there is
    made: list[Store] = []

    def make(**changes: Any) -> Store:
        made.append(Store(make_settings(**changes)))
        return made[-1]

    yield make
    for store in made:
        store.close()


def write(store: Store, statement: str) -> Any:
    """Return what a statement of the hot path answers."""

    def job(cursor: Any) -> Any:
        cursor.execute(statement)
        return cursor.fetchone()

    return store.write(job)


def pids(store: Store) -> set[int]:
    """Fill the pool a little; return the server processes behind it."""
    with store.read() as one, store.read() as two, store.read() as three:
        return {int(each.exec_driver_sql(PID).scalar_one()) for each in (one, two, three)}


def test_connections_that_the_server_ended_are_not_used(
    make_store: Callable[..., Store], database_url: str
) -> None:
    """After a restart, say: nobody gets an error for what happened while nobody asked."""
    store = make_store()
    ended = pids(store)
    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(pid, 5000) FROM unnest(%s) pid", [[*ended]])
    assert write(store, PID)[0] not in ended
    assert store.query(PID, {})[0][0] not in ended
    assert not pids(store) & ended


@pytest.mark.parametrize("way", ["write", "begin"])
def test_connections_to_a_standby_are_dropped(
    make_store: Callable[..., Store], database_url: str, way: str
) -> None:
    """It takes no writes, which is the database being away; the next try is a new connection."""
    store = make_store()
    statement = "DELETE FROM audit RETURNING id"
    name = conninfo_to_dict(database_url)["dbname"]
    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        before = pids(store)
        other.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")

    def begin() -> None:
        with store.begin() as connection:
            connection.execute(text(statement))

    attempts = {"write": lambda: write(store, statement), "begin": begin}
    refused = []
    for _ in range(len(before) + 1):
        try:
            attempts[way]()
        except (psycopg.Error, DBAPIError) as problem:
            refused.append(problem)
    assert all(map(is_unavailable, refused))
    assert len(refused) == {"write": len(before), "begin": 1}[way]


@pytest.mark.parametrize("way", ["write", "query", "begin"])
def test_who_waits_for_a_frozen_server_is_freed(
    make_store: Callable[..., Store], host: Host, way: str
) -> None:
    """Its machine keeps every connection open, so nobody else would ever tell."""
    store = make_store(database_url=host.url)
    assert write(store, PID)
    host.freeze()

    def begin() -> None:
        with store.begin() as connection:
            connection.execute(text(PID))

    attempts = {
        "write": lambda: write(store, PID),
        "query": lambda: store.query(PID, {}),
        "begin": begin,
    }
    began = time.monotonic()
    with pytest.raises((psycopg.Error, DBAPIError)) as problem:
        attempts[way]()
    assert is_unavailable(problem.value)
    assert time.monotonic() - began < 10


def test_what_takes_long_is_not_cut(make_store: Callable[..., Store], host: Host) -> None:
    """A server that takes a new connection is at work: the old one waits for its answer."""
    store = make_store(database_url=host.url)
    assert write(store, "SELECT 'done' FROM pg_sleep(1.5)") == ("done",)


def test_of_several_hosts_the_one_that_takes_writes_is_used(
    make_store: Callable[..., Store], host: Host
) -> None:
    """Those that are not there are passed over."""
    there = f"127.0.0.1:{host.port}"
    with socket.create_server(("127.0.0.1", 0)) as free:
        gone = f"127.0.0.1:{free.getsockname()[1]}"
    url = host.url.replace(there, f"{gone},{there}") + "?target_session_attrs=read-write"
    assert write(make_store(database_url=url), PID)


def test_the_address_may_say_otherwise(make_store: Callable[..., Store], host: Host) -> None:
    """Its parameters come before the defaults, but a commit is durable whatever it says."""
    query = "?application_name=mine&options=-c%20synchronous_commit%3Doff%20-c%20work_mem%3D8MB"
    store = make_store(database_url=host.url + query)
    names = ("application_name", "work_mem", "synchronous_commit", "timezone")
    found = [store.query(f"SHOW {name}", {})[0][0] for name in names]
    assert found == ["mine", "8MB", "on", "UTC"]


def test_a_transaction_that_its_process_forgot_ends(
    make_store: Callable[..., Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process frozen in the middle holds its locks for a bounded time; it is told, as a 503."""
    session = postgres.SESSION.replace("timeout=30s", "timeout=200ms")
    assert session != postgres.SESSION
    monkeypatch.setattr(postgres, "SESSION", session)
    store = make_store()

    def forget() -> None:
        with store.begin() as connection:
            connection.execute(text(PID))
            time.sleep(1)
            connection.execute(text(PID))

    with pytest.raises(DBAPIError) as problem:
        forget()
    assert is_unavailable(problem.value)


@pytest.mark.parametrize("way", ["write", "begin"])
def test_a_commit_that_its_replica_does_not_have_fails(
    make_store: Callable[..., Store], database_url: str, way: str
) -> None:
    """When the wait for it is cancelled, PostgreSQL only warns; a fail-over would lose it."""
    store = make_store()
    statement = (
        "INSERT INTO audit (id, actor, action, subject, at) VALUES ('a1', 'x', 'y', 'z', 0)"
        " RETURNING id"
    )
    failed: list[Exception] = []

    def begin() -> None:
        with store.begin() as connection:
            connection.execute(text(statement))

    def commit() -> None:
        try:
            begin() if way == "begin" else write(store, statement)
        except Unavailable as problem:
            failed.append(problem)

    with psycopg.connect(database_url, autocommit=True) as other:
        try:
            other.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
            other.execute("SELECT pg_reload_conf()")
            thread = threading.Thread(target=commit)
            thread.start()
            cancel = (
                "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
            )
            while not other.execute(cancel).fetchone():
                time.sleep(0.02)
            thread.join()
        finally:
            other.execute("ALTER SYSTEM RESET synchronous_standby_names")
            other.execute("SELECT pg_reload_conf()")
    assert len(failed) == 1
    assert write(store, "DELETE FROM audit RETURNING id") == ("a1",), "only that one failed"


def test_the_doorbell_is_heard_again_after_a_restart(
    make_store: Callable[..., Store], database_url: str
) -> None:
    """The ear connects again by itself, and so does the bell."""
    store = make_store()
    rope, ear = bell.bell_of(store), bell.ear_of(store)

    def is_heard() -> bool:
        ear.drain()
        rope.ring()
        return bool(select.select([ear.fileno()], [], [], 0.1)[0])

    def eventually() -> bool:
        return any(is_heard() for _ in range(50))

    assert eventually()
    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert eventually()
    rope.close()
    ear.close()
