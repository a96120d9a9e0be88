"""Signing in from Node-RED: a client of its own, PKCE, tokens that outlive a restart."""

import json
import subprocess
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from platforms.account import Account
from platforms.consent import add_client, allow
from platforms.node_red.engine import Node, NodeRed

TAB: Node = {"id": "tab", "type": "tab", "label": "Signed in"}
KEY = "a key that the editor made"
SPOIL = """
const { TokenFile } = require(`${process.cwd()}/node_modules/@unitwire/node-red/lib/sign-in`);
const file = new TokenFile('unitwire', 'account', process.argv[1]);
const change = JSON.parse(process.argv[2]);
(async () => {
  const kept = await file.read();
  if (!kept) process.exit(3);
  await file.write({ expires_in: 3600, ...kept, ...change });
})();
"""


def signed_in(account: Account, red: NodeRed) -> Node:
    """Sign in as a person does in the account's form; return the account node to deploy."""
    back = f"{red.url}/unitwire/callback"
    client_id, secret = add_client(account, "node-red", back)
    node = {"id": "account", "auth": "oauth", "address": account.url, "clientId": client_id}
    credentials = {"clientSecret": secret, "key": KEY}
    form = node | {"credentials": credentials, "redirectUri": back}
    asked = red.ask("POST", "unitwire/sign-in", json=form)["url"]
    query = parse_qs(urlsplit(asked).query)
    assert query["code_challenge_method"] == ["S256"]
    assert allow(account, asked).startswith(back)
    return red.account(account.url, "") | node | {"credentials": credentials}


def flow(red: NodeRed, account_node: Node) -> list[Node]:
    """Return a flow that answers with the sites."""
    return [
        TAB,
        account_node,
        {"id": "in", "type": "http in", "z": "tab", "url": "/find", "method": "post"}
        | {"wires": [["find"]]},
        {"id": "find", "type": "unitwire-search", "z": "tab", "account": "account"}
        | {"action": "list_contacts", "fields": {"limit": {"v": "1", "t": "num"}}}
        | {"wires": [["answer"]]},
        {"id": "answer", "type": "http response", "z": "tab", "wires": []},
        {"id": "caught", "type": "catch", "z": "tab", "scope": None, "wires": [["told"]]},
        {"id": "told", "type": "change", "z": "tab", "wires": [["answer"]]}
        | {"rules": [{"t": "set", "p": "payload", "pt": "msg", "to": "error", "tot": "msg"}]},
    ]


def change(red: NodeRed, node: str, key: str, **kept: object) -> int:
    """Change what is kept of the tokens; return 3 if the key does not open it."""
    done = subprocess.run(
        [node, "-e", SPOIL, key, json.dumps(kept)], cwd=red.home, check=False, timeout=20
    )
    return done.returncode


def test_signed_in(account: Account, fresh: NodeRed, node: str) -> None:
    """It works at once, after a restart, and when the token is refused; nothing is in clear."""
    account_node = signed_in(account, fresh)
    told = fresh.ask("POST", "unitwire/test", json=account_node)
    assert told == {"operator": account.operator}
    fresh.deploy(flow(fresh, account_node))
    assert fresh.ask("POST", "find", json={})["contacts"]

    (file,) = (fresh.home / "unitwire").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert b"access_token" not in file.read_bytes()
    assert change(fresh, node, "another key") == 3

    fresh.stop()
    fresh.start()
    assert fresh.ask("POST", "find", json={})["contacts"]
    assert change(fresh, node, KEY, access_token="spoilt") == 0
    assert fresh.ask("POST", "find", json={})["contacts"]
    assert change(fresh, node, KEY, access_token="spoilt", refresh_token="spoilt") == 0
    assert "Sign in again" in fresh.ask("POST", "find", json={})["message"]

    fresh.deploy([])
    assert not list((fresh.home / "unitwire").iterdir())


@pytest.mark.parametrize("query", ["", "?state=a&code=b", "?state=a&state=b&code=c"])
def test_nobody_else_can_come_back(red: NodeRed, query: str) -> None:
    """The callback takes only a state that it has given, and shows nothing of what it was sent."""
    answer = requests.get(f"{red.url}/unitwire/callback{query}", timeout=20)
    assert answer.status_code == 400
    assert "too long" in answer.text


def test_a_round_is_spent_once(account: Account, red: NodeRed) -> None:
    """The same answer a second time is refused."""
    back = f"{red.url}/unitwire/callback"
    client_id, secret = add_client(account, "node-red", back)
    form = {"id": "other", "auth": "oauth", "address": account.url, "clientId": client_id}
    form |= {"redirectUri": back, "credentials": {"clientSecret": secret, "key": KEY}}
    came = allow(account, red.ask("POST", "unitwire/sign-in", json=form)["url"])
    assert requests.get(came, timeout=20).status_code == 400


@pytest.mark.parametrize("address", ["", "no address", "ftp://example.com", "http://127.0.0.1:1"])
def test_a_wrong_address_is_told(red: NodeRed, address: str) -> None:
    """Testing says so; nothing crashes."""
    form = {"id": "x", "address": address, "auth": "token", "credentials": {"token": "t"}}
    assert red.ask("POST", "unitwire/test", json=form, status=502)["message"]
