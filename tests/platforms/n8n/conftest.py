"""n8n's linters, and, where it is asked for, n8n itself.

The tests in `test_engine.py` run with `pytest -m "platforms and n8n_engine"` only, since n8n takes
2.9 GB.
"""

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from copy import copy
from pathlib import Path
from typing import Any

import pytest
import requests
from platforms.account import Account
from platforms.n8n.compiled import with_tools
from platforms.n8n.engine import VERSION, Engine
from platforms.npm import MANIFESTS
from platforms.proofs import record

from connector.catalogue.actions import ACTIONS
from connector.catalogue.events import EVENTS
from connector.cli.demo.browser import Browser
from connector.platforms import render_all
from connector.platforms.n8n import HOME, N8N, rows

HERE = Path(__file__).parent
MARK = "n8n_engine"
PACK_S = 120
CREDENTIAL = "unitwireOAuth2Api"


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known."""
    config.addinivalue_line("markers", f"{MARK}: needs n8n itself, 2.9 GB")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs n8n itself, unless it is asked for."""
    engine = HERE / "test_engine.py"
    here = [item for item in items if item.path == engine]
    for item in here:
        item.add_marker(MARK)
    if MARK not in config.option.markexpr:
        config.hook.pytest_deselected(items=here)
        items[:] = [item for item in items if item not in here]


@pytest.fixture(scope="session")
def tools(node: str) -> Path:
    """The folder with n8n's linters and the compiler, and the package in `package`.

    What is committed is what is generated.
    """
    fresh = render_all([N8N])
    assert all((MANIFESTS / path).read_bytes() == content for path, content in fresh.items())
    return with_tools()


@pytest.fixture(scope="session")
def packed(tools: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tarball that is published."""
    folder = tmp_path_factory.mktemp("packed")
    command = ["npm", "pack", str(tools / "package"), "--json", "--ignore-scripts"]
    said = subprocess.run(
        command, cwd=folder, check=True, capture_output=True, text=True, timeout=PACK_S
    )
    return folder / str(json.loads(said.stdout)[0]["filename"])


@pytest.fixture(scope="session")
def n8n(
    request: pytest.FixtureRequest, packed: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """n8n with the package in it; when everything has been proven, that is written down."""
    engine = Engine(tmp_path_factory.mktemp("n8n"), packed)
    try:
        engine.start()
        yield engine
    finally:
        engine.stop()
    whole = not request.config.option.keyword and not any("::" in a for a in request.config.args)
    if whole and not request.session.testsfailed:
        write_down()


def write_down() -> None:
    """Write down what was proven."""
    kinds = [action.kind for action in ACTIONS]
    record(
        "n8n",
        auth="OAuth 2 with PKCE and refresh; the server's address typed",
        trigger=f"one node, {len(EVENTS)} events; signature verified",
        actions=str(kinds.count("action")),
        searches=f"{kinds.count('search')}, with PDF files",
        dropdowns=f"{len(rows.choices())}, with search, in pages, units by site",
        engine=f"n8n {VERSION}; its linters",
    )


def unitwire(account: Account, *command: str) -> Any:
    """Return what a command says on the running demo, as JSON."""
    env = Path(account.database_url.removeprefix("sqlite:///")).with_name("env")
    line = f". {shlex.quote(str(env))} && {shlex.join(['unitwire', *command, '--json'])}"
    said = subprocess.run(
        ["sh", "-c", line], check=True, capture_output=True, text=True, timeout=PACK_S
    )
    return json.loads(said.stdout)


@pytest.fixture(scope="session")
def asked(n8n: Engine, account: Account) -> dict[str, str]:
    """The credential: `{id, url}`, with the address to which n8n sends the operator's browser."""
    callback = f"{n8n.url}/rest/oauth2-credential/callback"
    client = unitwire(account, "clients", "add", "--platform", "n8n", "--redirect-uri", callback)
    data = {
        "address": f"{account.url}/",
        "clientId": client["client_id"],
        "clientSecret": client["client_secret"],
    }
    asked = {"name": "Unitwire", "type": CREDENTIAL, "data": data}
    made = n8n.rest("POST", "credentials", asked)
    return {"id": made["id"], "url": n8n.rest("GET", f"oauth2-credential/auth?id={made['id']}")}


def operator_id(account: Account) -> str:
    """Return the operator's id in the sandbox, whose consent page asks for it."""
    with requests.Session() as session:
        session.trust_env = False
        found = session.get(f"{account.sandbox_url}/_sandbox/operators", timeout=PACK_S).json()
    return next(str(each["id"]) for each in found["operators"] if each["name"] == account.operator)


@pytest.fixture(scope="session")
def credential(n8n: Engine, asked: dict[str, str], account: Account) -> dict[str, dict[str, str]]:
    """The credential, connected: what a node of a workflow holds."""
    browser = Browser()
    try:
        stora = browser.open(asked["url"])
        unitwire = browser.press(stora, operator=operator_id(account), decision="allow")
        back = browser.press(unitwire, decision="allow")
    finally:
        browser.close()
    assert "oauth2-credential/callback" in back.url
    assert n8n.rest("GET", f"credentials/{asked['id']}?includeData=true")["data"]["oauthTokenData"]
    return {CREDENTIAL: {"id": asked["id"], "name": "Unitwire"}}


@pytest.fixture(scope="session")
def seen(account: Account, credential: dict[str, dict[str, str]]) -> Account:
    """The account through the connection that n8n was given."""
    assert credential
    newest = unitwire(account, "connections", "list")[-1]
    seen = copy(account)
    seen.connection = newest["id"]
    seen.token = unitwire(account, "tokens", "add", "--connection", newest["id"])["token"]
    return seen


@pytest.fixture(scope="session")
def described(tools: Path) -> Path:
    """The package's fields as TypeScript, so that the linter sees them as if typed by hand."""
    lines = ["import type { INodeProperties } from 'n8n-workflow';\n"]
    for file in sorted((tools / "package" / HOME / "actions").glob("*.json")):
        group = json.loads(file.read_text())
        keep = ("name", "value", "action", "description")
        operations = {
            "displayName": "Operation",
            "name": "operation",
            "type": "options",
            "noDataExpression": True,
            "options": [{key: each[key] for key in keep} for each in group["operations"]],
            "default": group["operations"][0]["value"],
        }
        forms = {each["value"]: each["properties"] for each in group["operations"]}
        for name, form in {f"{file.stem}Operations": [operations], **forms}.items():
            literal = re.sub(r'"([a-zA-Z]+)":', r"\1:", json.dumps(form, indent=2))
            lines.append(f"export const {name}: INodeProperties[] = {literal};\n")
    described = tools / "described" / "nodes" / "AllDescription.ts"
    described.parent.mkdir(parents=True, exist_ok=True)
    described.write_text("\n".join(lines))
    return described
