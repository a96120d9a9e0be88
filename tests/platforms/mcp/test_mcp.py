"""MCP as assistants use it: the official clients and the inspector, over both transports."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from platforms import proofs
from platforms.account import Account
from platforms.consent import allow, environment_of
from platforms.npm import installed

from connector.catalogue.tools import documents_for
from connector.settings import ALL_SCOPES

TOOLS = [document["name"] for document in documents_for(ALL_SCOPES)]
PROOF_S = 120


@pytest.fixture(scope="module")
def folder(node: str) -> Path:
    """A folder with the clients, the inspector and the proof."""
    return installed("mcp", Path(__file__).parent)


def test_the_official_clients(account: Account, node: str, folder: Path) -> None:
    """Sign-in, refresh, every kind of tool and every kind of failure, over both transports."""
    keys = ("url", "token", "client_id", "client_secret", "redirect_uri")
    given = {
        **{key: getattr(account, key) for key in keys},
        "tools": TOOLS,
        "stdio": {
            "command": sys.executable,
            "args": ["-m", "connector", "mcp", "--connection", account.connection],
            "env": environment_of(account),
        },
    }
    process = subprocess.Popen(
        [node, "proof.mjs"],
        cwd=folder,
        env=os.environ | {"PROOF": json.dumps(given)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    facts: list[dict[str, Any]] = []
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        for line in process.stdout:
            facts.append(json.loads(line))
            if "authorize" in facts[-1]:
                process.stdin.write(f"{allow(account, facts[-1]['authorize'])}\n")
                process.stdin.flush()
    assert process.returncode == 0
    assert [each["proved"] for each in facts if "proved" in each] == [
        "sign-in",
        "refresh",
        "handshake over HTTP",
        "2026-07-28 over HTTP",
        "standard input and output",
    ]
    versions = json.loads((folder / "package.json").read_text())["dependencies"]
    proofs.record(
        "mcp",
        auth="OAuth 2 with PKCE, found by itself; personal token",
        trigger="–",
        actions="tools, one for each resource",
        searches="tools, one for each resource",
        dropdowns="a tool, with search",
        engine="official clients {}, {}; inspector {}".format(
            *(versions[f"@modelcontextprotocol/{name}"] for name in ("sdk", "client", "inspector"))
        ),
    )


def test_the_inspector(account: Account, folder: Path) -> None:
    """The inspector lists all tools and calls one."""

    def inspect(*arguments: str) -> dict[str, Any]:
        packages = folder / "node_modules"
        command = [packages / ".bin" / "mcp-inspector", "--cli", f"{account.url}/mcp"]
        command += ["--transport", "http", "--header", f"Authorization: Bearer {account.token}"]
        done = subprocess.run(
            [*command, *arguments],
            env=os.environ | {"PATH": f"{packages / 'node' / 'bin'}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=True,
            timeout=PROOF_S,
        )
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    assert [each["name"] for each in inspect("--method", "tools/list")["tools"]] == TOOLS
    call = ("--method", "tools/call", "--tool-name", "list_choices", "--tool-arg")
    assert inspect(*call, "picklist=sites")["structuredContent"]["count"] > 1
