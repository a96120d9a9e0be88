"""An installation whose n-th step outwards fails, before or after it has its effect.

Steps are every statement and commit of the database and every call of Stora. A failed statement
leaves nothing (its transaction rolls back), a failed commit may have been carried out, and so may
a failed call: nobody knows, as in life.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import pytest
from network import Fate
from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError

from connector.flows.parts import Parts

Phase = Literal["before", "after"]


class Failing:
    """Counts the steps of `parts` and lets one fail, once `at` is set; each is failed once."""

    def __init__(self, parts: Parts, phase: Phase, monkeypatch: pytest.MonkeyPatch) -> None:
        self.phase = phase
        self._left: int | None = None
        self._main = threading.get_ident()
        store = parts.store
        begin, write, query = store.begin, store.write, store.query
        event.listen(store.engine, "before_cursor_execute", self._statement("before"))
        event.listen(store.engine, "after_cursor_execute", self._statement("after"))

        @contextmanager
        def watched_begin() -> Iterator[Connection]:
            with begin() as connection:
                yield connection
                if self.mine():
                    self.step("before")
            if self.mine():
                self.step("after")

        def watched_write(job: Callable[[Any], Any]) -> Any:
            if not self.mine():
                return write(job)

            def watched(cursor: Any) -> Any:
                result = job(Watched(cursor, self))
                self.step("before")
                return result

            result = write(watched)
            self.step("after")
            return result

        def watched_query(statement: str, values: dict[str, Any]) -> Any:
            if not self.mine():
                return query(statement, values)
            self.step("before")
            rows = query(statement, values)
            self.step("after")
            return rows

        monkeypatch.setattr(store, "begin", watched_begin)
        monkeypatch.setattr(store, "write", watched_write)
        monkeypatch.setattr(store, "query", watched_query)

    def fails(self, at: int, story: Callable[[], object]) -> bool:
        """Run `story`, its step `at` (from 0) failing; return whether there was such a step.

        What the story raises because of it is what its caller would see, so it must be an error
        that the caller can be told.
        """
        self._left = at
        try:
            story()
        finally:
            failed, self._left = self._left is not None and self._left < 0, None
        return failed

    def mine(self) -> bool:
        """Whether this is the test's own thread, and not the doorbell's or an errand's."""
        return threading.get_ident() == self._main

    def step(self, phase: Phase) -> None:
        """Take a step of the database's; it may fail."""
        if self._due(phase):
            raise OperationalError("a step", {}, sqlite3.OperationalError("disk I/O error"))

    def call(self, _what: str) -> Fate:
        """Take a call of Stora's or of a workflow's; say whether it is lost."""
        return self.phase if self._due(self.phase) else ""

    def _due(self, phase: Phase) -> bool:
        if self._left is None or phase != self.phase:
            return False
        self._left -= 1
        return self._left == -1

    def _statement(self, phase: Phase) -> Callable[..., None]:
        def step(*_: object) -> None:
            if self.mine():
                self.step(phase)

        return step


class Watched:
    """A cursor whose every statement is a step."""

    def __init__(self, cursor: Any, failing: Failing) -> None:
        self._cursor, self._failing = cursor, failing

    def execute(self, *given: Any) -> Any:
        """Run one statement."""
        self._failing.step("before")
        self._cursor.execute(*given)
        self._failing.step("after")
        return self

    def executemany(self, *given: Any) -> Any:
        """Run one statement for each set of values."""
        self._failing.step("before")
        self._cursor.executemany(*given)
        self._failing.step("after")
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)
