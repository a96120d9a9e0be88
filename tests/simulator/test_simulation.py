"""The laws hold in 200 simulated towns, each a storm of faults drawn from its seed.

Set SIMULATION_SEED to a seed to begin there, for example to repeat what failed.
"""

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from simulator.laws import check
from simulator.opening import close_town, open_town
from structlog.testing import capture_logs

from connector import world

SEEDS, CHUNKS = 200, 10
STEPS = 120
SHOWN = 40

variable = "SIMULATION_SEED"
first_seed = int(os.environ.get(variable) or world.new_seed())


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory, where there is one: a simulation has no disk to wait for."""
    memory = Path("/dev/shm")  # noqa: S108
    if not memory.is_dir():
        yield tmp_path
        return
    with TemporaryDirectory(dir=memory) as made:
        yield Path(made)


def simulate(seed: int, template: Path, folder: Path) -> list[str]:
    """Run one simulation and return what it came to; an AssertionError names the seed.

    No thread but the writer's, which is waited for, may take part: the scheduler is no chance of
    the seed's.
    """
    others = set(threading.enumerate())
    with pytest.MonkeyPatch.context() as monkeypatch, capture_logs():
        town = open_town(seed, template, folder, monkeypatch)
        try:
            town.storm(STEPS)
            town.calm()
            check(town)
            beside = {thread.name for thread in set(threading.enumerate()) - others}
            assert beside <= {"unitwire-writer"}, f"beside the town ran {beside}"
        except BaseException as problem:
            told = "\n  ".join(
                [f"seed {seed}: repeat with {variable}={seed}", *town.trace[-SHOWN:]]
            )
            raise AssertionError(f"{problem!r}\n{told}") from problem
        finally:
            close_town(town)
        came_to = (sorted(town.told_taken), town.time.passed_ns, town.dice.random())
        return [*town.trace, *map(str, came_to)]


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_the_laws_hold_in_a_storm(chunk: int, migrated_sqlite: Path, folder: Path) -> None:
    """Agreed with Stora, nothing lost, nothing forged, nothing changed, nobody disconnected."""
    share = SEEDS // CHUNKS
    seeds = [first_seed + chunk * share + number for number in range(share)]
    print(f"seeds {seeds[0]} to {seeds[-1]}")  # noqa: T201
    for seed in seeds:
        simulate(seed, migrated_sqlite, folder)


def test_a_seed_repeats_itself(migrated_sqlite: Path, folder: Path) -> None:
    """The same seed lets the same things happen, at the same moments, another one others."""
    first, again, other = (
        simulate(seed, migrated_sqlite, folder) for seed in (first_seed, first_seed, 1)
    )
    assert first == again != other
