"""Look for known holes in what is pinned: `make audit`.

Python's packages are asked about with pip-audit, those of npm with `npm audit`. Both need a
registry that answers such questions; where it does not, that is said, and the floors
(tests/floors.py), which are always checked, are all that holds.
Ends with 1 when a pinned version has a known hole; those of the tools that only prove a package in
its platform's own engine are told, but ship nowhere.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from floors import FLOORS
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PINS = ROOT / "constraints.txt"
SHIPPED = ROOT / "manifests"
PATIENCE_S = 300


def main() -> int:
    """Print what was asked and found; return the exit status."""
    holes = floors() + python()
    for lock in sorted([*SHIPPED.rglob("package-lock.json"), *proofs()]):
        found = npm(lock)
        if lock.is_relative_to(SHIPPED):
            holes += found
    print(f"{len(holes)} known holes in what ships, by what could be asked")
    return 1 if holes else 0


def floors() -> list[str]:
    """Return the pins that are older than the last known hole."""
    lines = (line.split()[0] for line in PINS.read_text().splitlines() if "==" in line)
    pins = dict(line.split("==") for line in lines)
    holes = [
        f"{name} {pins[name]} is older than {oldest}: {why}"
        for name, (oldest, why) in FLOORS.items()
        if Version(pins[name]) < Version(oldest)
    ]
    return told(f"minimum versions: {len(FLOORS)} packages checked", holes)


def python(pins: Path = PINS, *options: str) -> list[str]:
    """Return what the advisory database of Python's packages knows of the pins.

    With `options` of pip-audit it may be another database.
    """
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--no-deps", "-r", str(pins)]
    answer = asked([*command, "--format=json", "--progress-spinner=off", *options], ROOT)
    listed = answer.get("dependencies", [])
    known = [each for each in listed if "skip_reason" not in each]
    if not known:
        return told("Python: the advisories could not be asked; the minimum versions hold", [])
    holes = [
        f"{each['name']} {each['version']}: {hole['id']}, mended in {hole['fix_versions']}"
        for each in known
        for hole in each["vulns"]
    ]
    return told(f"Python: {len(known)} of {len(listed)} packages asked about", holes)


def npm(lock: Path) -> list[str]:
    """Return what npm's advisory database knows of the packages in a lock."""
    place = lock.parent.relative_to(ROOT)
    answer = asked(["npm", "audit", "--package-lock-only", "--omit=dev", "--json"], lock.parent)
    if "vulnerabilities" not in answer:
        return told(f"npm, {place}: the advisories could not be asked", [])
    holes = [f"{name}: {hole['severity']}" for name, hole in answer["vulnerabilities"].items()]
    return told(f"npm, {place}: asked", holes)


def proofs() -> list[Path]:
    """Return the locks of the tools that prove packages."""
    return list((ROOT / "tests" / "platforms").rglob("package-lock.json"))


def asked(command: list[str], folder: Path) -> dict[str, Any]:
    """Return what a tool answers as JSON, {} where it cannot."""
    try:
        ended = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE_S
        )
        answer = json.loads(ended.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return {}
    return answer if isinstance(answer, dict) else {}


def told(what: str, holes: list[str]) -> list[str]:
    """Print what was asked and found, and return what was found."""
    print(what)
    for hole in holes:
        print(f"  {hole}")
    return holes


if __name__ == "__main__":
    sys.exit(main())
