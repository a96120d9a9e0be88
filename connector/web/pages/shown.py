"""How values are shown to people: moments, counts, statuses, names of platforms, charts."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from markupsafe import Markup, escape

from connector import world
from connector.catalogue.events import EVENT
from connector.catalogue.wording import label_of
from connector.flows.tally import LATE
from connector.platforms.builders import NAMES
from connector.platforms.costs import cost_told

STATUSES: Mapping[str, str] = {
    "pending": "Waiting",
    "delivered": "Delivered",
    "dead": "Given up",
    "skipped": "Skipped",
    "enabled": "Listening",
    "listening": "Listening",
    "disabled": "Switched off",
    "paused": "Paused",
    "failing": "Failing",
    "active": "Connected",
    "needs_reauth": "Needs renewing",
    "revoked": "Ended",
    "running": "Under way",
    "finished": "Finished",
    "cancelled": "Cancelled",
}

ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
UNITS = ((86_400_000, "day"), (3_600_000, "hour"), (60_000, "minute"), (1_000, "second"))


def moment(ms: int | None, form: str = "full") -> Markup:
    """Return a moment as HTML: UTC, which the script turns into the reader's own time.

    `form` is full, short (no seconds), time (no date), or ago.
    """
    if ms is None:
        return Markup("–")
    at = datetime.fromtimestamp(ms / 1000, UTC)
    utc = f"{at:%-d %b %Y, %H:%M:%S} UTC"
    told = {"full": utc, "short": f"{at:%-d %b, %H:%M} UTC", "time": f"{at:%H:%M:%S} UTC"}
    text = ago(ms) if form == "ago" else told[form]
    return Markup('<time datetime="{}" data-form="{}" title="{}">{}</time>').format(
        f"{at:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z", form, utc, text
    )


def timed(text: str) -> Markup:
    """Return a sentence as HTML, the moments in it (`2026-01-31T10:00:00Z`) as `moment` does."""
    last, found = 0, Markup()
    for match in ISO.finditer(text):
        try:
            at = datetime.fromisoformat(match[0])
        except ValueError:  # looks like one and is none
            continue
        found += escape(text[last : match.start()]) + moment(int(at.timestamp() * 1000))
        last = match.end()
    return found + escape(text[last:])


def is_ahead(ms: int | None) -> bool:
    """Return whether a moment is yet to come."""
    return ms is not None and ms > world.now_ms()


def ago(ms: int) -> str:
    """Return how long ago, or in how long, a moment is."""
    away = world.now_ms() - ms
    if abs(away) < 5_000:
        return "just now"
    told = span(abs(away))
    return f"{told} ago" if away > 0 else f"in {told}"


def span(ms: float) -> str:
    """Return a duration in its largest unit: `3 minutes`."""
    for size, name in UNITS:
        if ms >= size:
            count = int(ms // size)
            return f"{count} {name}{'s' if count != 1 else ''}"
    return f"{round(ms)} ms"


def pace(text: str) -> str:
    """Return a pace of flows.tally: `300 ms`, `2 s`."""
    if text == LATE:
        return "over a minute"
    ms = int(text)
    return f"{ms} ms" if ms < 1000 else f"{ms / 1000:g} s"


def within(text: str) -> str:
    """Return a pace of flows.tally as it is said: `within 300 ms`, `in over a minute`."""
    return f"{'in' if text == LATE else 'within'} {pace(text)}"


def number(count: int) -> str:
    """Return a count with thin groups: 12,345."""
    return f"{count:,}"


def plural(count: int, one: str, many: str = "") -> str:
    """Return a count with its noun: `1 event`, `2 events`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def event_label(event_type: str) -> str:
    """Return the label of an event type, made of its words if Stora added it since."""
    known = EVENT.get(event_type)
    return known.label if known else label_of(event_type)


def status_label(status: str) -> str:
    """Return a status in a word for people."""
    return STATUSES.get(status, status)


def platform_label(source: str) -> str:
    """Return the name of a platform."""
    return NAMES.get(source, source)


def cost(source: str, runs: int) -> str:
    """Return what so many runs of a workflow use up at its platform."""
    return cost_told(source, platform_label(source), runs)


def stacked(days: Mapping[str, Sequence[int]], most: int = 5) -> list[tuple[str, Sequence[int]]]:
    """Return the series of a chart by size: the largest `most`, and all others as one."""
    ranked = sorted(days.items(), key=lambda each: (-sum(each[1]), each[0]))
    shown = [(name, counts) for name, counts in ranked[:most] if any(counts)]
    if rest := [counts for _, counts in ranked[most:]]:
        shown.append(("", [sum(each) for each in zip(*rest, strict=True)]))
    return shown


def day_label(days_back: int) -> str:
    """Return the date so many days ago (UTC), as a chart's axis has it."""
    at = datetime.fromtimestamp(world.now_ms() / 1000 - days_back * 86_400, UTC)
    return f"{at:%-d %b}"


FILTERS: Mapping[str, Callable[..., object]] = {
    "moment": moment,
    "timed": timed,
    "is_ahead": is_ahead,
    "ago": ago,
    "span": span,
    "pace": pace,
    "within": within,
    "number": number,
    "plural": plural,
    "event_label": event_label,
    "status_label": status_label,
    "platform_label": platform_label,
    "cost": cost,
    "stacked": stacked,
    "day_label": day_label,
}
