"""How often something was done lately, counted once for all processes.

A count is a row with the end of its window, changed by one atomic statement; so what is the limit
for one process is the limit for any number of them. Windows are fixed: the first hit begins one,
and nobody waits longer than to its end.

Whoever is over the limit is remembered in memory until the window ends: a flood costs each process
one statement more than the limit, and no more.
"""

from dataclasses import dataclass
from typing import Any

from connector import world
from connector.store.db import Store
from connector.store.secrets import hash_token

REMEMBERED = 10_000  # keys over their limit that one process knows of

# A window that ends much later than a new one would was begun by a clock that was wrong.
HIT = """
    INSERT INTO rates (key_hash, count, ends_at) VALUES (:key_hash, 1, :ends_at)
    ON CONFLICT (key_hash) DO UPDATE SET
      count = CASE WHEN rates.ends_at > :now AND rates.ends_at <= :latest
        THEN rates.count + 1 ELSE 1 END,
      ends_at = CASE WHEN rates.ends_at > :now AND rates.ends_at <= :latest
        THEN rates.ends_at ELSE excluded.ends_at END
    RETURNING count, ends_at
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `most` in `seconds`."""

    most: int
    seconds: int


class Rates:
    """The counts in one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._hit = store.sql(HIT)
        self._over: dict[str, int] = {}  # until when (ms)

    def hit(self, key: str, rate: Rate) -> float:
        """Count one more under `key`; return 0, or the seconds to wait if that is too many."""
        if wait_s := self.over(key):
            return wait_s
        now, window = world.now_ms(), rate.seconds * 1000
        values = {
            "key_hash": hash_token(key),
            "now": now,
            "ends_at": now + window,
            "latest": now + 2 * window,
        }

        def job(cursor: Any) -> tuple[int, int]:
            count, ends_at = cursor.execute(self._hit, values).fetchone()
            return count, ends_at

        count, ends_at = self._store.write(job)
        if count <= rate.most:
            return 0
        if len(self._over) >= REMEMBERED:
            self._over.clear()
        self._over[key] = ends_at
        return (ends_at - now) / 1000

    @property
    def quiet(self) -> bool:
        """Whether nobody is known here to be over a limit, which costs next to nothing to ask."""
        return not self._over

    def over(self, key: str) -> float:
        """Return for how many seconds `key` is known here to be over its limit; asks nobody."""
        until = self._over.get(key)
        if until is None:
            return 0
        left_ms = until - world.now_ms()
        if left_ms <= 0:
            self._over.pop(key, None)
            return 0
        return left_ms / 1000
