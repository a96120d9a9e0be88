"""Shares: how many of a dispatcher's places one connection may hold, so that all have some.

Nobody holds more places than are left for the others. So one connection alone has at most half, a
second one half of the rest, and whoever comes next finds a place, however much the others have due
and however slowly their targets answer: with 256 places, beside eight such neighbours.

All is in the memory of one dispatcher.
"""

from collections import Counter


class Shares:
    """The places of all connections, `most` in all."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: Counter[str] = Counter()
        self._total = 0

    def take(self, connection_id: str) -> bool:
        """Take a place, if the connection may have one more."""
        if self._left(connection_id) <= 0:
            return False
        self._taken[connection_id] += 1
        self._total += 1
        return True

    def give_back(self, connection_id: str) -> None:
        """Give up a place."""
        self._total -= 1
        self._taken[connection_id] -= 1
        if not self._taken[connection_id]:
            del self._taken[connection_id]

    def crowded(self) -> list[str]:
        """Return the connections for which none is claimed: they have few places left, or none."""
        return [each for each, taken in self._taken.items() if self._left(each) <= taken // 4]

    def claimable(self) -> int:
        """Return how many may be claimed, so that each that is not crowded has places for them."""
        crowded = set(self.crowded())
        open_to = (self._left(each) for each in self._taken if each not in crowded)
        return min(open_to, default=self._most - self._total)

    def _left(self, connection_id: str) -> int:
        return self._most - self._total - self._taken[connection_id]
