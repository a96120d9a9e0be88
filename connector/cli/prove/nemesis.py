"""What goes wrong in each round, drawn from one seed.

Every kind of trouble comes before any comes again, so that a short proof is a varied one.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

from connector.cli.prove.town import Town, Victim
from connector.dispatcher import LEASE_MS

LONGEST_AWAY_S = 1.0
FROZEN_S = 1.5
BEYOND_LEASE_S = LEASE_MS / 1000 + 2


@dataclass(frozen=True)
class Trouble:
    """One thing that goes wrong, after so many seconds of load and `into` a beat of it (0 to 1)."""

    title: str
    after: float
    into: float
    what: Callable[[], None]


class Nemesis:
    """Draws trouble for a town, and mends what has to be mended later."""

    def __init__(self, town: Town, chance: random.Random) -> None:
        self._town = town
        self._chance = chance
        self._bag: list[str] = []

    def draw(self, seconds: float) -> Trouble:
        """Return the trouble of the next round, whose load lasts `seconds`."""
        if not self._bag:
            self._bag = sorted(self._kinds())
            self._chance.shuffle(self._bag)
        title = self._bag.pop()
        after = self._chance.uniform(0.1, 0.6) * seconds
        return Trouble(title, after, self._chance.random(), self._kinds()[title])

    def _kinds(self) -> dict[str, Callable[[], None]]:
        town = self._town
        kinds = {
            "kill -9 of the web process": lambda: self._kill(town.web),
            "kill -9 of a dispatcher": lambda: self._kill(self._dispatcher()),
            "kill -9 of everything": lambda: self._kill(town.web, *town.dispatchers),
            "the web process frozen": lambda: town.web.freeze(FROZEN_S),
            "a dispatcher frozen": lambda: self._dispatcher().freeze(FROZEN_S),
            "a dispatcher frozen beyond its leases": lambda: self._dispatcher().freeze(
                BEYOND_LEASE_S
            ),
        }
        if town.postgres is not None:
            kinds["the database restarted"] = town.postgres.restart
        return kinds

    def _dispatcher(self) -> Victim:
        return self._chance.choice(self._town.dispatchers)

    def _kill(self, *victims: Victim) -> None:
        for victim in victims:
            victim.kill()
        self._town.wait(self._chance.uniform(0, LONGEST_AWAY_S))
        for victim in victims:
            victim.start()
