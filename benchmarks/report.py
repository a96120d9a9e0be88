"""Figures as tables: one for each measure, medians of the rounds, ratios beside."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any

from benchmarks.systems import SYSTEMS

RATIO = {"per_s": "events/s"}
LINE = Mapping[str, Any]


def report(lines: Sequence[LINE]) -> str:
    """Return the tables as Markdown."""
    return "\n".join(
        text
        for measure in dict.fromkeys(line["measure"] for line in lines)
        for text in table(measure, [line for line in lines if line["measure"] == measure])
    )


def table(measure: str, lines: Sequence[LINE]) -> Iterable[str]:
    """Yield the lines of one measure's table."""
    figures = [name for name in lines[0] if name not in ("measure", "system", "round")]
    medians = {
        system: {
            name: median(line[name] for line in lines if line["system"] == system)
            for name in figures
        }
        for system in dict.fromkeys(line["system"] for line in lines)
    }
    yield f"\n### {measure}\n"
    yield "| system | " + " | ".join(figures) + " | unitwire is × | rounds |"
    yield "|---" * (len(figures) + 3) + "|"
    ours = medians.get("unitwire")
    for system, found in medians.items():
        ratio = f"{ours['per_s'] / found['per_s']:.2f}" if ours and "per_s" in found else ""
        shown = " | ".join(f"{found[name]:,.1f}" for name in figures)
        rounds = sum(line["system"] == system for line in lines)
        yield f"| {SYSTEMS[system].name} | {shown} | {ratio} | {rounds} |"
