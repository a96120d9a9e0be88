"""Events that arrive together are kept together: many rows in one statement.

    event loop    an event joins the open batch, or opens one, which goes to a writer
    writer        takes the batch, which closes it, and writes its rows
    event loop    all whose events were in it go on

So batches change hands between the threads, and not events: the hand-over was most of an event's
cost. There is no timer: while one batch is being committed, the next one gathers.
The writer is SQLite's one thread, or one of few that have a connection to PostgreSQL each.
"""

import asyncio
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from connector import world
from connector.store.db import Store, is_unavailable
from connector.store.ledger.inbound import Hook, Inbound, Received

HOOK_S = 0.02  # how long events that come together share what was found of a hook


class Batch:
    """Events whose rows are written at once; each of `waiting` ends after the commit."""

    def __init__(self) -> None:
        self.rows: list[Received] = []
        self.waiting: list[asyncio.Future[None]] = []


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
        self._under_way = 0  # batches that are not durable yet
        self._hooks: dict[str, Hook] = {}
        self._hooks_until = 0.0
        self._asked: dict[str, asyncio.Future[Hook | None]] = {}  # with the next question
        self._asking = False

    async def find_hook(self, endpoint_id: str) -> Hook | None:
        """Return the hook of webhook endpoint `endpoint_id`, None when there is none.

        While others are being kept, what is found serves all who come within `HOOK_S` seconds; an
        event that comes alone always finds what was last committed.
        """
        now = world.monotonic()
        alone = self._open is None and not self._under_way
        if alone or now >= self._hooks_until:
            self._hooks.clear()
            self._hooks_until = now + HOOK_S
        found = self._hooks.get(endpoint_id) or await self._look_up(endpoint_id)
        if found:
            self._hooks[endpoint_id] = found
        return found

    async def record(self, received: Received) -> None:
        """Keep an event and its delivery durably; a repeat is counted and changes nothing else.

        Raises what the database raises, for all of a batch when the database is away. When it
        takes offence at one of them, each is written alone, so that it harms only itself.
        """
        done = asyncio.get_running_loop().create_future()
        batch = self._join(received, done)
        try:
            await done  # of one's own: who goes away leaves the others their batch
        except Exception as problem:
            if len(batch.rows) == 1 or is_unavailable(problem):
                raise
            alone = Batch()
            alone.rows.append(received)
            alone.waiting.append(asyncio.get_running_loop().create_future())
            self._hand_over(alone)
            await alone.waiting[0]

    async def _look_up(self, endpoint_id: str) -> Hook | None:
        if self._store.is_sqlite:  # it stands in memory: a thread would cost more than the look
            return self._inbound.find_hook(endpoint_id)
        loop = asyncio.get_running_loop()
        if not self._asked and not self._asking:
            loop.call_soon(self._ask)
        answer = self._asked.setdefault(endpoint_id, loop.create_future())
        return await asyncio.shield(answer)

    def _ask(self) -> None:
        """Ask PostgreSQL for all that is wanted; what comes meanwhile is the next question.

        So a database that is away is waited for once by all, and not by one after the other.
        """
        asked, self._asked, self._asking = self._asked, {}, True

        def end(found: asyncio.Future[dict[str, Hook | None]]) -> None:
            self._asking = False
            problem = found.exception()
            for endpoint_id, answer in asked.items():
                if problem:
                    answer.set_exception(problem)
                    answer.exception()  # told to whoever still waits
                else:
                    answer.set_result(found.result()[endpoint_id])
            if self._asked:
                self._ask()

        look = partial(self._inbound.find_hooks, tuple(asked))
        asyncio.wrap_future(self._store.ask_soon(look)).add_done_callback(end)

    def _join(self, received: Received, done: asyncio.Future[None]) -> Batch:
        with self._lock:
            batch = self._open
            if batch is None:
                batch = self._open = Batch()
                # Not at once: all that the loop has read already comes along.
                done.get_loop().call_soon(self._hand_over, batch)
            batch.rows.append(received)
            batch.waiting.append(done)
        return batch

    def _hand_over(self, batch: Batch) -> None:
        self._under_way += 1

        def write(cursor: Any) -> None:
            self._close(batch)
            self._inbound.insert(cursor, batch.rows)

        written = asyncio.wrap_future(self._store.write_soon(write))
        written.add_done_callback(partial(self._end, batch))

    def _end(self, batch: Batch, written: asyncio.Future[None]) -> None:
        self._close(batch)  # where the writer could not even begin
        self._under_way -= 1
        problem = written.exception()
        if problem is None:
            self._kept(len(batch.rows))
        for done in batch.waiting:
            if done.done():  # its request is over
                continue
            if problem is None:
                done.set_result(None)
            else:
                done.set_exception(problem)

    def _close(self, batch: Batch) -> None:
        """Let nothing join the batch any more."""
        with self._lock:
            if self._open is batch:
                self._open = None
