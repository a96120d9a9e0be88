"""`unitwire` itself: the list of commands, how fast it answers, and how it fails."""

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from connector import __version__
from connector.cli import COMMANDS, main


def run(*arguments: str) -> tuple[int, str]:
    """Return exit status and standard error of `unitwire …`."""
    result = CliRunner().invoke(main, arguments)
    return result.exit_code, result.stderr


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_every_command_is_listed_with_its_own_first_sentence() -> None:
    """A row of COMMANDS says what its command's docstring says, and names that command."""
    for name, _, help in COMMANDS:
        command = main.get_command(click.Context(main), name)
        assert command is not None
        assert command.name == name
        assert command.help is not None
        assert command.help.splitlines()[0] == help


def test_help_imports_no_command() -> None:
    """`unitwire --help` lists all commands without importing Flask or SQLAlchemy."""
    look = (
        "import sys; sys.argv = ['unitwire', '--help']\n"
        "from connector.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "assert not {'flask', 'sqlalchemy', 'requests'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, done.stderr
    assert all(name in done.stdout for name, _, _ in COMMANDS)


def test_the_version_is_the_packages() -> None:
    """`unitwire --version` tells the installed version."""
    assert CliRunner().invoke(main, ["--version"]).output == f"Unitwire, version {__version__}\n"


def test_an_unknown_command_is_a_wrong_call() -> None:
    """A command that there is not ends with 2."""
    status, told = run("no-such")
    assert status == 2
    assert "No such command 'no-such'" in told


def test_a_wrong_setting_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """A setting that is wrong ends with 2 and one line that names it."""
    monkeypatch.setenv("UNITWIRE_RETENTION_DAYS", "0")
    assert run("db", "upgrade") == (
        2,
        "Error: UNITWIRE_RETENTION_DAYS: 0 is not between 1 and 3650.\n",
    )


def test_what_is_not_there_is_one_line() -> None:
    """An error of Unitwire ends with 1 and its message."""
    assert run("deliveries", "show", "dlv_1") == (1, "Error: There is no dlv_1 here.\n")


def test_details_are_told_beneath() -> None:
    """Each field at fault has a line of its own; what was given is at fault, so it is 2."""
    wrong = ("--redirect-uri", "ftp://x", "--name", "\t")
    status, told = run("clients", "add", "--platform", "zapier", *wrong)
    assert status == 2
    assert len(told.splitlines()) == 3


def test_a_database_that_is_away_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that cannot be reached ends with 1 and no traceback."""
    monkeypatch.setenv("UNITWIRE_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setenv("UNITWIRE_SECRET_KEYS", "A" * 43 + "=")
    status, told = run("deliveries", "list")
    assert status == 1
    assert told.startswith("Error: The database does not answer: ")
    assert len(told.splitlines()) == 1
