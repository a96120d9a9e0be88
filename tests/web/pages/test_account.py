"""The account page: personal tokens, who may act, disconnecting."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest
import stage
from flask.testing import FlaskClient
from parallel import at_once

import connector
from connector.flows.audit import record
from connector.flows.callers import caller_of
from connector.flows.clients import add_client
from connector.flows.parts import Parts
from connector.flows.personal_tokens import MAX_DAYS, add_token, list_grants
from connector.flows.sessions import csrf_token, open_session
from connector.store.tables import token_families
from connector.web.pages.account import ACTIONS
from connector.world import new_token

FLOWS = Path(connector.__file__).parent / "flows"
BASE = "http://127.0.0.1:8080"
LISTEN = {"public.webhook_endpoint:read", "public.webhook_endpoint:write"}
SCOPES = " ".join([*sorted(LISTEN), "public.contact:read", "public.contact:write"])


@pytest.fixture
def owner(parts: Parts, client: FlaskClient) -> Any:
    """Return a function that sends a form of the account page, signed in."""
    stage.connect(parts, scopes=SCOPES)
    cookie = open_session(parts, "conn_1")
    client.set_cookie("unitwire", cookie, domain="127.0.0.1")

    def press(path: str, **form: str) -> Any:
        data = {"csrf": csrf_token(cookie), "once": new_token(), **form}
        return client.post(f"/account/{path}", data=data, base_url=BASE)

    return press


@pytest.mark.parametrize(
    ("rights", "scopes"),
    [
        ("listen", LISTEN),
        ("read", LISTEN | {"public.contact:read"}),
        ("all", set(SCOPES.split())),
    ],
)
def test_a_token_may_what_was_chosen_and_is_shown_once(
    parts: Parts, client: FlaskClient, owner: Any, rights: str, scopes: set[str]
) -> None:
    """Only the answer to the button shows it, and it works."""
    page = owner("tokens", name="Büro", rights=rights, days="30").text
    [token] = re.findall(r'id="token" value="([^"]{43})"', page)
    assert caller_of(parts, f"Bearer {token}").scopes == scopes
    again = client.get("/account", base_url=BASE).text
    assert token not in again
    assert "Büro" in again


@pytest.mark.parametrize(
    "form",
    [
        {"rights": "everything"},
        {"rights": "all", "days": "0"},
        {"rights": "all", "days": str(MAX_DAYS + 1)},
        {"rights": "all", "days": "٣"},
        {"rights": "all", "days": "-1"},
        {"rights": "all", "name": "x" * 101},
    ],
)
def test_a_wrong_form_makes_no_token(parts: Parts, owner: Any, form: dict[str, str]) -> None:
    """The page says what is wrong."""
    assert owner("tokens", **form).status_code == 422
    assert stage.rows(parts, token_families) == []


def test_loading_the_page_with_the_token_again_makes_none(
    parts: Parts, client: FlaskClient, owner: Any
) -> None:
    """The form of the page counts once; one without its number never does."""
    page = client.get("/account", base_url=BASE).text
    [once] = re.findall(r'name="once" value="([^"]+)"', page)
    assert owner("tokens", rights="listen", once=once).status_code == 200
    again = owner("tokens", rights="listen", once=once)
    assert again.status_code == 409
    assert 'id="token"' not in again.text
    assert "sent already" in again.text
    assert owner("tokens", rights="listen", once="").status_code == 409
    assert len(list_grants(parts)) == 1


def test_a_form_that_is_sent_several_times_at_once_counts_once(
    parts: Parts, app: Any, owner: Any
) -> None:
    """One press makes its token; all others read that it was sent already."""
    cookie, once = open_session(parts, "conn_1"), new_token()

    def press(_number: int) -> Any:
        browser = app.test_client()
        browser.set_cookie("unitwire", cookie, domain="127.0.0.1")
        form = {"csrf": csrf_token(cookie), "once": once, "rights": "listen"}
        return browser.post("/account/tokens", data=form, base_url=BASE)

    answers = sorted(at_once(6, press), key=lambda each: each.status_code)
    assert [each.status_code for each in answers] == [200] + [409] * 5
    assert ['id="token"' in each.text for each in answers] == [True] + [False] * 5
    assert ["sent already" in each.text for each in answers] == [False] + [True] * 5
    assert len(list_grants(parts)) == 1


def test_a_refused_form_can_be_sent_again(owner: Any) -> None:
    """Nothing came of it, so its number is not spent; the page names the field that was wrong."""
    once = new_token()
    for _ in range(2):
        refused = owner("tokens", rights="listen", name="x" * 101, once=once)
        assert refused.status_code == 422
        assert "<li>Name: is longer than 100 characters" in refused.text
    assert owner("tokens", rights="listen", once=once).status_code == 200
    assert owner("tokens", rights="listen", once=once).status_code == 409


@pytest.mark.parametrize("days", ["1", str(MAX_DAYS), ""])
def test_a_token_lasts_as_long_as_was_chosen(parts: Parts, owner: Any, days: str) -> None:
    """A day at least, ten years at most, or without end."""
    assert owner("tokens", rights="listen", days=days).status_code == 200
    [grant] = list_grants(parts)
    assert (grant.expires_at is None) == (days == "")


def test_a_token_is_ended_by_its_owner_alone(parts: Parts, app: Any, owner: Any) -> None:
    """A foreign one looks like an unknown one."""
    owner("tokens", rights="listen")
    [grant] = list_grants(parts)
    stage.connect(parts, "conn_2")
    stranger, cookie = app.test_client(), open_session(parts, "conn_2")
    stranger.set_cookie("unitwire", cookie, domain="127.0.0.1")
    path, form = f"/account/grants/{grant.id}/revoke", {"csrf": csrf_token(cookie)}
    assert stranger.post(path, data=form, base_url=BASE).status_code == 404
    assert list_grants(parts)[0].ended is None
    assert owner(f"grants/{grant.id}/revoke").status_code == 303
    assert list_grants(parts)[0].ended is not None


def noted() -> set[str]:
    """Return every action that the code writes into the audit."""
    found = set()
    for file in FLOWS.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            match node:
                case ast.keyword(arg="action", value=ast.Constant(value=str(name))):
                    found.add(name)
                case ast.Assign(
                    targets=[ast.Name(id="action")], value=ast.Constant(value=str(name))
                ):
                    found.add(name)
                case ast.Call(func=ast.Name(id="record"), args=[*_, ast.Constant(value=what)]):
                    found.add(f"webhook_endpoint.{what}")
                case ast.Call(
                    func=ast.Name(id="_record"), args=[_, _, ast.Constant(value=what), *_]
                ):
                    found.add(f"client.{what}")
    return found


def test_every_change_has_a_name() -> None:
    """Whatever the code notes is told in words, and nothing else has any."""
    assert noted() == set(ACTIONS)


def test_changes_are_told_by_name(parts: Parts, client: FlaskClient, owner: Any) -> None:
    """A builder's sign-in is no personal token, and who did it is called as its owner calls it."""
    made = add_client(
        parts, platform="zapier", redirect_uris=["https://zapier.com/cb"], name="Our Zapier"
    )
    token_id, _ = add_token(parts, connection_id="conn_1", name="Nightly")
    with parts.store.begin() as c:
        for actor, subject in ((made[0].id, "fam_1"), (token_id, token_id)):
            record(c, actor=actor, action="token.added", subject=subject, connection_id="conn_1")
    page = client.get("/account/changes", base_url=BASE).text
    assert "A builder signed in" in page
    assert '<td class="soft">Our Zapier</td>' in page
    assert '<td class="soft">Nightly</td>' in page
