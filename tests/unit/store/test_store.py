"""The store on both databases: durable settings, one write at a time, the schema, the doorbell."""

import os
import select
import stat
import threading
from pathlib import Path

import psycopg
import pytest
from conftest import KEY
from databases import address
from sqlalchemy import func, insert
from sqlalchemy import select as select_rows

from connector import world
from connector.errors import SettingsError
from connector.settings import Settings
from connector.store import bell, schema
from connector.store.db import Store
from connector.store.secrets import open_vault
from connector.store.tables import audit, metadata


@pytest.fixture
def store(database_url: str, settings: Settings) -> Store:
    """A store on a fresh database."""
    return Store(settings)


def row(number: int) -> dict[str, object]:
    """Return a row of the audit table."""
    return {"id": f"a{number}", "actor": "x", "action": "y", "subject": "z", "at": world.now_ms()}


def test_durable_settings_are_really_in_force(store: Store) -> None:
    """Each connection syncs before a commit returns, and keeps foreign keys."""
    with store.read() as connection:
        if store.is_sqlite:
            found = [
                connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys")
            ]
            assert found == ["wal", 2, 1]
        else:
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
    store.close()


def test_a_database_that_was_made_in_no_encoding_keeps_every_letter(postgres: str) -> None:
    """As `initdb` makes one under the locale C: PostgreSQL calls it SQL_ASCII."""
    with psycopg.connect(postgres, autocommit=True) as server:
        server.execute("CREATE DATABASE ascii ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
    store = Store(Settings(database_url=address(postgres, "ascii"), secret_keys=(KEY,)))
    schema.upgrade(store)
    with store.begin() as connection:
        connection.execute(insert(audit).values(row(1) | {"subject": "Żółć, 倉庫"}))
        assert connection.execute(select_rows(audit.c.subject)).scalar() == "Żółć, 倉庫"
    store.close()


def test_a_failed_transaction_leaves_nothing(store: Store) -> None:
    """An exception inside `begin` takes back everything."""

    def fail_half_way() -> None:
        with store.begin() as connection:
            connection.execute(insert(audit).values(row(1)))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    with store.read() as connection:
        assert connection.execute(select_rows(func.count()).select_from(audit)).scalar() == 0
    store.close()


def test_writers_wait_for_each_other(store: Store) -> None:
    """Twenty threads that read and then write inside `begin` all succeed."""
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            with store.begin() as connection:
                connection.execute(select_rows(func.count()).select_from(audit)).scalar()
                connection.execute(insert(audit).values(row(number)))
        except BaseException as problem:
            failures.append(problem)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with store.read() as connection:
        assert connection.execute(select_rows(func.count()).select_from(audit)).scalar() == 20
    store.close()


def test_migrations_make_exactly_the_tables_of_the_code(store: Store) -> None:
    """What the migrations build does not differ from the tables in any way that Alembic sees."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    assert schema.current(store) == schema.newest()
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    store.close()


def test_many_processes_may_upgrade_at_once(tmp_path: Path) -> None:
    """Upgrading from several stores at the same time does the work once."""
    settings = Settings(database_url=f"sqlite:///{tmp_path}/new.db")
    done: list[object] = []

    def work() -> None:
        try:
            store = Store(settings)
            done.append(schema.upgrade(store))
            store.close()
        except Exception as problem:
            done.append(problem)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each for each in done if isinstance(each, Exception)] == []
    assert len(done) == 4


def test_the_doorbell_is_heard(store: Store) -> None:
    """A ring wakes whoever waits; drained, it is quiet again; ringing for nobody is no fault."""
    rope = bell.bell_of(store)
    rope.ring()
    assert not bell.is_heard(store)
    ear = bell.ear_of(store)
    for _ in range(50):  # the ear may still be connecting
        rope.ring()
        if select.select([ear.fileno()], [], [], 0.1)[0]:
            break
    else:
        pytest.fail("the bell was not heard within five seconds")
    assert bell.is_heard(store)
    while select.select([ear.fileno()], [], [], 0.2)[0]:
        ear.drain()
    rope.close()
    ear.close()
    assert not bell.is_heard(store)
    store.close()


def test_a_long_path_still_has_a_doorbell(tmp_path: Path) -> None:
    """A file whose path is too long for a socket beside it gets one in the temporary folder."""
    url = f"sqlite:///{tmp_path}/{'x' * 120}.db"
    assert len(bell.socket_path(url)) <= bell.LONGEST_SOCKET_PATH
    assert bell.socket_path(url) != bell.socket_path(url.replace("xx.db", "xy.db"))


def test_only_the_owner_may_read_what_sqlite_keeps(tmp_path: Path) -> None:
    """The database, the files beside it and the bell are made 0600, whatever the umask."""
    before = os.umask(0)
    try:
        store = Store(Settings(database_url=f"sqlite:///{tmp_path / 'new.db'}"))
        schema.upgrade(store)
        ear = bell.ear_of(store)
        open_vault(Settings(database_url=store.url))
    finally:
        os.umask(before)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    ear.close()
    store.close()
    assert {"new.db", "new.db-wal", "new.db-shm", "new.db.keys", "new.db.bell"} <= modes.keys()
    assert set(modes.values()) == {0o600}


def test_tables_of_a_newer_version_are_left_alone(store: Store) -> None:
    """An old program, started by mistake, says so."""
    with store.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SettingsError, match="version 9999"):
        schema.upgrade(store)
    assert schema.current(store) == "9999"
    store.close()
