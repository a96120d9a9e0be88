"""What sending again uses up at a builder, in words and numbers."""

import pytest

from connector.platforms.builders import BUILDERS
from connector.platforms.costs import COSTS, cost_told


@pytest.mark.parametrize(
    ("source", "runs", "told"),
    [
        ("n8n", 120, "about 120 executions of It"),
        ("n8n", 1, "about 1 execution of It"),
        ("zapier", 1200, "about 1,200 tasks of It for each action step"),
        ("make", 12, "about 12 credits of It, and 12 more for each module after the trigger"),
        ("power-automate", 2, "about 2 action calls of It for each action"),
        ("node-red", 3, "3 runs of It"),
        ("what Stora's partner made", 1, "1 run of It"),
    ],
)
def test_a_cost_is_told(source: str, runs: int, told: str) -> None:
    """What each run takes at least, and what each step adds; runs where nothing is counted."""
    assert cost_told(source, "It", runs) == told


def test_every_cost_is_of_a_builder_and_has_its_source() -> None:
    """No row is left over, none comes without the builder's own page, none is empty."""
    assert COSTS.keys() <= BUILDERS.keys()
    for cost in COSTS.values():
        assert cost.source.startswith("https://")
        assert cost.a_run or cost.a_step
        assert bool(cost.a_step) == bool(cost.step)
