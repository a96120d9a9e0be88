"""The command: pieces are measured one by one, each in a process of its own, rounds outermost.

    python -m benchmarks                                     # everything, three rounds
    python -m benchmarks ingest end-to-end --systems unitwire,prototype --into run.jsonl
    python -m benchmarks --report run.jsonl

A piece is one measure of one system in one round; its figures become one line of JSON, so a run
that was broken off, or had no more than `--within` seconds, goes on where it was.
"""

import argparse
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

from benchmarks.measures import MEASURES
from benchmarks.report import report
from benchmarks.systems import SYSTEMS
from benchmarks.systems.system import Missing

ROOT = Path(__file__).parents[1]
SKIPPED = 3  # the exit status of a piece that cannot be measured here

Line = dict[str, Any]


def main() -> None:
    """Read the options; measure what is asked for, and print the figures."""
    options = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_argument(
        "measures", nargs="*", metavar="MEASURE", help=f"{', '.join(MEASURES)}; all by default"
    )
    options.add_argument("--systems", help=f"of {', '.join(SYSTEMS)}; by default each measure's")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--extent", type=float, help="seconds (or events, rows) of each piece")
    options.add_argument("--into", type=Path, help="the file of figures, continued if it is there")
    options.add_argument("--within", type=float, help="begin no piece after so many seconds")
    options.add_argument("--json", action="store_true", help="print the figures as JSON")
    options.add_argument("--report", type=Path, help="only print what a file holds")
    options.add_argument("--piece", action="store_true", help=argparse.SUPPRESS)
    given = options.parse_args()
    signal.signal(signal.SIGTERM, leave)
    for name in given.measures:
        if name not in MEASURES:
            options.error(f"there is no measure {name!r}")
    systems = tuple(given.systems.split(",")) if given.systems else ()
    for name in systems:
        if name not in SYSTEMS:
            options.error(f"there is no system {name!r}")
    if given.piece:
        measure(given.measures[0], systems[0], given.extent)
        return
    began = time.monotonic()
    lines = read(given.report or given.into)
    if not given.report:
        for line in pieces(given.measures or list(MEASURES), systems, given.rounds, lines):
            if given.within is not None and time.monotonic() - began > given.within:
                break
            lines.append(line | piece(line, given.extent))
            if given.into:
                with given.into.open("a") as file:
                    print(json.dumps(lines[-1]), file=file)
    print(json.dumps(lines) if given.json else report(lines))


def leave(_number: int, _frame: FrameType | None) -> None:
    """End in order when asked to: whatever was started is ended on the way out."""
    raise SystemExit(128 + signal.SIGTERM)


def pieces(
    measures: list[str], systems: tuple[str, ...], rounds: int, done: list[Line]
) -> list[Line]:
    """Return what is left to measure, rounds outermost."""
    wanted = [
        {"measure": name, "system": system, "round": number}
        for number in range(rounds)
        for name in measures
        for system in systems or MEASURES[name].systems
    ]
    keys = [{key: line[key] for key in ("measure", "system", "round")} for line in done]
    return [line for line in wanted if line not in keys]


def piece(line: Line, extent: float | None) -> Line:
    """Measure one piece in a process of its own and return its figures."""
    print(f"{line['measure']}: {line['system']}", file=sys.stderr)
    own = [sys.executable, "-m", "benchmarks", line["measure"], "--systems", line["system"]]
    length = [] if extent is None else ["--extent", str(extent)]
    with subprocess.Popen([*own, *length, "--piece"], cwd=ROOT, stdout=subprocess.PIPE) as process:
        try:
            answer, _ = process.communicate()
        except BaseException:
            process.terminate()  # it ends what it has started, and is waited for
            raise
    if process.returncode not in (0, SKIPPED):
        raise SystemExit(f"{line['measure']} of {line['system']} failed")
    figures: Line = json.loads(answer)
    return figures


def measure(name: str, system: str, extent: float | None) -> None:
    """Print the figures of one piece, or why there are none."""
    asked = MEASURES[name]
    try:
        figures = asked.ask(SYSTEMS[system], asked.extent if extent is None else extent)
    except Missing as problem:
        print(json.dumps({"skipped": str(problem)}))
        sys.exit(SKIPPED)
    print(json.dumps(figures))


def read(path: Path | None) -> list[Line]:
    """Return the lines of a file of figures."""
    if path is None or not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines()]


if __name__ == "__main__":
    main()
