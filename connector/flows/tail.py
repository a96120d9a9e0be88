"""The tail of the log: what arrives and what becomes of it, while one watches.

Ids of deliveries are ordered by the moment they were made, so the newest that was shown is the
cursor, and whoever comes back with it goes on from there. Several processes make ids, and what is
made first may be committed second: so each look begins OVERLAP_MS before the newest, and passes
over what is known. After a reconnect those seconds may be shown once more; nothing is left out.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Row, select

from connector import world
from connector.errors import InvalidContent
from connector.flows.deliveries import document, id_at, with_event
from connector.flows.overview import chosen
from connector.flows.parts import Parts
from connector.store.tables import connections, deliveries

OVERLAP_MS = 15_000  # longer than a commit takes: the database is waited for 5 s at most
PAGE = 500
CURSOR = re.compile(r"dlv_([0-9a-f]{12})[0-9a-f]{12}")

Key = tuple[str, str]  # connection id, delivery id
State = tuple[str, int]  # status, attempts that have ended


@dataclass
class Tail:
    """One watcher of all connections, or of one, and of all event types, or of some.

    `cursor` is the newest delivery seen; without one, the tail begins now.
    Raises NotFound for an unknown connection and InvalidContent for what is no cursor.
    """

    parts: Parts
    cursor: str = ""
    connection_id: str | None = None
    event_types: Sequence[str] = ()
    _known: dict[Key, State] = field(default_factory=dict)

    def __post_init__(self) -> None:
        chosen(self.parts, self.connection_id)
        if self.cursor and not CURSOR.fullmatch(self.cursor):
            raise InvalidContent("A cursor is the id of the delivery that was seen last (dlv_…).")
        if not self.cursor:
            self.cursor = id_at(world.now_ms())
            for _ in self.look():  # what was there before is no news
                pass

    def look(self) -> Iterator[dict[str, Any]]:
        """Yield each delivery that is new or has changed, with its `connection`, oldest first."""
        floor = id_at(moment(self.cursor) - OVERLAP_MS)
        yield from self._outcomes(floor)
        position = floor
        while rows := self._rows(deliveries.c.id > position):
            yield from self._news(rows)
            position = rows[-1].id
            self.cursor = max(self.cursor, position)
        self._known = {
            key: state for key, state in self._known.items() if key[1] > floor or is_open(state)
        }

    def _outcomes(self, floor: str) -> Iterator[dict[str, Any]]:
        """Yield what became of the deliveries that were under way when they were last seen."""
        waiting = defaultdict(list)
        for (connection_id, id), _ in self._known.items():
            if id <= floor:
                waiting[connection_id].append(id)
        for connection_id, ids in waiting.items():
            for start in range(0, len(ids), PAGE):
                yield from self._news(
                    self._rows(
                        deliveries.c.connection_id == connection_id,
                        deliveries.c.id.in_(ids[start : start + PAGE]),
                    )
                )

    def _rows(self, *conditions: ColumnElement[bool]) -> Sequence[Row[Any]]:
        mine = (
            deliveries.c.connection_id.in_(select(connections.c.id))
            if self.connection_id is None
            else deliveries.c.connection_id == self.connection_id
        )
        wanted = with_event(mine, *conditions).order_by(deliveries.c.id).limit(PAGE)
        if self.event_types:
            wanted = wanted.where(deliveries.c.event_type.in_(self.event_types))
        with self.parts.store.read() as connection:
            return connection.execute(wanted).all()

    def _news(self, rows: Sequence[Row[Any]]) -> Iterator[dict[str, Any]]:
        for row in rows:
            key = (row.connection_id, row.id)
            state = (row.status, row.attempts - (row.lease is not None))
            if self._known.get(key) != state:
                self._known[key] = state
                yield {"connection": row.connection_id, **document(row)}


def is_open(state: State) -> bool:
    """Whether something may still become of a delivery in this state."""
    return state[0] == "pending"


def moment(cursor: str) -> int:
    """Return when the delivery with the id `cursor` was made, in ms."""
    found = CURSOR.fullmatch(cursor)
    return int(found[1], 16) if found else 0
