"""Backup, restore and move, from and to either database, while events come in."""

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from databases import address, numbers
from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import DBAPIError
from stage import SECRET, UPSTREAM_SECRET, all_events, connect, listen, rows

from connector import world
from connector.catalogue.samples import sample
from connector.errors import Conflict, InvalidRequest, SettingsError
from connector.flows.backup import backup, check, move, restore
from connector.flows.parts import Parts, open_parts
from connector.flows.receive import receive
from connector.settings import Settings
from connector.stora.signature import sign
from connector.store import transfer
from connector.store.db import Store, is_unavailable, sqlite_driver
from connector.store.secrets import Vault, new_key
from connector.store.tables import (
    budgets,
    connections,
    deliveries,
    events,
    metadata,
    webhook_endpoints,
)

DATABASE_ERRORS = (sqlite_driver().Error, psycopg.Error, DBAPIError)


def take(parts: Parts, event_id: str) -> None:
    """Receive an event."""
    body = json.dumps(sample("invoice.paid", event_id=event_id)).encode()
    receive(parts, "we_1", sign(UPSTREAM_SECRET, body, world.now_ms() // 1000), body)


@pytest.fixture
def used(parts: Parts) -> Parts:
    """An installation with an endpoint and 20 events."""
    connect(parts)
    listen(parts)
    for number in range(20):
        take(parts, f"evt_{number}")
    return parts


@pytest.fixture(params=["to sqlite", "to postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database, without tables."""
    if request.param == "to sqlite":
        yield f"sqlite:///{tmp_path / 'other.db'}"
        return
    server, name = request.getfixturevalue("postgres"), f"empty_{os.getpid()}_{next(numbers)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield address(server, name)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def empty(empty_url: str, parts: Parts) -> Iterator[Parts]:
    """An installation on an empty database, with the same keys."""
    keys = parts.settings.secret_keys
    opened = open_parts(Settings(database_url=empty_url, secret_keys=keys))
    yield opened
    opened.close()


def contents(parts: Parts) -> dict[str, list[Any]]:
    """Return every row of every table."""
    return {table.name: sorted(map(repr, rows(parts, table))) for table in metadata.sorted_tables}


def test_what_was_backed_up_is_restored_to_the_last_row(
    used: Parts, empty: Parts, tmp_path: Path
) -> None:
    """Into either database; secrets open, and the file is for its owner only."""
    file = tmp_path / "backup.db"
    counts = backup(used, file)
    assert counts["events"] == 20
    assert file.stat().st_mode & 0o077 == 0
    assert [each.name for each in tmp_path.glob("*backup*")] == ["backup.db"]
    assert check(used.vault, file) == counts == restore(empty, file)
    assert contents(empty) == contents(used)
    (row,) = rows(empty, webhook_endpoints)
    assert empty.vault.open(row.secret_sealed) == SECRET


def test_a_backup_replaces_nothing(used: Parts, tmp_path: Path) -> None:
    """Neither a file, nor what a database holds."""
    file = tmp_path / "backup.db"
    backup(used, file)
    with pytest.raises(Conflict):
        backup(used, file)
    with pytest.raises(Conflict, match="not empty"):
        restore(used, file)
    assert len(all_events(used)) == 20


def test_a_backup_is_made_while_events_come_in(used: Parts, tmp_path: Path) -> None:
    """Nobody waits, and the backup holds one moment: every event with its delivery."""
    over = threading.Event()
    taken = []

    def go_on() -> None:
        while not over.is_set():
            take(used, f"evt_more_{len(taken)}")
            taken.append(1)

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        for number in range(3):
            counts = backup(used, tmp_path / f"{number}.db")
            assert counts["events"] == counts["deliveries"]
    finally:
        over.set()
        thread.join()
    assert taken


def cut(file: Path) -> None:
    """Let a file end in the middle."""
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (cut, "damaged|not a backup"),
        (lambda file: file.write_text("no database"), "not a backup"),
        (Path.unlink, "no file"),
    ],
    ids=["cut", "something else", "missing"],
)
def test_a_bad_backup_is_told(
    used: Parts, tmp_path: Path, spoil: Callable[[Path], object], told: str
) -> None:
    """By the check, which changes nothing."""
    file = tmp_path / "backup.db"
    backup(used, file)
    spoil(file)
    with pytest.raises(InvalidRequest, match=told):
        check(used.vault, file)


def test_a_backup_without_its_keys_is_told(used: Parts, tmp_path: Path) -> None:
    """Before anything is restored that nobody could use."""
    file = tmp_path / "backup.db"
    backup(used, file)
    with pytest.raises(SettingsError, match="opens with none of the keys"):
        check(Vault((new_key(),)), file)


def test_a_move_loses_nothing_that_was_acknowledged(used: Parts, empty_url: str) -> None:
    """Events come in all the time: each is in the new database, or was never acknowledged."""
    over = threading.Event()
    acknowledged, refused = [f"evt_{number}" for number in range(20)], []

    def go_on() -> None:
        number = 0
        while not over.is_set():
            number += 1
            try:
                take(used, f"evt_more_{number}")
            except DATABASE_ERRORS as problem:
                refused.append(problem)
            else:
                acknowledged.append(f"evt_more_{number}")
            time.sleep(0.001)

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        time.sleep(0.3)
        counts = move(used, empty_url)
        time.sleep(0.3)
    finally:
        over.set()
        thread.join()
    keys = used.settings.secret_keys
    moved = open_parts(Settings(database_url=empty_url, secret_keys=keys))
    try:
        found = {event.id for event in all_events(moved)}
        assert counts["events"] == counts["deliveries"] == len(found)
        assert found == set(acknowledged)
        assert refused, "the old database still takes events in"
        assert all(map(is_unavailable, refused))  # 503: Stora sends them again
        take(moved, "evt_after")
        with moved.store.read() as c:
            assert len(list(c.execute(select(metadata.tables["deliveries"])))) == len(found) + 1
    finally:
        moved.close()


def test_a_move_takes_along_what_happens_while_it_copies(
    used: Parts, empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """New rows, changed ones (also those that others refer to), forgotten bodies, removed rows."""
    with used.store.begin() as c:
        connection_id = c.execute(select(connections.c.id)).scalar_one()
        c.execute(insert(budgets).values(connection_id=connection_id, state="{}", updated_at=1))
    hold, then = transfer.held, {}

    def held_after_changes(store: Store) -> AbstractContextManager[Connection]:
        take(used, "evt_new")
        with used.store.begin() as c:
            c.execute(update(connections).values(status="needs_reauth"))
            c.execute(update(events).where(events.c.id == "evt_1").values(body=b""))
            for table, column in ((deliveries, deliveries.c.event_id), (events, events.c.id)):
                c.execute(delete(table).where(column == "evt_2"))
            c.execute(update(deliveries).where(deliveries.c.event_id == "evt_3").values(attempts=7))
        then.update(contents(used))
        return hold(store)

    monkeypatch.setattr(transfer, "held", held_after_changes)
    counts = move(used, empty_url)
    keys = used.settings.secret_keys
    with closing(open_parts(Settings(database_url=empty_url, secret_keys=keys))) as moved:
        assert contents(moved) == then
    assert counts["events"] == counts["deliveries"] == 20


def test_a_move_to_a_used_database_changes_nothing(used: Parts, empty: Parts) -> None:
    """It is refused, and the old one goes on."""
    connect(empty)
    with pytest.raises(Conflict, match="not empty"):
        move(used, empty.settings.database_url)
    take(used, "evt_more")
    assert len(all_events(used)) == 21
