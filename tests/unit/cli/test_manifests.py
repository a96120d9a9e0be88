"""`unitwire manifests`: written, checked, and refused."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from connector.cli import main, manifests
from connector.cli.manifests import PACKAGES
from connector.platforms import render_all
from connector.platforms.platform import Platform
from connector.platforms.rules import Rule

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run `unitwire manifests …` on a folder of its own."""
    folder = ["--folder", str(tmp_path)]
    return lambda *arguments: CliRunner().invoke(main, ["manifests", *folder, *arguments])


def test_packages_are_written_and_checked(run: Run, tmp_path: Path) -> None:
    """What is missing, stale or left over is told, mended, and then in order."""
    assert "missing:" in run("--check").stderr
    assert list(tmp_path.iterdir()) == []
    assert run().exit_code == 0
    assert run("--check").exit_code == 0
    package = tmp_path / "zapier" / "package.json"
    package.write_text("{}")
    (tmp_path / "zapier" / "old.json").write_text("{}")
    done = run("--check")
    assert done.exit_code == 1
    assert f"stale: {package}" in done.stderr
    assert f"left over: {tmp_path / 'zapier' / 'old.json'}" in done.stderr
    assert run().stdout.startswith("2 of ")
    assert run("--check").exit_code == 0
    assert not (tmp_path / "zapier" / "old.json").exists()


def test_one_platform_alone(run: Run, tmp_path: Path) -> None:
    """Others are neither written nor looked at."""
    assert run("--platform", "zapier").exit_code == 0
    assert [each.name for each in tmp_path.iterdir()] == ["zapier"]
    assert run("--platform", "zapier", "--check").exit_code == 0
    assert run("--platform", "nobody").exit_code == 2


def test_a_faulty_package_is_not_written(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fault is told with the rule's id, by writing and by checking."""
    rule = Rule("X001", "nothing is called a", lambda package: [p for p in package if p == "a"])
    faulty = Platform("faulty", "Faulty", lambda: {"a": b"", "b": b""}, (rule,))
    monkeypatch.setattr(manifests, "PACKAGES", (faulty,))
    for arguments in ([], ["--check"]):
        done = run(*arguments)
        assert done.exit_code == 1
        assert "faulty: X001 a (nothing is called a)" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_packages_are_rendered_the_same_every_time() -> None:
    """Every path is below its platform's folder, and nothing depends on clock or chance."""
    found = render_all(PACKAGES)
    assert found == render_all(PACKAGES)
    assert {path.partition("/")[0] for path in found} == {each.slug for each in PACKAGES}
