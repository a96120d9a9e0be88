"""Home: is anything stuck? And how are things going?"""

from flask import Response

from connector.flows.glance import CAUSES, by_cause, glance
from connector.flows.receive import WHY_REFUSED
from connector.flows.tally import LATE, PACES_MS
from connector.web.api import parts
from connector.web.pages.people import mine, people, show
from connector.web.pages.shown import pace, stacked

home = people("home")

TOP, BOTTOM = 20, 160  # of the chart, in its own units
LINES = ("100", "1000", "10000", LATE)


@home.get("/")
def see() -> Response:
    """Show how the signed-in connection is doing."""
    found = glance(parts(), mine())
    groups = by_cause(found.stuck)
    stuck = {
        each.endpoint_id
        for cause, members in groups.items()
        if cause not in ("paused", "given_up")
        for each in members
    }
    return show(
        "home.html",
        "home",
        glance=found,
        groups=groups,
        causes=CAUSES,
        stuck=len(stuck),
        today=sum(found.today.values()),
        series=stacked(found.days),
        scale=pace_scale(),
        refusals=WHY_REFUSED,
    )


def pace_scale() -> dict[str, object]:
    """Return where the paces stand on the chart: their steps, which grow, are evenly spaced."""
    names = [*map(str, PACES_MS), LATE]
    step = (BOTTOM - TOP) / (len(names) - 1)
    y = {name: round(BOTTOM - number * step, 1) for number, name in enumerate(names)}
    shown = {LATE: "> 1 min"}
    return {"y": y, "lines": [(y[name], shown.get(name) or pace(name)) for name in LINES]}
