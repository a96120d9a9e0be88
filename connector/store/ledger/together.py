"""Events that arrive together are kept together, on SQLite: many rows in one statement.

    event loop    an event joins the open batch, or opens one, which goes to the writer
    writer        takes the batch, which closes it, and writes its rows
    event loop    all whose events were in it go on

So batches change hands between the threads, and not events: the hand-over was most of an event's
cost. There is no timer: while one batch is being committed, the next one gathers.
"""

import asyncio
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from connector import world
from connector.store.db import Store, is_unavailable
from connector.store.ledger.inbound import Hook, Inbound, Received

HOOK_S = 0.02  # how long the events of a batch share what was found of a hook


class Batch:
    """Events whose rows are written at once; `done` ends after the commit."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.rows: list[Received] = []
        self.done = loop.create_future()
        self.hooks: dict[str, Hook] = {}
        self.hooks_until = world.monotonic() + HOOK_S


class Together:
    """Finds hooks and keeps events for one event loop.

    `kept` hears on the event loop how many became durable at once.
    """

    def __init__(self, store: Store, kept: Callable[[int], object]) -> None:
        self._store = store
        self._inbound = Inbound(store)
        self._kept = kept
        self._lock = threading.Lock()
        self._open: Batch | None = None

    def find_hook(self, endpoint_id: str) -> Hook | None:
        """Return the hook of webhook endpoint `endpoint_id`, None when there is none.

        While a batch gathers, it is looked up once for all its events, for up to `HOOK_S` seconds;
        an event that comes alone always finds what was last committed.
        """
        batch = self._open
        if batch is None or world.monotonic() >= batch.hooks_until:
            return self._inbound.find_hook(endpoint_id)
        found = batch.hooks.get(endpoint_id) or self._inbound.find_hook(endpoint_id)
        if found:
            batch.hooks[endpoint_id] = found
        return found

    async def record(self, received: Received) -> None:
        """Keep an event and its delivery durably; a repeat is counted and changes nothing else.

        Raises what the database raises, for all of a batch when the database is away. When it
        takes offence at one of them, each is written alone, so that it harms only itself.
        """
        batch = self._join(received)
        try:
            await asyncio.shield(batch.done)  # who goes away leaves the others their batch
        except Exception as problem:
            if len(batch.rows) == 1 or is_unavailable(problem):
                raise
            alone = Batch(asyncio.get_running_loop())
            alone.rows.append(received)
            self._hand_over(alone)
            await alone.done

    def _join(self, received: Received) -> Batch:
        with self._lock:
            batch = self._open
            if batch is None:
                loop = asyncio.get_running_loop()
                batch = self._open = Batch(loop)
                # Not at once: all that the loop has read already comes along.
                loop.call_soon(self._hand_over, batch)
            batch.rows.append(received)
        return batch

    def _hand_over(self, batch: Batch) -> None:
        def write(cursor: Any) -> None:
            self._close(batch)
            self._inbound.insert(cursor, batch.rows)

        written = asyncio.wrap_future(self._store.write_soon(write))
        written.add_done_callback(partial(self._end, batch))

    def _end(self, batch: Batch, written: asyncio.Future[None]) -> None:
        self._close(batch)  # where the writer could not even begin
        if problem := written.exception():
            batch.done.set_exception(problem)
        else:
            batch.done.set_result(None)
            self._kept(len(batch.rows))

    def _close(self, batch: Batch) -> None:
        """Let nothing join the batch any more."""
        with self._lock:
            if self._open is batch:
                self._open = None
