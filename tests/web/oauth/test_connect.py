"""An operator comes from a builder, connects Stora and goes on; all in one browser."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
import stage
from flask.testing import FlaskClient
from served import served

from connector.flows.sessions import csrf_token
from connector.sandbox import Operator, Partner, create_sandbox
from connector.settings import Settings
from connector.store.tables import audit, connections, sessions

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
BASE = "http://127.0.0.1:8080"


@dataclass(frozen=True)
class Stora:
    """The sandbox on a socket."""

    url: str
    partner: Partner

    def consent(self, url: str, operator: str = "harbour", decision: str = "allow") -> str:
        """Decide on Stora's consent page; return the path that the browser is sent back to."""
        assert url.startswith(f"{self.url}/oauth2/authorize?")
        form = dict(parse_qs(urlsplit(url).query)) | {"operator": operator, "decision": decision}
        page = url.partition("?")[0]
        answer = requests.post(page, data=form, allow_redirects=False, timeout=30)
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"].removeprefix(BASE)


@pytest.fixture
def stora() -> Iterator[Stora]:
    """A sandbox with two operators and our application."""
    partner = Partner("partner-id", "partner-secret", [f"{BASE}/connect/callback"])
    operators = [
        Operator("harbour", "Harbour Self Storage", "harbour-token"),
        Operator("hilltop", "Hilltop", "hilltop-token"),
    ]
    sandbox = create_sandbox(limits=False, partner=partner, operators=operators)
    with served(sandbox) as url:
        yield Stora(url, partner)
    sandbox.state.close()


@pytest.fixture
def settings(make_settings: Callable[..., Settings], stora: Stora) -> Settings:
    """An installation that has an application at Stora."""
    return make_settings(
        stora_api_url=stora.url,
        stora_client_id=stora.partner.client_id,
        stora_client_secret=stora.partner.client_secret,
    )


def cookie_of(browser: FlaskClient) -> str:
    """Return the browser's cookie."""
    cookie = browser.get_cookie("unitwire", domain="127.0.0.1")
    assert cookie is not None
    return cookie.value


def test_from_the_builder_to_stora_and_back(
    make_builder: Any, stora: Stora, brought: Callable[..., dict[str, str]]
) -> None:
    """No session: Stora's consent comes first, then this page, then the code; all by redirects."""
    builder = make_builder(scopes_allowed=["public.contact:read"])
    away = builder.ask(scope=None)
    assert away.status_code == 303
    back = builder.browser.get(stora.consent(away.location), base_url=BASE)
    assert back.status_code == 303
    assert back.location.startswith("/oauth2/authorize?")
    page = builder.browser.get(back.location, base_url=BASE)
    assert "Let Zapier use the Stora account of Harbour Self Storage?" in page.text
    code = brought(builder.decide(scope=None))["code"]
    told = builder.info(builder.exchange(code).json["access_token"]).json
    assert told["operator"] == {"name": "Harbour Self Storage"}
    assert told["connection"] != builder.connection_id


def test_the_front_door_says_what_this_is(client: FlaskClient, stora: Stora) -> None:
    """A stranger reads what will be asked before Stora asks it, and comes back to Home."""
    page = client.get("/", base_url=BASE)
    assert page.status_code == 200
    assert "What Stora will ask you to allow" in page.text
    assert "public.contact:read" in page.text
    assert "Stora is a sandbox here" in page.text
    assert "script" not in page.headers["Content-Security-Policy"]
    [way] = re.findall(r'href="(/connect[^"]*)"', page.text)
    back = stora.consent(client.get(way, base_url=BASE).location)
    assert client.get(back, base_url=BASE).location == "/"
    assert "No workflow listens yet" in client.get("/", base_url=BASE).text
    client.delete_cookie("unitwire", domain="127.0.0.1")
    there = client.get("/workflows", base_url=BASE)
    assert there.location == "/connect?then=%2Fworkflows"


def test_signing_in_makes_a_new_session_id(client: FlaskClient, stora: Stora) -> None:
    """An id that was in the browser before, planted or not, is no session afterwards."""
    away = client.get("/connect", base_url=BASE)
    before = cookie_of(client)
    client.get(stora.consent(away.location), base_url=BASE)
    after = cookie_of(client)
    assert before != after
    assert "Harbour Self Storage" in client.get("/connect", base_url=BASE).text
    client.set_cookie("unitwire", before, domain="127.0.0.1")
    assert client.get("/connect", base_url=BASE).status_code == 303


def test_the_cookie_is_kept_from_scripts_and_other_sites(client: FlaskClient) -> None:
    """HttpOnly and SameSite=Lax; a random id and nothing else."""
    [cookie] = client.get("/connect", base_url=BASE).headers.getlist("Set-Cookie")
    value = cookie.partition("=")[2].partition(";")[0]
    assert len(value) == 43
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))


def test_another_browser_cannot_finish(client: FlaskClient, app: Any, stora: Stora) -> None:
    """A callback that somebody else began signs nobody in and connects nothing."""
    callback = stora.consent(client.get("/connect", base_url=BASE).location)
    victim = app.test_client()
    for _ in range(2):  # without a cookie, then with one of its own
        answer = victim.get(callback, base_url=BASE)
        assert answer.status_code == 400
        assert answer.mimetype == "text/html"
        victim.get("/connect", base_url=BASE)
    assert client.get(callback, base_url=BASE).status_code == 303


def test_a_callback_works_once(client: FlaskClient, parts: Any, stora: Stora) -> None:
    """The state is spent; the second time connects and signs in nothing."""
    callback = stora.consent(client.get("/connect", base_url=BASE).location)
    assert client.get(callback, base_url=BASE).status_code == 303
    assert client.get(callback, base_url=BASE).status_code == 400
    assert len(stage.rows(parts, connections)) == 1
    assert len(stage.rows(parts, sessions)) == 1


def test_the_state_of_a_connection_is_no_sign_in_link(client: FlaskClient) -> None:
    """What began one thing cannot finish another."""
    away = client.get("/connect", base_url=BASE).location
    state = parse_qs(urlsplit(away).query)["state"][0]
    assert client.get(f"/login?code={state}", base_url=BASE).status_code == 404


def test_a_no_at_stora_is_told_to_the_person(client: FlaskClient, parts: Any, stora: Stora) -> None:
    """Who refuses at Stora reads that nothing was connected."""
    callback = stora.consent(client.get("/connect", base_url=BASE).location, decision="refuse")
    answer = client.get(callback, base_url=BASE)
    assert answer.status_code == 403
    assert "nothing was connected" in answer.text
    assert stage.rows(parts, connections) == []


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"state": "x"},
        {"code": "x"},
        {"state": "\x00", "code": "\x00"},
        {"state": "é"},
        {"state": "s" * 5000},
        [("state", "a"), ("state", "b")],
        {"error": "<script>alert(1)</script>", "state": "x"},
    ],
)
def test_a_callback_out_of_nowhere_is_a_page(client: FlaskClient, query: Any) -> None:
    """Whatever arrives at the callback, it is answered with a page and does nothing."""
    answer = client.get(f"/connect/callback?{urlencode(query)}", base_url=BASE)
    assert answer.status_code == 400
    assert answer.mimetype == "text/html"
    assert "<script" not in answer.text


def test_the_switch_leads_to_stora_again(builder: Any, stora: Stora) -> None:
    """ "Use another Stora account" goes through Stora's consent, and comes back here."""
    builder.sign_in()
    assert "Use another Stora account" in builder.ask().text
    again = builder.browser.get(builder.decide("switch").location, base_url=BASE)
    back = builder.browser.get(stora.consent(again.location, "hilltop"), base_url=BASE)
    page = builder.browser.get(back.location, base_url=BASE)
    assert "Hilltop" in page.text
    assert "Harbour" not in page.text


def test_signing_out_ends_the_session(client: FlaskClient, parts: Any, stora: Stora) -> None:
    """The page has a form for it; afterwards the old cookie is worth nothing."""
    callback = stora.consent(client.get("/connect", base_url=BASE).location)
    client.get(callback, base_url=BASE)
    form = {"csrf": csrf_token(cookie_of(client))}
    assert csrf_token(cookie_of(client)) in client.get("/connect", base_url=BASE).text
    assert client.post("/logout", data={}, base_url=BASE).status_code == 403
    assert len(stage.rows(parts, sessions)) == 1
    assert client.post("/logout", data=form, base_url=BASE).status_code == 200
    assert stage.rows(parts, sessions) == []
    assert client.get("/connect", base_url=BASE).status_code == 303


@pytest.mark.parametrize("path", ["/why?id=we_1", "/workflows?q=a%20b", "/account/changes"])
def test_signing_in_leads_to_what_was_asked_for(
    client: FlaskClient, stora: Stora, path: str
) -> None:
    """From any page to Stora and back to that page."""
    sign_in = client.get(path, base_url=BASE).location
    callback = stora.consent(client.get(sign_in, base_url=BASE).location)
    assert client.get(callback, base_url=BASE).location == path
    assert client.get(sign_in, base_url=BASE).location == path  # it is signed in by now


@pytest.mark.parametrize(
    "then", ["//evil.example", "https://evil.example/", "/\\evil.example", "/\t/evil.example", "x"]
)
def test_signing_in_leads_to_no_other_site(client: FlaskClient, stora: Stora, then: str) -> None:
    """Whatever is no path here is forgotten."""
    sign_in = f"/connect?{urlencode({'then': then})}"
    callback = stora.consent(client.get(sign_in, base_url=BASE).location)
    assert client.get(callback, base_url=BASE).location == "/connect"
    assert client.get(sign_in, base_url=BASE).status_code == 200


def test_renewing_does_not_switch_accounts(client: FlaskClient, parts: Any, stora: Stora) -> None:
    """Another account at Stora is told as such; the same one is renewed."""
    sign_in = client.get("/connect", base_url=BASE).location
    client.get(stora.consent(sign_in), base_url=BASE)
    before = stage.rows(parts, connections)
    away = client.get("/connect/again", base_url=BASE).location
    answer = client.get(stora.consent(away, "hilltop"), base_url=BASE)
    assert answer.status_code == 409
    assert "the Stora account that you renew" in answer.text
    assert stage.rows(parts, connections) == before
    assert "Harbour Self Storage" in client.get("/connect", base_url=BASE).text
    away = client.get("/connect/again", base_url=BASE).location
    assert client.get(stora.consent(away), base_url=BASE).location == "/"
    assert [row.id for row in stage.rows(parts, connections)] == [row.id for row in before]


def test_the_page_renews_its_own_connection(client: FlaskClient, parts: Any, stora: Stora) -> None:
    """By a token of the same account, noted as done in a browser; by no other's."""
    sign_in = client.get("/connect", base_url=BASE).location
    client.get(stora.consent(sign_in), base_url=BASE)

    def renew(token: str) -> int:
        form = {"csrf": csrf_token(cookie_of(client)), "token": token}
        return client.post("/account/renew", data=form, base_url=BASE).status_code

    assert renew("hilltop-token") == 409
    assert renew("harbour-token") == 303
    [row] = stage.rows(parts, connections)
    assert (row.kind, row.operator) == ("access_token", "Harbour Self Storage")
    assert [(each.action, each.actor) for each in stage.rows(parts, audit)] == [
        ("connection.connected", "browser"),
        ("connection.reconnected", "browser"),
    ]
