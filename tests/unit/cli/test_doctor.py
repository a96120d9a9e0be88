"""`unitwire doctor`: what it finds, what it says about it, and that looking changes nothing."""

import json
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import stage
from click.testing import CliRunner, Result
from pytest_httpserver import HTTPServer
from sqlalchemy import update
from werkzeug import Request, Response

from connector.cli import checks, main
from connector.flows.parts import Parts
from connector.flows.reach import Finding
from connector.settings import Settings
from connector.store.db import Store
from connector.store.secrets import Vault, new_key
from connector.store.tables import upstream_endpoints

Usage = namedtuple("Usage", "total used free")
Run = Callable[..., Result]


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `unitwire doctor` on this test's installation, with nobody else there."""
    monkeypatch.setenv("UNITWIRE_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("UNITWIRE_SECRET_KEYS", ",".join(settings.secret_keys))
    monkeypatch.setenv("UNITWIRE_STORA_API_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("UNITWIRE_PUBLIC_URL", "http://127.0.0.1:1")
    return lambda *arguments: CliRunner().invoke(main, ["doctor", *arguments])


def found(result: Result) -> dict[str, str]:
    """Return the status of each check."""
    return {each["name"]: each["status"] for each in json.loads(result.stdout)["checks"]}


def test_a_sound_installation_that_is_not_running(run: Run, parts: Parts) -> None:
    """On either database all is well but what has to be running."""
    stage.connect(parts)
    result = run("--json")
    assert {name for name, status in found(result).items() if status != "ok"} == {
        "clock",
        "address",
        *(() if parts.store.is_sqlite else ("durability",)),  # the tests' server runs without fsync
    }
    assert result.exit_code == 1
    told = run()
    assert "✗ address" in told.stdout
    assert "→ Start `unitwire serve`" in told.stdout


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_running_installation_is_all_right(
    run: Run, parts: Parts, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit status 0, where Unitwire answers for itself and Stora tells the time."""

    def healthz(request: Request) -> Response:
        proof = parts.vault.prove(request.args["challenge"])
        return Response(json.dumps({"status": "ok", "proof": proof}))

    httpserver.expect_request("/healthz").respond_with_handler(healthz)
    httpserver.expect_request("/").respond_with_json({}, status=404)
    for name in ("PUBLIC_URL", "STORA_API_URL"):
        monkeypatch.setenv(f"UNITWIRE_{name}", httpserver.url_for("").rstrip("/"))
    stage.connect(parts)
    result = run("--json")
    assert result.exit_code == 0, result.stdout
    assert json.loads(result.stdout)["ok"] is True
    assert set(found(result).values()) == {"ok"}


def test_a_wrong_setting_is_told_first(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """With settings that are wrong, nothing else is looked at."""
    monkeypatch.setenv("UNITWIRE_WEB_THREADS", "0")
    result = run("--json")
    assert found(result) == {"settings": "fail"}
    assert result.exit_code == 1


def test_no_database_is_made_by_looking(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing SQLite file is told, and stays missing."""
    monkeypatch.setenv("UNITWIRE_DATABASE_URL", f"sqlite:///{tmp_path}/none.db")
    assert found(run("--json")) == {"settings": "ok", "database": "fail"}
    assert not (tmp_path / "none.db").exists()


def test_a_database_that_is_away_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL that does not answer is a failed check."""
    monkeypatch.setenv("UNITWIRE_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    assert found(run("--json")) == {"settings": "ok", "database": "fail"}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_tables_are_not_changed_by_looking(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file without tables fails the check and gets none."""
    url = f"sqlite:///{tmp_path}/empty.db"
    (tmp_path / "empty.db").touch()
    monkeypatch.setenv("UNITWIRE_DATABASE_URL", url)
    assert found(run("--json"))["tables"] == "fail"
    store = Store(Settings(database_url=url))
    assert checks.tables(store).says == "There are none yet."
    store.close()


def test_what_is_kept_is_looked_at(parts: Parts) -> None:
    """A connection that needs a person and a leftover are told; what is over is passed over."""
    stage.connect(parts)
    stage.listen(parts)
    assert {check.status for check in checks.inside(parts)} == {"ok"}
    stage.connect(parts, "conn_2", status="needs_reauth", status_reason="Stora said so.")
    stage.connect(parts, "conn_3", status="revoked")
    with parts.store.begin() as connection:
        connection.execute(update(upstream_endpoints).values(status="leftover"))
    wrong = [check for check in checks.inside(parts) if check.status != "ok"]
    assert [(check.name, check.status) for check in wrong] == [
        ("connection", "fail"),
        ("leftovers", "warn"),
    ]


def test_a_lost_key_is_told(parts: Parts) -> None:
    """A secret that opens with no key fails the check."""
    stage.connect(parts, credentials_sealed=Vault((new_key(),)).seal("lost"))
    assert checks.secrets(parts).status == "fail"


@pytest.mark.parametrize(
    ("free", "status"),
    [
        (checks.DISK_FAIL_BYTES - 1, "fail"),
        (checks.DISK_FAIL_BYTES, "warn"),
        (checks.DISK_WARN_BYTES - 1, "warn"),
        (checks.DISK_WARN_BYTES, "ok"),
    ],
)
def test_a_full_disk_is_told_in_time(
    free: int, status: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Below 1 GiB one is warned, below 100 MiB it fails."""
    monkeypatch.setattr(checks.shutil, "disk_usage", lambda _: Usage(0, 0, free))
    assert checks.disk(tmp_path).status == status


@pytest.mark.parametrize(
    ("kind", "status"), [("ext4", "ok"), ("nfs4", "fail"), ("fuse.sshfs", "fail")]
)
def test_a_network_file_system_is_told(kind: str, status: str, tmp_path: Path) -> None:
    """The innermost mount counts, whatever is around it."""
    mounts = tmp_path / "mounts"
    mounts.write_text(
        f"disk / xfs rw 0 0\nhost:/x /srv/data {kind} rw 0 0\nproc /proc proc rw 0 0\n"
    )
    assert checks.file_system(Path("/srv/data/unitwire.db"), mounts).status == status
    assert checks.file_system(Path("/srv/database/unitwire.db"), mounts).status == "ok"
    assert checks.file_system(Path("/srv/x"), tmp_path / "none").status == "ok"


def test_every_check_that_is_not_ok_says_how_to_mend_it(run: Run, parts: Parts) -> None:
    """A finding without a way out would be of no use."""
    result: Any = json.loads(run("--json").stdout)
    for each in result["checks"]:
        assert each["status"] == "ok" or each["mend"], Finding(**each)
