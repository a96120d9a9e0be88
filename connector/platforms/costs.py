"""What one run of a workflow uses up at its builder, in the unit that the builder counts.

Units only: what one of them costs depends on the plan, and is not known here. What a run uses
depends on its steps, so a cost is told as what each run takes at least, and what each step adds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run uses: `a_run` units whatever its steps, and `a_step` for each `step` that runs.

    `unit` is what the builder calls one of them, `source` its page that says so.
    """

    unit: str
    source: str
    a_run: int = 0
    a_step: int = 0
    step: str = ""


COSTS: Final[Mapping[str, Cost]] = {
    "zapier": Cost(
        "task",
        "https://help.zapier.com/hc/en-us/articles/8496196837261",
        a_step=1,
        step="action step",
    ),
    "n8n": Cost("execution", "https://n8n.io/pricing/", a_run=1),
    "make": Cost(
        "credit",
        "https://help.make.com/how-features-use-credits",
        a_run=1,
        a_step=1,
        step="module after the trigger",
    ),
    "power-automate": Cost(
        "action call",
        "https://learn.microsoft.com/power-platform/admin/api-request-limits-allocations",
        a_step=1,
        step="action",
    ),
    "activepieces": Cost(
        "task",
        "https://community.activepieces.com/t/how-are-tasks-counted-in-activepieces/3144",
        a_run=1,
        a_step=1,
        step="step after the trigger",
    ),
    "pipedream": Cost(
        "credit",
        "https://pipedream.com/docs/pricing/faq",
        a_run=1,
        a_step=1,
        step="further 30 seconds that a run takes",
    ),
}
"""By the value of `metadata.source`; builders that are not here count nothing."""


def cost_told(source: str, name: str, runs: int) -> str:
    """Return in words and numbers what `runs` runs use: `about 120 executions of n8n`.

    `name` is what the builder of `source` is called.
    """
    cost = COSTS.get(source)
    if cost is None:
        return f"{_count(runs, 'run')} of {name}"
    told = f"about {_count(runs * (cost.a_run or cost.a_step), cost.unit)} of {name}"
    if not cost.a_step:
        return told
    if not cost.a_run:
        return f"{told} for each {cost.step}"
    return f"{told}, and {runs * cost.a_step:,} more for each {cost.step}"


def _count(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
