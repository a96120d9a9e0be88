"""The one writer of an SQLite database."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connector.store.writer import GROUP, Writer


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """An SQLite file with one table."""
    path = tmp_path / "x.db"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE t (n INTEGER UNIQUE)")
    connection.commit()
    connection.close()
    return path


@pytest.fixture
def writer(file: Path) -> Iterator[Writer]:
    """A writer on the file."""
    made = Writer(lambda: sqlite3.connect(file, isolation_level=None, check_same_thread=False), 5)
    yield made
    made.close()


def insert(n: int) -> Any:
    """Return a job that inserts `n` and returns how many rows there are."""

    def job(cursor: Any) -> int:
        cursor.execute("INSERT INTO t VALUES (?)", (n,))
        return int(cursor.execute("SELECT count(*) FROM t").fetchone()[0])

    return job


def numbers(file: Path) -> list[int]:
    """Return what other connections see."""
    connection = sqlite3.connect(file)
    found = [n for (n,) in connection.execute("SELECT n FROM t ORDER BY n")]
    connection.close()
    return found


def test_a_result_comes_after_the_commit(writer: Writer, file: Path) -> None:
    """When the future ends, every other connection sees what was written."""
    assert writer.submit(insert(1)).result() == 1
    assert numbers(file) == [1]


def test_a_bad_job_harms_only_itself(writer: Writer, file: Path) -> None:
    """A job that fails among many gets its own error, and all others are written."""
    writer.submit(insert(0)).result()
    held, go = threading.Event(), threading.Event()

    def hold(cursor: Any) -> None:
        held.set()
        go.wait(5)

    failures: list[int] = []

    def work(n: int) -> None:
        try:
            writer.submit(insert(n)).result()
        except sqlite3.IntegrityError:
            failures.append(n)

    threads = [threading.Thread(target=writer.submit, args=(hold,))]
    threads[0].start()
    held.wait(5)
    threads += [threading.Thread(target=work, args=(n,)) for n in (0, 1, 2, 3)]
    for thread in threads[1:]:
        thread.start()
    go.set()
    for thread in threads:
        thread.join()
    assert failures == [0]
    assert numbers(file) == [0, 1, 2, 3]


def test_jobs_beyond_one_group_are_all_done(writer: Writer, file: Path) -> None:
    """More waiting jobs than fit into one transaction are all written, in several."""
    many = GROUP + 1
    for done in [writer.submit(insert(n)) for n in range(many)]:
        done.result()
    assert numbers(file) == list(range(many))


def test_a_connection_that_cannot_be_made_fails_its_jobs_and_is_tried_again(file: Path) -> None:
    """Jobs fail while the database is away, and succeed as soon as it is back."""
    away = [True]

    def connect() -> Any:
        if away[0]:
            raise sqlite3.OperationalError("unable to open database file")
        return sqlite3.connect(file, isolation_level=None, check_same_thread=False)

    writer = Writer(connect, 5)
    with pytest.raises(sqlite3.OperationalError):
        writer.submit(insert(1)).result()
    away[0] = False
    assert writer.submit(insert(1)).result() == 1
    writer.close()


def test_giving_up_harms_only_the_one_that_gave_up(writer: Writer, file: Path) -> None:
    """A job whose future was cancelled while it waited is left out; once it runs it cannot be."""
    held, go = threading.Event(), threading.Event()

    def hold(cursor: Any) -> None:
        held.set()
        go.wait(5)

    running = writer.submit(hold)
    assert held.wait(5)
    given_up, kept = writer.submit(insert(1)), writer.submit(insert(2))
    assert given_up.cancel()
    assert not running.cancel()
    go.set()
    assert kept.result(5) == 1
    running.result(5)
    assert numbers(file) == [2]


def lock(file: Path) -> sqlite3.Connection:
    """Hold the file's write lock, as another process does, until the connection is closed."""
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    return other


def test_a_job_waits_for_another_process(writer: Writer, file: Path) -> None:
    """While somebody else writes a job waits, and then it is done."""
    other = lock(file)
    done = writer.submit(insert(1))
    with pytest.raises(TimeoutError):
        done.result(0.3)
    other.close()
    assert done.result(5) == 1


def test_a_job_waits_as_long_as_it_was_told(file: Path) -> None:
    """When patience is at an end the job fails with SQLite's error; the next one succeeds."""
    writer = Writer(lambda: sqlite3.connect(file, isolation_level=None), 0.1)
    other = lock(file)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        writer.submit(insert(1)).result(5)
    other.close()
    assert writer.submit(insert(1)).result(5) == 1
    writer.close()
