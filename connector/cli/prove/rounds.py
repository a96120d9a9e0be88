"""Load and trouble, round after round, then the comparison of both sides' books."""

from collections.abc import Callable

from connector import world
from connector.cli.prove.nemesis import Nemesis
from connector.cli.prove.town import Town
from connector.cli.prove.witness import Verdict
from connector.errors import Unavailable
from connector.store.db import Store

BEAT_S = 0.25  # events come in small groups, so many times a second
PATIENCE_S = 60.0  # for what was sent to be acknowledged, and for that to be delivered
LOOK_S = 0.25


def run(
    town: Town, seed: int, rounds: int, seconds: float, rate: int, tell: Callable[[str], None]
) -> Verdict:
    """Return the verdict after so many rounds of `seconds` each, at `rate` events a second.

    `tell` is called with a line for people after each round. Raises Unavailable when the database
    is damaged.
    """
    nemesis = Nemesis(town, world.dice(seed))
    sent: set[str] = set()
    acknowledged: set[str] = set()

    def taken() -> bool:
        acknowledged.update(town.acknowledged() & sent)
        return len(acknowledged) == len(sent)

    for number in range(1, rounds + 1):
        trouble = nemesis.draw(seconds)
        began, troubled = world.monotonic(), False
        while (now := world.monotonic() - began) < seconds:
            sent.update(town.trigger(max(1, round(rate * BEAT_S))))
            if not troubled and now >= trouble.after:
                troubled = True
                town.wait(trouble.into * BEAT_S)  # what was just sent is on its way by now
                trouble.what()
            town.wait(BEAT_S)
        await_true(town, taken)
        delivered = len(town.witness.books.delivered())
        tell(
            f"round {number:>3}: {trouble.title:<38} sent {len(sent)}, "
            f"acknowledged {len(acknowledged)}, delivered {delivered}"
        )
    await_true(town, lambda: acknowledged <= town.witness.books.delivered())
    check(town)
    return town.witness.books.verdict(rounds, sent, acknowledged)


def await_true(town: Town, condition: Callable[[], bool]) -> None:
    """Wait for `condition`, a minute at most."""
    until = world.monotonic() + PATIENCE_S
    while not condition() and world.monotonic() < until:
        town.wait(LOOK_S)


def check(town: Town) -> None:
    """Let SQLite look over its file; raises Unavailable if it finds damage."""
    if not town.settings.is_sqlite:
        return
    store = Store(town.settings)
    try:
        (found,) = store.query("PRAGMA integrity_check", {})[0]
    finally:
        store.close()
    if found != "ok":
        raise Unavailable(f"The database is damaged: {found}")
