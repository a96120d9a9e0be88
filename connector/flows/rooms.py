"""Rooms: how many deliveries each endpoint may have in flight, and when the next may start.

- *Earned.* An endpoint begins with a few slots, gains one with each success and loses half with
  each failure. So a workflow that hangs holds next to nothing, and one that is fast may have half
  of everything.
- *Broken.* After eight failures in a row one delivery at a time is sent, as a probe, each a little
  later than the one before; the others wait, untried, until a probe succeeds.
- *Paced.* What a builder's hooks bear in a second is never exceeded, where it is published.

All is in the memory of one dispatcher, and time is told, so that it can be tested.
"""

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

FIRST_ROOM, LEAST_ROOM = 8, 1
REMEMBERED = 10_000  # endpoints that are remembered
BREAK_AFTER = 8  # failures in a row
FIRST_PROBE_S, LAST_PROBE_S = 5.0, 60.0

# Webhooks in a second that one hook bears, by host. Zapier: 30 requests a second for each webhook
# (help.zapier.com, rate limits of webhooks).
PER_SECOND = {"hooks.zapier.com": 30.0}
BURST = 0.1  # the share of a second's that may go at once; the rest is spread


@dataclass(slots=True)
class Room:
    """What is known of one endpoint; times are in seconds on the monotonic clock.

    `failures` are in a row, the last at `failed_at`; `probe_at` is when the next probe may start,
    `probing` is whether one is under way, `tokens` what was left of the pace at `filled_at`.
    """

    earned: int = FIRST_ROOM
    failures: int = 0
    failed_at: float = 0.0
    probe_at: float = 0.0
    probing: bool = False
    tokens: float = 0.0
    filled_at: float | None = None

    @property
    def broken(self) -> bool:
        """Whether only probes are sent."""
        return self.failures >= BREAK_AFTER


class Rooms:
    """The rooms of all endpoints, of which one may have `most` in flight."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._rooms: dict[str, Room] = {}
        self._taken: Counter[str] = Counter()
        self._broken: set[str] = set()

    def take(self, endpoint_id: str, url: str, now: float) -> bool:
        """Take a place for one more, if there is one."""
        room = self._room(endpoint_id)
        if not self._is_free(endpoint_id, room, now) or not _token(room, url, now):
            return False
        self._taken[endpoint_id] += 1
        room.probing = room.broken
        return True

    def give_back(self, endpoint_id: str) -> None:
        """Give up a place: nothing was sent."""
        self._leave(endpoint_id, self._room(endpoint_id))

    def is_broken(self, endpoint_id: str) -> bool:
        """Whether only probes are sent to this endpoint."""
        return endpoint_id in self._broken

    def any_broken(self) -> bool:
        """Whether any endpoint is broken."""
        return bool(self._broken)

    def leave(self, endpoint_id: str, success: bool, now: float) -> float | None:
        """One has ended; return how long it is until the next probe, if that has become clear.

        That is so when the endpoint has just become broken, and when a probe has failed. What was
        under way when it broke, and fails as well, says nothing new: many may be, and each would
        put the first probe off as far as a probe that failed.
        """
        room = self._room(endpoint_id)
        was_broken, was_probe = room.broken, room.probing
        self._leave(endpoint_id, room)
        if success:
            room.earned = min(room.earned + 1, self._most)
            room.failures = 0
            self._broken.discard(endpoint_id)
            return None
        room.earned = max(room.earned // 2, LEAST_ROOM)
        room.failed_at = now
        if was_broken and not was_probe:
            return None
        room.failures += 1
        if not room.broken:
            return None
        self._broken.add(endpoint_id)
        steps = min(room.failures - BREAK_AFTER, 16)
        wait: float = min(FIRST_PROBE_S * 2**steps, LAST_PROBE_S)
        room.probe_at = now + wait
        return wait

    def ask(self, endpoint_id: str, asked_at: float) -> None:
        """Let a probe be made that somebody asked for, unless one has failed since."""
        room = self._rooms.get(endpoint_id)
        if room is not None and room.broken and room.failed_at < asked_at:
            room.probe_at = min(room.probe_at, asked_at)

    def crowded(self, now: float) -> list[str]:
        """Return the endpoints for which none is claimed.

        More than half of their room is taken (half, so that a claim finds room for many and not for
        one), or they are broken and it is not yet time for a probe.
        """
        full = [
            endpoint_id
            for endpoint_id, taken in self._taken.items()
            if taken > self._room(endpoint_id).earned // 2
        ]
        waiting = [
            endpoint_id
            for endpoint_id in self._broken.difference(full)
            if not self._is_free(endpoint_id, self._room(endpoint_id), now)
        ]
        return full + waiting

    def _is_free(self, endpoint_id: str, room: Room, now: float) -> bool:
        if room.broken:
            return now >= room.probe_at and not self._taken[endpoint_id]
        return self._taken[endpoint_id] < room.earned

    def _leave(self, endpoint_id: str, room: Room) -> None:
        room.probing = False
        self._taken[endpoint_id] -= 1
        if self._taken[endpoint_id] <= 0:
            del self._taken[endpoint_id]

    def _room(self, endpoint_id: str) -> Room:
        room = self._rooms.get(endpoint_id)
        if room is None:
            if len(self._rooms) >= REMEMBERED:
                self._rooms.clear()
                self._broken.clear()
            room = self._rooms[endpoint_id] = Room()
        return room


@lru_cache(maxsize=4096)
def _pace(url: str) -> float | None:
    return PER_SECOND.get(urlsplit(url).hostname or "")


def _token(room: Room, url: str, now: float) -> bool:
    """Take one token of the pace of this hook, so that no second holds more than it bears."""
    pace = _pace(url)
    if pace is None:
        return True
    burst = max(1.0, pace * BURST)
    since = now - room.filled_at if room.filled_at is not None else 1.0
    room.tokens = min(burst, room.tokens + since * (pace - burst))
    room.filled_at = now
    if room.tokens < 1:
        return False
    room.tokens -= 1
    return True
