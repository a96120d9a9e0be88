"""The audit of what is pinned tells a known hole, and where it could not ask."""

from collections.abc import Callable
from pathlib import Path

import audit
import pytest
from pytest_httpserver import HTTPServer

# What OSV (https://google.github.io/osv-schema/) says of this version, shortened.
HOLE = {
    "schema_version": "1.7.3",
    "id": "GHSA-q34m-jh98-gwm2",
    "summary": "Werkzeug possible resource exhaustion when parsing file data in forms",
    "aliases": ["CVE-2024-49767"],
    "affected": [
        {
            "package": {"name": "werkzeug", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "3.0.6"}]}],
        }
    ],
}


@pytest.fixture
def asked(
    httpserver: HTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], list[str]]:
    """Pin a version with a hole; return what asks a database on this machine of it."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    pins = tmp_path / "pins.txt"
    pins.write_text("werkzeug==3.0.5\n")
    osv = ["--vulnerability-service=osv", f"--osv-url={httpserver.url_for('/v1/query')}"]
    return lambda: audit.python(pins, *osv)


def test_a_known_hole_is_told(
    httpserver: HTTPServer, asked: Callable[[], list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    """With its name and the version that mends it; the database is asked about that very pin."""
    package = {"name": "werkzeug", "ecosystem": "PyPI"}
    httpserver.expect_request(
        "/v1/query", method="POST", json={"package": package, "version": "3.0.5"}
    ).respond_with_json({"vulns": [HOLE]})
    assert asked() == ["werkzeug 3.0.5: CVE-2024-49767, mended in ['3.0.6']"]
    assert "1 of 1 packages asked about\n  werkzeug 3.0.5" in capsys.readouterr().out


def test_a_version_without_a_hole_is_asked_about(
    httpserver: HTTPServer, asked: Callable[[], list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    """It is counted, and nothing is told of it."""
    httpserver.expect_request("/v1/query").respond_with_json({})
    assert asked() == []
    assert "1 of 1 packages asked about" in capsys.readouterr().out


def test_a_database_that_does_not_answer_is_no_clean_bill(
    httpserver: HTTPServer, asked: Callable[[], list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    """It is said that nothing could be asked."""
    httpserver.expect_request("/v1/query").respond_with_data(status=503)
    assert asked() == []
    assert "the advisories could not be asked" in capsys.readouterr().out
