"""A turn: the right of one request to change one webhook endpoint in Stora.

Changes of the same endpoint go to Stora one after the other, across processes, so that Stora ends
up with what the last of them wanted. A turn is a lease in the endpoint's row, renewed before each
call; whoever dies gives it up within a minute, and whoever was frozen that long can no longer
write (fencing).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, or_, update

from connector import world
from connector.errors import NotFound, Unavailable
from connector.flows.call import call_stora
from connector.flows.endpoints import NO_SUCH, Endpoint, alive, named
from connector.flows.parts import Parts
from connector.stora.budget import Lane
from connector.stora.wire import Answer
from connector.store.tables import webhook_endpoints as table

LEASE_MS = 60_000  # longer than the longest single call of flows.call
WAIT_S = 10.0
POLL_S = 0.05
RETRY_S = 5
BUSY = "This webhook endpoint is being changed by another request. Try again."


@dataclass(frozen=True)
class Turn:
    """One endpoint, held. `lane` is the share of Stora's rate budget that its calls come from."""

    parts: Parts
    connection_id: str
    endpoint_id: str
    lease: str
    lane: Lane

    def endpoint(self) -> Endpoint:
        """Return the endpoint as it stands now; raises NotFound once it was removed."""
        with self.parts.store.read() as c:
            found = alive(c, self.connection_id, self.endpoint_id)
        if found is None:
            raise NotFound(NO_SUCH)
        return found

    def write(self, c: Connection, **values: Any) -> None:
        """Change the row.

        Raises NotFound once it was removed and Unavailable when the turn was lost; nothing that
        was done in the same transaction stays then.
        """
        if not c.execute(update(table).where(*self._mine()).values(**values)).rowcount:
            if alive(c, self.connection_id, self.endpoint_id) is None:
                raise NotFound(NO_SUCH)
            raise Unavailable(BUSY, retry_after=RETRY_S)

    def save(self, **values: Any) -> None:
        """Do the same in a transaction of its own."""
        with self.parts.store.begin() as c:
            self.write(c, **values)

    def call(
        self,
        method: str,
        path: str,
        *,
        json: Mapping[str, Any] | None = None,
        key: str | None = None,
    ) -> Answer:
        """Call Stora, first making sure that the turn lasts as long as that takes.

        Raises what `write` and call_stora raise.
        """
        self.save(turn_until=world.now_ms() + LEASE_MS)
        return call_stora(
            self.parts,
            self.connection_id,
            method,
            path,
            json=json,
            idempotency_key=key,
            lane=self.lane,
        )

    def give_back(self) -> None:
        """Let the next one have its turn."""
        with self.parts.store.begin() as c:
            c.execute(update(table).where(*self._mine()).values(turn_lease=None, turn_until=None))

    def _mine(self) -> tuple[ColumnElement[bool], ...]:
        return (
            *named(self.connection_id, self.endpoint_id),
            table.c.turn_lease == self.lease,
            table.c.deleted_at.is_(None),
        )


@contextmanager
def turn(
    parts: Parts,
    connection_id: str,
    endpoint_id: str,
    *,
    lane: Lane = "action",
    wait_s: float = WAIT_S,
) -> Iterator[Turn]:
    """Wait for the turn of an endpoint, hold it, give it back.

    Raises NotFound for an endpoint that is not there, and Unavailable after `wait_s` seconds.
    """
    held = Turn(parts, connection_id, endpoint_id, world.new_token(), lane)
    deadline = world.monotonic() + wait_s
    while not _take(held):
        held.endpoint()
        if world.monotonic() >= deadline:
            raise Unavailable(BUSY, retry_after=RETRY_S)
        world.sleep(POLL_S)
    try:
        yield held
    finally:
        held.give_back()


def _take(held: Turn) -> bool:
    now = world.now_ms()
    with held.parts.store.begin() as c:
        return bool(
            c.execute(
                update(table)
                .where(
                    *named(held.connection_id, held.endpoint_id),
                    table.c.deleted_at.is_(None),
                    or_(table.c.turn_until.is_(None), table.c.turn_until <= now),
                )
                .values(turn_lease=held.lease, turn_until=now + LEASE_MS)
            ).rowcount
        )
