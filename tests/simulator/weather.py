"""Storm and calm: which step outwards fails, is lost, or is the last of its process."""

import random

import pytest
from failing import Failing, Phase
from network import Fate

from connector.flows.parts import Parts


class Killed(BaseException):
    """The process is no more."""


class Weather(Failing):
    """Lets steps fail by chance: `fails` and `kills` are how likely each step does.

    After a kill nothing of the process works any more, until `begin` starts another one.
    """

    def __init__(self, parts: Parts, dice: random.Random, monkeypatch: pytest.MonkeyPatch) -> None:
        self.fails_by = self.kills_by = 0.0
        self._dice = dice
        self._dead = False
        super().__init__(parts, "before", monkeypatch)

    def begin(self) -> None:
        """Begin with a living process."""
        self._dead = False

    def step(self, phase: Phase) -> None:
        """Take a step of the database's."""
        self._live()
        super().step(phase)

    def call(self, _what: str) -> Fate:
        """Take a call that leaves Unitwire; say whether it is lost."""
        self._live()
        chance = self._dice.random()
        if chance < self.fails_by:
            return "before"
        return "after" if chance < 2 * self.fails_by else ""

    def _live(self) -> None:
        if not self.mine():  # the writer's thread belongs to whoever waits for it
            return
        if self._dead or self._dice.random() < self.kills_by:
            self._dead = True
            raise Killed

    def _due(self, _phase: Phase) -> bool:
        return self._dice.random() < self.fails_by
