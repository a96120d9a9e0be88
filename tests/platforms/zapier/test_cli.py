"""Zapier's command line: what a person runs to publish the integration.

It is kept from the network; what it would ask Zapier's servers is what cannot be proven here.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
from platforms.account import Account
from platforms.npm import MANIFESTS, installed

from connector.platforms import render_all
from connector.platforms.zapier import ZAPIER

CLI = "node_modules/zapier-platform-cli/src/bin/run"
OFFLINE = "http://127.0.0.1:9"
REGISTERED = {"id": 1, "key": "App1"}
Run = Callable[..., str]


@pytest.fixture(scope="module")
def integration(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The integration, as after `zapier-platform register`, which adds id and key to its file."""
    folder = tmp_path_factory.mktemp("integration") / "unitwire"
    shutil.copytree(package, folder, symlinks=True)
    settings = folder / ".zapierapprc"
    settings.write_text(json.dumps(json.loads(settings.read_text()) | REGISTERED))
    return folder


@pytest.fixture(scope="module")
def run(node: str, integration: Path, account: Account) -> Run:
    """Run `zapier-platform …` in the integration's folder; return what it prints."""
    tools = installed("zapier-cli", Path(__file__).with_name("cli"))
    newer = tools / "node_modules" / ".bin"
    environment = os.environ | {
        "PATH": f"{newer}{os.pathsep}{os.environ['PATH']}",
        "ALLOW_LOOPBACK": "1",
        "DISABLE_ZAPIER_ANALYTICS": "1",
        "ZAPIER_BASE_ENDPOINT": OFFLINE,
    }
    (integration / ".env").write_text(
        f"authData_address={account.url}\nauthData_access_token={account.token}\n"
    )

    def start(*arguments: str) -> str:
        done = subprocess.run(
            [str(newer / "node"), str(tools / CLI), *arguments],
            cwd=integration,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        return done.stdout

    return start


def test_validate_finds_no_structural_error(run: Run) -> None:
    """All that it checks by itself is in order."""
    assert "This project is structurally sound!" in run("validate")


def test_build_packs_everything(run: Run, integration: Path) -> None:
    """The archive has all code and data of the package, and the definition with every key."""
    assert "Build complete!" in run("build", "--skip-dep-install", "--skip-validation")
    with ZipFile(integration / "build" / "build.zip") as archive:
        packed = set(archive.namelist())
        definition = json.loads(archive.read("definition.json"))
    ours = {path.removeprefix("zapier/") for path in render_all([ZAPIER])}
    assert {path for path in ours - packed if path.endswith((".js", ".json"))} == {
        "package-lock.json"
    }
    for kind in ("triggers", "creates", "searches"):
        keys = {path.stem for path in (MANIFESTS / "zapier" / kind).glob("*.json")}
        assert set(definition[kind]) == keys


def test_invoke_runs_it(run: Run, account: Account) -> None:
    """Connection test, search and create run as from a person's own machine."""
    assert account.operator in run("invoke", "auth", "test", "--non-interactive")
    person = json.dumps({"email": "invoked@example.com", "full_name": "Ida Invoked"})
    made = run("invoke", "create", "create_contact", "-i", person, "--non-interactive")
    assert "Ida Invoked" in made
    asked = json.dumps({"email": "invoked@example.com"})
    found = run("invoke", "search", "find_contact", "-i", asked, "--non-interactive")
    assert "Ida Invoked" in found
