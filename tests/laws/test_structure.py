"""The house keeps its shape: pure parts stay pure, time and chance have one source."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
CODE = sorted((ROOT / "connector").rglob("*.py"))
OUTSIDE = {"world.py"}

# How time, chance and sleep are read directly.
DIRECTLY = re.compile(
    r"\btime\.(time|time_ns|sleep|monotonic)\(|\bsecrets\.(token|rand|choice)|\brandom\.(random|rand|choice|shuffle|uniform)|\buuid\.?uuid[14]\(|"
    r"datetime\.(now|utcnow|today)\("
)
PURE = (
    "connector.catalogue.events",
    "connector.catalogue.actions",
    "connector.catalogue.samples",
    "connector.catalogue.asyncapi",
)


@pytest.mark.parametrize("module", PURE)
def test_the_catalogue_imports_without_a_framework(module: str) -> None:
    """It needs neither Flask, nor a database, nor an HTTP client."""
    heavy = ("flask", "sqlalchemy", "requests", "authlib", "pycurl")
    code = f"import sys, {module}; print([n for n in {heavy!r} if n in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_time_and_chance_come_from_one_place() -> None:
    """No module but world.py reads a clock, sleeps or draws lots by itself."""
    found = [
        f"{file.relative_to(ROOT)}:{number}"
        for file in CODE
        if file.name not in OUTSIDE
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if DIRECTLY.search(line)
    ]
    assert found == []


def test_no_drawer_is_named_after_nothing() -> None:
    """No module is called utils, helpers, common, misc, manager or service."""
    nothing = re.compile(r"(utils?|helpers?|common|misc|managers?|services?)(\.py)?")
    assert [file for file in CODE if any(nothing.fullmatch(part) for part in file.parts[-3:])] == []


def test_every_module_tells_its_story() -> None:
    """Each module begins with a docstring."""
    assert [str(file) for file in CODE if not file.read_text().startswith('"""')] == []


# Longer than a story should be, and why.
LONG = {"0001_first_tables.py": "a migration tells every table at once, as Alembic writes it"}


def test_a_file_tells_one_story() -> None:
    """No file of the code has more than 300 lines; what may be longer says why."""
    lengths = {file: len(file.read_text().splitlines()) for file in CODE}
    assert [
        f"{file}: {n}" for file, n in lengths.items() if n > 300 and file.name not in LONG
    ] == []


def test_what_may_be_long_is_long() -> None:
    """Each exception to that rule is still needed."""
    long = {file.name for file in CODE if len(file.read_text().splitlines()) > 300}
    assert set(LONG) <= long
