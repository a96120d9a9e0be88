"""What the papers on security promise is held by tests and files that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAPERS = ("security.md", "asvs.md")
TEST = re.compile(r"`(test_\w+)`")
FILE = re.compile(
    r"`((?:connector|tests|docs|deploy)/[\w./-]+|[A-Z]+\.md|Makefile|constraints\.txt)`"
)


def defined() -> set[str]:
    """Return the names of all tests."""
    code = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    return set(re.findall(r"def (test_\w+)\(", code))


@pytest.mark.parametrize("paper", PAPERS)
def test_every_named_test_exists(paper: str) -> None:
    """No promise rests on a test that is not there."""
    named = set(TEST.findall((ROOT / "docs" / paper).read_text()))
    assert named
    assert named - defined() == set()


@pytest.mark.parametrize("paper", PAPERS)
def test_every_named_file_exists(paper: str) -> None:
    """No promise points to a file that is not there."""
    named = FILE.findall((ROOT / "docs" / paper).read_text())
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_attack_has_a_test() -> None:
    """Each row of the threat model names at least one."""
    text = (ROOT / "docs" / "security.md").read_text()
    model = text.partition("## Threat model")[2].partition("\n## ")[0]
    rows = [line for line in model.splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 25
    assert [row for row in rows if not TEST.search(row)] == []
