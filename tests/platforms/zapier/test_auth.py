"""Connecting by OAuth 2.0 with PKCE, at the address that a person typed, and staying connected."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from platforms.account import Account
from platforms.zapier.engine import Failed, Zapier

from connector.cli.demo.browser import Browser

OAUTH = "authentication.oauth2Config"
VERIFIER = "a-verifier-of-at-least-forty-three-characters-0123456789"


def connect(zapier: Zapier) -> dict[str, Any]:
    """Connect as a person does in the browser; return what Zapier keeps."""
    account = zapier.account
    asked = {
        "address": account.url,
        "redirect_uri": account.redirect_uri,
        "state": "the-state",
    }
    url = zapier.run(f"{OAUTH}.authorizeUrl", authData={}, inputData=asked)
    # Zapier itself adds these two where `enablePkce` is set.
    challenge = create_s256_code_challenge(VERIFIER)  # type: ignore[no-untyped-call]
    browser = Browser()
    stora = browser.open(f"{url}&code_challenge={challenge}&code_challenge_method=S256")
    unitwire = browser.press(stora, operator=operator_id(account), decision="allow")
    back = browser.press(unitwire, decision="allow")
    browser.close()
    came = {name: value[0] for name, value in parse_qs(urlsplit(back.url).query).items()}
    assert came["state"] == "the-state"
    given = asked | {"code": came["code"], "code_verifier": VERIFIER}
    tokens = zapier.run(f"{OAUTH}.getAccessToken", authData={}, inputData=given)
    return {"address": account.url, **tokens}


def operator_id(account: Account) -> str:
    """Return the sandbox's id of the operator."""
    found = requests.get(f"{account.sandbox_url}/_sandbox/operators", timeout=10).json()
    return next(each["id"] for each in found["operators"] if each["name"] == account.operator)


def test_a_person_connects_and_stays_connected(zapier: Zapier) -> None:
    """Code and verifier give tokens; the label is the operator; a refresh gives a new pair."""
    auth = connect(zapier)
    found = zapier.run("authentication.test", authData=auth)
    assert found["operator"] == zapier.account.operator
    assert found["connection"].startswith("conn_")
    assert zapier.definition["authentication"]["connectionLabel"] == "{{operator}}"
    fresh = zapier.run(f"{OAUTH}.refreshAccessToken", authData=auth)
    assert fresh["access_token"] != auth["access_token"]
    assert fresh["refresh_token"] != auth["refresh_token"]
    assert zapier.run("authentication.test", authData=auth | fresh) == found


def test_an_expired_token_is_refreshed_by_zapier(zapier: Zapier) -> None:
    """A 401 becomes the error on which Zapier refreshes, and `autoRefresh` is on."""
    assert zapier.definition["authentication"]["oauth2Config"]["autoRefresh"] is True
    with pytest.raises(Failed) as caught:
        zapier.run("authentication.test", authData=zapier.auth | {"access_token": "old"})
    assert caught.value.name == "RefreshAuthError"


def test_an_ended_connection_asks_the_person_to_connect_again(zapier: Zapier) -> None:
    """A refresh token that is worth nothing asks for a new connection, not for patience."""
    with pytest.raises(Failed) as caught:
        zapier.run(f"{OAUTH}.refreshAccessToken", authData=zapier.auth | {"refresh_token": "old"})
    assert caught.value.name == "ExpiredAuthError"


def test_the_clients_secret_goes_to_its_own_server_only(zapier: Zapier) -> None:
    """Another address that a person typed gets the client's id, and never its secret."""
    other = zapier.account.receiver_url  # answers 200 to everything, with no token
    with pytest.raises(Failed, match="no token"):
        zapier.run(
            f"{OAUTH}.refreshAccessToken",
            authData={"address": other, "refresh_token": "a-refresh-token"},
        )
    received = requests.get(f"{other}/received", timeout=10).json()
    (asked,) = [each["body"] for each in received if each["path"] == "/oauth2/token"]
    assert zapier.account.client_id in asked
    assert zapier.account.client_secret not in asked


@pytest.mark.parametrize(
    "address",
    [
        "",
        "http://unitwire.example.com",
        "https://user:secret@unitwire.example.com",
        "https://unitwire.example.com/path",
        "https://unitwire.example.com/?a=1",
        "https://unitwire.example.com/#a",
        "https://127.0.0.1",
        "https://2130706433",
        "https://[::1]",
        "http://localhost:8080",
        "https://localhost",
        "https://unitwire.internal",
        "https://metadata.google.internal",
        "javascript:alert(1)",
        "https://unitwire.example.com\\@127.0.0.1",
        "file:///etc/passwd",
    ],
)
def test_an_address_that_is_none_is_refused(zapier: Zapier, address: str) -> None:
    """Only the https address of a public host goes on; the person is told what to write."""
    with pytest.raises(Failed, match=r"unitwire\.example\.com, without a path"):
        zapier.run("authentication.test", authData=zapier.auth | {"address": address})


@pytest.mark.parametrize(
    "address",
    ["https://unitwire.example.com", "https://Unitwire.Example.com/", "unitwire.example.com:8443"],
)
def test_an_address_is_taken_as_people_write_it(zapier: Zapier, address: str) -> None:
    """Scheme and closing slash may be left out; a port is fine."""
    url = zapier.run(
        f"{OAUTH}.authorizeUrl",
        authData={},
        inputData={"address": address, "redirect_uri": "https://zapier.com/r", "state": "s"},
    )
    host = "unitwire.example.com:8443" if "8443" in address else "unitwire.example.com"
    assert url.startswith(f"https://{host}/oauth2/authorize?response_type=code&")
