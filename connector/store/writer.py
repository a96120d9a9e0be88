"""The one writer of an SQLite database: everything that waits goes into one transaction.

SQLite lets one connection write at a time. Threads that queue for that lock sleep and miss their
turn; threads that queue here are served in order, and the price of one disk sync is shared.
There is no timer: while one group is being committed, the next one gathers.

Other processes write to the same file: the dispatcher beside the web server. SQLite hands its lock
to whoever asks at the right moment, and its own waiting asks ever more rarely, up to every 100 ms,
so one busy process would starve the other. Here each asks often, and a busy one takes a breath
between two groups.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, TypeVar

from connector import world

T = TypeVar("T")
GROUP = 500  # jobs in one transaction at most: bounds how long the write lock is held
ASK_EVERY_S = 0.0002  # for the lock; a commit takes one to two of these on a quiet disk
BREATH_S = 0.0003


class Writer:
    """A thread that runs jobs, grouped, on one connection of its own.

    Jobs fail when the lock cannot be had within `patience_s`.
    """

    def __init__(self, connect: Callable[[], Any], patience_s: float) -> None:
        self._connect = connect
        self._patience_s = patience_s
        self._jobs: SimpleQueue[tuple[Callable[[Any], Any], Future[Any]] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="unitwire-writer", daemon=True)
        self._thread.start()

    def submit(self, job: Callable[[Any], T]) -> Future[T]:
        """Run `job(cursor)` in the next group; the future has its result once that is durable."""
        done: Future[T] = Future()
        self._jobs.put((job, done))
        return done

    def close(self) -> None:
        """Finish what waits, then end the thread."""
        self._jobs.put(None)
        self._thread.join()

    def _work(self) -> None:
        connection = None
        open_for_jobs = True
        while open_for_jobs:
            group = [self._jobs.get()]
            while len(group) < GROUP and not self._jobs.empty():
                group.append(self._jobs.get())
            open_for_jobs = None not in group
            # Who has given up waiting is left out; from here on it is too late to give up.
            jobs = [each for each in group if each and each[1].set_running_or_notify_cancel()]
            try:
                connection = connection or self._open()
                self._commit(connection, jobs)
                if not self._jobs.empty():
                    world.sleep(BREATH_S)
            except Exception as problem:  # the connection itself is of no use
                for _, done in jobs:
                    if not done.done():
                        done.set_exception(problem)
                if connection is not None:
                    with suppress(Exception):
                        connection.close()
                connection = None
        if connection is not None:
            connection.close()

    def _commit(
        self, connection: Any, jobs: list[tuple[Callable[[Any], Any], Future[Any]]]
    ) -> None:
        cursor = connection.cursor()
        self._begin(cursor)  # who cannot have the lock fails with all that wait
        try:
            results = self._transact(cursor, [job for job, _ in jobs])
        except Exception as problem:
            if len(jobs) == 1:
                jobs[0][1].set_exception(problem)
                return
            for entry in jobs:  # each alone, so that a bad one harms only itself
                self._commit(connection, [entry])
            return
        for (_, done), result in zip(jobs, results, strict=True):
            done.set_result(result)

    def _open(self) -> Any:
        connection = self._connect()
        connection.execute("PRAGMA busy_timeout=0")  # the waiting is done in `_begin`
        return connection

    def _begin(self, cursor: Any) -> None:
        until = world.monotonic() + self._patience_s
        while True:
            try:
                cursor.execute("BEGIN IMMEDIATE")
            except Exception as problem:
                # Named on Python 3.11 and by pysqlite3; recovery and snapshots have longer names.
                name = str(getattr(problem, "sqlite_errorname", ""))
                if not name.startswith("SQLITE_BUSY") or world.monotonic() >= until:
                    raise
                world.sleep(ASK_EVERY_S)
            else:
                return

    @staticmethod
    def _transact(cursor: Any, jobs: list[Callable[[Any], Any]]) -> list[Any]:
        try:
            results = [job(cursor) for job in jobs]
            cursor.execute("COMMIT")
        except BaseException:
            if cursor.connection.in_transaction:
                cursor.execute("ROLLBACK")
            raise
        return results
