"""The papers say what the code does."""

import re
import runpy
import shlex
from pathlib import Path

import click
import pytest

from connector.cli import main
from connector.settings import table

ROOT = Path(__file__).parent.parent.parent
PAPERS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")
COMMAND = re.compile(r"`(?:\.venv/bin/)?unitwire ([a-z][^`]*)`")


def test_generated_tables_are_fresh() -> None:
    """Every table that the code already knows says what the code says now."""
    stale = runpy.run_path(str(ROOT / "docs" / "generate.py"))["stale"]
    assert stale(write=False) == [], "run `make docs`"


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_links_lead_somewhere(paper: Path) -> None:
    """Each link to a file of this project leads to one that exists."""
    for target in LINK.findall(paper.read_text()):
        assert (paper.parent / target).exists(), target


def test_every_setting_is_in_the_readme() -> None:
    """No setting is missing from the README."""
    text = (ROOT / "README.md").read_text()
    assert [name for name, _, _ in table() if f"`{name}`" not in text] == []


def test_not_affiliated_is_said_plainly() -> None:
    """The README says that Stora has nothing to do with this."""
    assert "not affiliated with Stora" in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("line", COMMAND.findall((ROOT / "README.md").read_text()))
def test_the_readmes_commands_are_whole(line: str) -> None:
    """Each `unitwire …` of the README is taken as it stands: no option is unknown or missing."""
    command: click.Command = main
    context: click.Context | None = None
    words = shlex.split(line)
    while isinstance(command, click.Group):
        context = click.Context(command, parent=context)
        found = command.get_command(context, words.pop(0))
        assert found is not None, line
        command = found
    command.make_context(command.name, words, parent=context)
