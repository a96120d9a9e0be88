"""`backup`, `restore`, `db move` and `erase`, as typed."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from stage import all_events, connect, listen, rows

from connector.catalogue.samples import sample
from connector.cli import main
from connector.flows.parts import Parts, open_parts
from connector.flows.samples import send_test
from connector.settings import Settings, variable_of
from connector.store.tables import connections


@pytest.fixture
def parts(tmp_path: Path, migrated_sqlite: Path, monkeypatch: pytest.MonkeyPatch) -> Parts:
    """The installation that the environment names, its keys in the file beside the database."""
    file = tmp_path / "unitwire.db"
    shutil.copy(migrated_sqlite, file)
    url = f"sqlite:///{file}"
    monkeypatch.setenv(variable_of("database_url"), url)
    opened = open_parts(Settings(database_url=url))
    connect(opened)
    listen(opened)
    send_test(opened, "conn_1", "we_1")
    opened.close()
    return opened


def run(*arguments: object) -> Result:
    """Run a command."""
    return CliRunner().invoke(main, [str(each) for each in arguments])


def test_backup_check_and_restore(
    parts: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backup is written once, checks, and fills an empty database."""
    file = tmp_path / "backup.db"
    done = run("backup", file, "--json")
    assert (done.exit_code, json.loads(done.output)["events"]) == (0, 1)
    assert run("backup", file).exit_code == 1
    checked = run("restore", file, "--check")
    assert (checked.exit_code, "It can be restored." in checked.output) == (0, True)
    refused = run("restore", file)
    assert (refused.exit_code, "not empty" in refused.output) == (1, True)

    other = f"sqlite:///{tmp_path / 'other.db'}"
    keys = (tmp_path / "unitwire.db.keys").read_text().strip()
    monkeypatch.setenv(variable_of("database_url"), other)
    assert run("restore", file, "--check").exit_code == 2, "restored without its keys"
    monkeypatch.setenv(variable_of("secret_keys"), keys)
    assert run("restore", file).exit_code == 0
    restored = open_parts(Settings(database_url=other, secret_keys=(keys,)))
    assert len(rows(restored, connections)) == len(all_events(restored)) == 1
    restored.close()


@pytest.mark.parametrize("folder", ["not-there", "backup.db"])
def test_a_backup_that_cannot_be_written_is_one_line(
    parts: Parts, tmp_path: Path, folder: str
) -> None:
    """A folder that is not there, or is a file: 1, with the name; nothing is left behind."""
    (tmp_path / "backup.db").touch()
    before = {*tmp_path.iterdir()}
    refused = run("backup", tmp_path / folder / "x")
    assert (refused.exit_code, len(refused.stderr.splitlines())) == (1, 1)
    assert f"{tmp_path / folder / 'x'} cannot be written: " in refused.stderr
    assert {*tmp_path.iterdir()} == before


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_a_backup_has_a_name(parts: Parts, command: str) -> None:
    """No name is a wrong call."""
    refused = run(command, "")
    assert (refused.exit_code, "Name a file." in refused.stderr) == (2, True)


def test_move_says_what_to_do_next(parts: Parts, tmp_path: Path) -> None:
    """The new address, and the keys that have to be set with it; the old one is done."""
    done = run("db", "move", f"sqlite:///{tmp_path / 'new.db'}")
    assert done.exit_code == 0, done.output
    assert "UNITWIRE_DATABASE_URL" in done.output
    assert f"{tmp_path}/unitwire.db.keys" in done.output
    again = run("db", "move", f"sqlite:///{tmp_path / 'third.db'}")
    assert (again.exit_code, "Error" in again.output) == (1, True)


def test_erase_asks_first(parts: Parts) -> None:
    """Only a yes, or --yes, erases; where nobody can be asked, it says how; then it counts."""
    about = sample("invoice.paid")["event"]["data"]["invoice"]["contact"]["id"]
    kept = [row.body for row in all_events(parts)]
    for answer in ("", "n\n"):
        refused = CliRunner().invoke(main, ["erase", about], input=answer)
        assert (refused.exit_code, "--yes" in refused.stderr) == (1, True)
        assert [row.body for row in all_events(parts)] == kept
    done = run("erase", about, "--yes", "--json")
    assert (done.exit_code, json.loads(done.output)["events"]) == (0, 1)
    assert [row.body for row in all_events(parts)] != kept


def test_erase_says_when_nothing_is_named(parts: Parts) -> None:
    """An id that is nowhere here, and a text that is no id: 1, in one line."""
    for id in ("con_0000000000000000", "x"):
        refused = run("erase", id, "--yes")
        assert (refused.exit_code, len(refused.stderr.splitlines()), refused.stdout) == (1, 1, "")
