"""The command: pieces are measured one by one, each in a process of its own, rounds outermost.

    python -m benchmarks ingest end-to-end --systems unitwire,prototype --rounds 3 --into run.jsonl
    python -m benchmarks --report run.jsonl

A piece is one measure of one system in one round; its figures become one line of JSON, so a run
that was broken off goes on where it was. `--through` starts each piece through another command,
for example one that waits until the machine is quiet.
"""

import argparse
import json
import shlex
import subprocess
import sys
from pathlib import Path

from benchmarks.measures import MEASURES
from benchmarks.report import report
from benchmarks.systems import SYSTEMS

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Read the options; measure what is asked for, and print the figures."""
    options = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_argument(
        "measures",
        nargs="*",
        choices=[*MEASURES, []],
        metavar="MEASURE",
        help=f"{', '.join(MEASURES)}; all by default",
    )
    options.add_argument("--systems", default="unitwire,prototype", help=", ".join(SYSTEMS))
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--seconds", type=float, default=5.0, help="of each piece")
    options.add_argument("--into", type=Path, help="the file of figures, continued if it is there")
    options.add_argument("--through", default="", help="the command that starts each piece")
    options.add_argument("--json", action="store_true", help="print the figures as JSON")
    options.add_argument("--report", type=Path, help="only print what a file holds")
    options.add_argument("--piece", action="store_true", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.report:
        print(report(read(given.report)))
        return
    names = given.systems.split(",")
    if given.piece:
        print(json.dumps(MEASURES[given.measures[0]](SYSTEMS[names[0]], given.seconds)))
        return
    lines = read(given.into) if given.into else []
    done = {(line["measure"], line["system"], line["round"]) for line in lines}
    for number in range(given.rounds):
        for measure in given.measures or MEASURES:
            for system in names:
                if (measure, system, number) not in done:
                    lines.append(
                        {"measure": measure, "system": system, "round": number}
                        | piece(measure, system, given.seconds, given.through)
                    )
                    if given.into:
                        with given.into.open("a") as file:
                            print(json.dumps(lines[-1]), file=file)
    print(json.dumps(lines) if given.json else report(lines))


def piece(measure: str, system: str, seconds: float, through: str) -> dict[str, float]:
    """Measure one piece in a process of its own and return its figures."""
    print(f"{measure}: {system}", file=sys.stderr)
    own = [sys.executable, "-m", "benchmarks", measure, "--systems", system]
    answer = subprocess.run(
        [*shlex.split(through), *own, "--seconds", str(seconds), "--piece"],
        cwd=ROOT, check=True, stdout=subprocess.PIPE,
    )  # fmt: skip
    figures: dict[str, float] = json.loads(answer.stdout)
    return figures


def read(path: Path) -> list[dict[str, float]]:
    """Return the lines of a file of figures."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


if __name__ == "__main__":
    main()
