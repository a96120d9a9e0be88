"""One run of an action, known by the key that its builder repeats: what has been sent, what came.

Before each write at Stora it is noted that it is about to be sent, afterwards what became of it.
So whoever repeats the run, after a lost answer or the death of a process, knows how to go on:

    nothing sent, or a known failure   under a key of Stora's that is fresh
    sent, and nobody knows             under the same key: Stora returns what it did, or does it now
    done                               with the answer that was given, for 24 hours

Stora keeps the first answer to a key for 24 h, errors included (Stora page: guides/requests), which
is why a failure uses its key up. `generation` counts the keys that were used up.

One request at a time has a run, by a lease that ends by itself. Each note is bound to it, so that
a request that lost its lease sends nothing more.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from connector import world
from connector.errors import Conflict, Unavailable
from connector.flows.callers import Caller
from connector.flows.idempotency import remembered
from connector.flows.parts import Parts
from connector.store.secrets import hash_token
from connector.store.tables import action_runs as table

KEEP_MS: Final = 24 * 3_600_000
LEASE_MS: Final = 30_000
WAIT_S: Final = 10.0
POLL_S: Final = 0.05

BUSY = "This is still being carried out. Send it again shortly, with the same key."
OTHER = "This key was used for something else. Use a new one for each thing that is to be done."


@dataclass
class Write:
    """One write of a run: how many keys failures used up, and whether it may have happened."""

    generation: int = 0
    unsure: bool = False


@dataclass(frozen=True)
class Finished:
    """A run that is done: the answer that was given, and the id of its entry in the timeline."""

    answer: dict[str, Any]
    entry_id: str | None


@dataclass
class Run:
    """The right to go on with a run; without a key of its own nobody can come back to it."""

    parts: Parts
    connection_id: str
    key_hash: str
    lease: str
    born: int
    keyed: bool
    writes: list[Write] = field(default_factory=list)

    def write(self, position: int) -> Write:
        """Return what is known of the write at `position` in the story."""
        while len(self.writes) <= position:
            self.writes.append(Write())
        return self.writes[position]

    def stora_key(self, position: int) -> str:
        """Return the Idempotency-Key for Stora of the write at `position`."""
        generation = self.write(position).generation
        name = (self.connection_id, self.key_hash, self.born, position, generation)
        return str(uuid5(NAMESPACE_URL, repr(name)))

    def note(self) -> None:
        """Write down what is known of the writes, and hold the lease for longer.

        Raises Unavailable when another request has taken over.
        """
        calls = json.dumps([[write.generation, write.unsure] for write in self.writes])
        until = world.now_ms() + LEASE_MS
        with self.parts.store.begin() as c:
            held = c.execute(
                update(table).where(*self._mine).values(calls=calls, lease_until=until)
            )
        if not held.rowcount:
            raise Unavailable(BUSY, retry_after=LEASE_MS / 1000)

    def finish(self, c: Connection, answer: Mapping[str, Any], entry_id: str | None) -> bool:
        """Keep the answer, in `c`; False when another request has taken over, and will."""
        if not self.keyed:
            return bool(c.execute(delete(table).where(*self._mine)).rowcount)
        kept = {
            "answer_sealed": self.parts.vault.seal(json.dumps(answer)),
            "entry_id": entry_id,
            "lease": None,
            "lease_until": None,
        }
        return bool(c.execute(update(table).where(*self._mine).values(kept)).rowcount)

    def leave(self) -> None:
        """Let the next request go on at once."""
        with self.parts.store.begin() as c:
            if self.keyed:
                free = {"lease": None, "lease_until": None}
                c.execute(update(table).where(*self._mine).values(free))
            else:
                c.execute(delete(table).where(*self._mine))

    @property
    def _mine(self) -> tuple[ColumnElement[bool], ...]:
        return (*_here(self.connection_id, self.key_hash), table.c.lease == self.lease)


def begin(
    parts: Parts, caller: Caller, key: str | None, asked: Mapping[str, Any]
) -> Run | Finished:
    """Return the run of `caller` under `key` to go on with, or the finished one.

    `asked` is what is to be done. Without a key it is a new run. Waits for a request that has the
    run just now. Raises Conflict when the key was used for something else that may have happened,
    and Unavailable when the other request takes longer than ten seconds.
    """
    key_hash = hash_token(f"{caller.creator} {key or world.new_token()}")
    fingerprint = hash_token(json.dumps(asked, sort_keys=True))
    deadline = world.monotonic() + WAIT_S
    while True:
        try:
            with parts.store.begin() as c:
                found = _take(c, parts, caller.connection_id, key_hash, fingerprint)
        except IntegrityError:  # another request began it at the same moment
            continue
        if isinstance(found, Finished):
            return found
        if found is not None:
            found.keyed = key is not None
            return found
        if world.monotonic() >= deadline:
            raise Unavailable(BUSY, retry_after=5)
        world.sleep(POLL_S)


def _take(
    c: Connection, parts: Parts, connection_id: str, key_hash: str, fingerprint: str
) -> Run | Finished | None:
    """Return the run, begun or taken over; None while another request has it."""
    now = world.now_ms()
    here = _here(connection_id, key_hash)
    c.execute(delete(table).where(*here, table.c.created_at <= now - KEEP_MS))
    row = c.execute(select(table).where(*here).with_for_update()).first()
    run = Run(parts, connection_id, key_hash, world.new_id("lse"), now, keyed=True)
    held = {"fingerprint": fingerprint, "lease": run.lease, "lease_until": now + LEASE_MS}
    if row is None:
        c.execute(
            insert(table).values(
                connection_id=connection_id, key_hash=key_hash, created_at=now, **held
            )
        )
        return run
    run.born = row.created_at
    run.writes = [Write(*each) for each in json.loads(row.calls)]
    busy = row.lease is not None and row.lease_until > now
    may_have_happened = row.answer_sealed or any(write.unsure for write in run.writes)
    if row.fingerprint != fingerprint and (may_have_happened or busy):
        raise Conflict(OTHER)
    if row.answer_sealed:
        return Finished(remembered(parts.vault.open(row.answer_sealed)), row.entry_id)
    if busy:
        return None
    c.execute(update(table).where(*here).values(held))
    return run


def _here(connection_id: str, key_hash: str) -> tuple[ColumnElement[bool], ...]:
    return (table.c.connection_id == connection_id, table.c.key_hash == key_hash)
