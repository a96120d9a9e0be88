"""MCP as assistants use it: the official clients, against `serve` and `sandbox` as processes."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from connector.catalogue.tools import documents_for
from connector.cli.demo.browser import Browser
from connector.settings import LEAST_SCOPES

HERE = Path(__file__).parent
CACHE = HERE.parents[2] / ".cache" / "platforms" / "mcp"
UNITWIRE = [sys.executable, "-m", "connector"]


@pytest.fixture(scope="module")
def home() -> Iterator[dict[str, Any]]:
    """A running Unitwire and sandbox, as `unitwire demo --json` tells of them."""
    demo = subprocess.Popen(
        [*UNITWIRE, "demo", "--json", "--no-limits"], stdout=subprocess.PIPE, text=True
    )
    assert demo.stdout is not None
    yield json.loads(demo.stdout.readline())
    demo.terminate()
    demo.wait(20)
    demo.stdout.close()


@pytest.fixture(scope="module")
def proof() -> Path:
    """The script of the proof, in a folder where its packages are installed."""
    if shutil.which("npm") is None:
        pytest.skip("needs Node 20 and npm")
    CACHE.mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / "proof.mjs", CACHE)
    lock = (HERE / "package-lock.json").read_text()
    installed = CACHE / "installed"
    if not installed.exists() or installed.read_text() != lock:
        for file in ("package.json", "package-lock.json"):
            shutil.copy(HERE / file, CACHE)
        npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
        npm("rebuild", "node", "--foreground-scripts")
        installed.write_text(lock)
    return CACHE / "proof.mjs"


def npm(*arguments: str) -> None:
    """Run npm in the cache folder."""
    subprocess.run(["npm", *arguments], cwd=CACHE, check=True, timeout=300)


def environment_of(home: dict[str, Any]) -> dict[str, str]:
    """Return the variables with which every command works on this demo."""
    folder = Path(urlsplit(home["database_url"]).path[1:]).parent
    lines = (folder / "env").read_text().splitlines()
    pairs = (shlex.split(line)[1].partition("=") for line in lines if "=" in line)
    return {name: value for name, _, value in pairs if name.startswith("UNITWIRE_")}


def allow(home: dict[str, Any], url: str) -> str:
    """Let the first operator say yes at `url`, page by page; return where the browser ends."""
    operators = requests.get(f"{home['sandbox_url']}/_sandbox/operators", timeout=20).json()
    browser = Browser()
    try:
        stora = browser.open(url)
        unitwire = browser.press(stora, operator=operators["operators"][0]["id"], decision="allow")
        return browser.press(unitwire, decision="allow").url
    finally:
        browser.close()


def test_the_official_clients(home: dict[str, Any], proof: Path) -> None:
    """Sign-in, refresh, every kind of tool and every kind of failure, over both transports."""
    tenant = home["tenants"][0]
    given = {
        **{key: tenant[key] for key in ("token", "client_id", "client_secret", "redirect_uri")},
        "url": home["url"],
        "tools": [each["name"] for each in documents_for(LEAST_SCOPES)],
        "stdio": {
            "command": UNITWIRE[0],
            "args": [*UNITWIRE[1:], "mcp", "--connection", tenant["connection"]],
            "env": environment_of(home),
        },
    }
    process = subprocess.Popen(
        ["node", str(proof)],
        env=os.environ | {"PROOF": json.dumps(given)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        facts = []
        for line in process.stdout:
            facts.append(json.loads(line))
            if "authorize" in facts[-1]:
                process.stdin.write(allow(home, facts[-1]["authorize"]) + "\n")
                process.stdin.flush()
    assert process.returncode == 0
    assert [each["what"] for each in facts if "proved" in each] == [
        "found by RFC 9728 and RFC 8414, PKCE S256",
        "refreshed on 401",
        "handshake over HTTP",
        "2026-07-28 over HTTP",
        "standard input and output",
    ]


def test_the_inspector(home: dict[str, Any], proof: Path) -> None:
    """The inspector lists all tools and calls one."""
    node = proof.parent / "node_modules" / "node" / "bin"
    inspector = proof.parent / "node_modules" / ".bin" / "mcp-inspector"

    def inspect(*arguments: str) -> dict[str, Any]:
        token = home["tenants"][0]["token"]
        address = [f"{home['url']}/mcp", "--transport", "http"]
        done = subprocess.run(
            [
                inspector,
                "--cli",
                *address,
                "--header",
                f"Authorization: Bearer {token}",
                *arguments,
            ],
            env=os.environ | {"PATH": f"{node}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    listed = [each["name"] for each in inspect("--method", "tools/list")["tools"]]
    assert listed == [each["name"] for each in documents_for(LEAST_SCOPES)]
    called = ("--method", "tools/call", "--tool-name", "list_choices", "--tool-arg")
    assert inspect(*called, "picklist=sites")["structuredContent"]["count"] > 1
