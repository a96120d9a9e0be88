"""Chores: what a dispatcher does beside sending, each when its time has come and none in its way.

    every second    step the replays; write what Stora's timeline is to be told
    every 15 s      count the day's deliveries
    every hour      sweep

What asks Stora may take long, so it has threads of its own.
"""

from connector import world
from connector.flows.background import Background
from connector.flows.parts import Parts
from connector.flows.replays import step
from connector.flows.sweep import sweep
from connector.flows.tally import tally
from connector.flows.timeline_writer import write_due

STEP_EVERY_S, TALLY_EVERY_S, SWEEP_EVERY_S = 1.0, 15.0, 3600.0


class Chores:
    """The chores of one dispatcher."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._steps, self._sweeps = Background(), Background()
        self._step_at = self._tally_at = 0.0
        self._closing = False
        self._sweep_at = world.monotonic() + SWEEP_EVERY_S * (0.5 + world.jitter())

    def look(self) -> None:
        """Begin what it is time for; what is still under way is not begun again."""
        now = world.monotonic()
        if now < self._step_at:
            return
        self._step_at = now + STEP_EVERY_S
        self._steps.do("replays", lambda: step(self._parts))
        self._parts.background.do("timeline", lambda: write_due(self._parts))
        if now >= self._tally_at:
            self._tally_at = now + TALLY_EVERY_S
            self._steps.do("tally", lambda: tally(self._parts))
        if now >= self._sweep_at:
            self._sweep_at = now + SWEEP_EVERY_S
            self._sweeps.do("sweep", lambda: sweep(self._parts, go_on=self._goes_on))

    def _goes_on(self) -> bool:
        return not self._closing

    def close(self) -> None:
        """Let what is being done end; a sweep leaves the rest to the next one."""
        self._closing = True
        self._steps.close()
        self._sweeps.close()
