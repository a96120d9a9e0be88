"""Figures as tables: one for each measure, medians and ratios; then the targets."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from benchmarks.systems import SYSTEMS
from benchmarks.targets import TARGETS, Medians

Line = Mapping[str, Any]
KEYS = ("measure", "system", "round")
# Each round of these is shown, and the most of them counts.
COUNTED = ("sent", "acknowledged", "under_way", "late", "missing", "repeated")
RATIOS = {"per_s": "Unitwire is times", "cpu_us": "its CPU, times ours"}
TITLES = {
    "per_s": "a second",
    "acked_per_s": "acknowledged a second",
    "cpu_us": "CPU µs each",
}


def report(lines: Sequence[Line]) -> str:
    """Return the tables as Markdown."""
    texts: list[str] = []
    measured = [line for line in lines if "skipped" not in line]
    for measure, systems in medians_of(measured).items():
        mine = [line for line in measured if line["measure"] == measure]
        texts += [f"### {measure}\n", *table(systems, mine), ""]
    skipped = {f"- {line['measure']}: {line['skipped']}" for line in lines if "skipped" in line}
    texts += [*(["Skipped:\n", *sorted(skipped), ""] if skipped else [])]
    return "\n".join([*texts, "### targets\n", *judged(medians_of(measured))])


def medians_of(lines: Sequence[Line]) -> Medians:
    """Return the median of each figure over its rounds; of what is counted, the most."""
    found: dict[str, dict[str, dict[str, list[float]]]] = {}
    for line in lines:
        figures = found.setdefault(line["measure"], {}).setdefault(line["system"], {})
        for name, value in line.items():
            if name not in KEYS:
                figures.setdefault(name, []).append(value)
    return {
        measure: {
            system: {
                name: max(values) if name in COUNTED else median(values)
                for name, values in figures.items()
            }
            for system, figures in systems.items()
        }
        for measure, systems in found.items()
    }


def table(systems: Mapping[str, Mapping[str, float]], lines: Sequence[Line]) -> Iterator[str]:
    """Yield the lines of one measure's table."""
    figures = list(next(iter(systems.values())))
    ours = systems.get("unitwire", {}) if len(systems) > 1 else {}
    ratios = {name: title for name, title in RATIOS.items() if name in ours}
    titles = ["system", "server", *(TITLES.get(name, name.replace("_", " ")) for name in figures)]
    yield row([*titles, *ratios.values(), "rounds"])
    yield row(["---"] * (len(titles) + len(ratios) + 1))
    for name, found in systems.items():
        rounds = [line for line in lines if line["system"] == name]
        cells = [SYSTEMS[name].name, SYSTEMS[name].server]
        for figure in figures:
            seen = [line[figure] for line in rounds] if figure in COUNTED else [found[figure]]
            cells.append(" / ".join(map(shown, seen)))
        if "per_s" in ratios:
            cells.append(f"{ours['per_s'] / found['per_s']:.2f}")
        if "cpu_us" in ratios:
            cells.append(f"{found['cpu_us'] / ours['cpu_us']:.2f}")
        yield row([*cells, str(len(rounds))])


def judged(medians: Medians) -> Iterator[str]:
    """Yield the table of targets: what was wanted, what was seen, and whether that is enough."""
    yield row(["target", "wanted", "seen", "met"])
    yield row(["---"] * 4)
    for target in TARGETS:
        try:
            figure = target.figure(medians)
        except KeyError:
            continue  # not measured
        wanted = f"{'≤' if target.at_most else '≥'} {shown(target.goal)}"
        met = "yes" if target.is_met(figure) else "**no**"
        yield row([target.says, wanted, shown(figure), met])


def row(cells: Sequence[str]) -> str:
    """Return one line of a table."""
    return f"| {' | '.join(cells)} |"


def shown(value: float) -> str:
    """Return a figure with the three digits that matter."""
    return f"{value:,.0f}" if value == int(value) or abs(value) >= 100 else f"{value:.3g}"
