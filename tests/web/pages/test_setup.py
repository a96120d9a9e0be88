"""The first account of an own installation is connected in a browser."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import stage
import time_machine
from broker import Stora, serve_stora
from flask.testing import FlaskClient
from sqlalchemy import update

from connector import world
from connector.catalogue.ids import EXAMPLE_IDS
from connector.errors import InvalidContent
from connector.factory import app_of
from connector.flows import try_sandbox
from connector.flows.parts import Parts, open_parts
from connector.flows.samples import samples, send_test
from connector.flows.sessions import LINK_MS, csrf_token
from connector.flows.setup import setup_link
from connector.flows.try_sandbox import operators
from connector.settings import Settings
from connector.stora.wire import Answer
from connector.store.tables import connections

BASE = "http://127.0.0.1:8080"


@pytest.fixture(scope="module")
def stora() -> Iterator[Stora]:
    """The sandbox on a socket."""
    with serve_stora() as served:
        yield served


@pytest.fixture
def settings(make_settings: Any, stora: Stora) -> Settings:
    """An installation of an operator's own, without an application at Stora."""
    return make_settings(stora_api_url=stora.url)


def send(client: FlaskClient, link: str, **form: str) -> Any:
    """Open the link and send its form."""
    client.get(link.removeprefix(BASE), base_url=BASE)
    cookie = client.get_cookie("unitwire", domain="127.0.0.1")
    csrf = csrf_token(cookie.value) if cookie else "x"
    given = {"csrf": csrf, "code": link.partition("=")[2], **form}
    return client.post("/setup", data=given, base_url=BASE)


def test_an_access_token_connects_and_signs_in(parts: Parts, client: FlaskClient) -> None:
    """The browser goes on to the set-up, signed in for the new connection; the link is spent."""
    link = setup_link(parts)
    answer = send(client, link, token="harbour-token")
    assert (answer.status_code, answer.location) == (303, "/start")
    assert "Stora is connected" in client.get("/start", base_url=BASE).text
    assert send(client, link, token="harbour-token").status_code == 404
    assert len(stage.rows(parts, connections)) == 1


def test_what_stora_refuses_can_be_tried_again(parts: Parts, client: FlaskClient) -> None:
    """The page says what was wrong, and the link still works."""
    link = setup_link(parts)
    for form in ({"token": "wrong"}, {}, {"client_id": "a", "client_secret": "b"}):
        answer = send(client, link, **form)
        assert answer.status_code == 422
        assert "Not connected" in answer.text
    assert send(client, link, token="harbour-token").status_code == 303


def test_nobody_connects_without_the_link(parts: Parts, client: FlaskClient) -> None:
    """Neither without a code nor without the page's form."""
    link = setup_link(parts)
    assert client.get("/setup", base_url=BASE).status_code == 404
    assert send(client, f"{BASE}/setup?code=x", token="harbour-token").status_code in (403, 404)
    form = {"code": link.partition("=")[2], "token": "harbour-token"}
    assert client.post("/setup", data=form, base_url=BASE).status_code == 403
    assert stage.rows(parts, connections) == []


def test_a_link_lives_ten_minutes(parts: Parts, client: FlaskClient) -> None:
    """To the millisecond."""
    with time_machine.travel(world.now_ms() / 1000, tick=False) as clock:
        path = setup_link(parts).removeprefix(BASE)
        clock.shift(LINK_MS / 1000 - 0.001)
        assert client.get(path, base_url=BASE).status_code == 200
        clock.shift(0.001)
        assert client.get(path, base_url=BASE).status_code == 404


def test_the_sandbox_is_tried_by_one_press(parts: Parts, client: FlaskClient) -> None:
    """Each of its businesses has a button; the token behind it is never on the page."""
    link = setup_link(parts)
    page = client.get(link.removeprefix(BASE), base_url=BASE).text
    assert "Try it as Harbour Storage" in page
    assert "Try it as Hilltop Storage" in page
    assert "harbour-token" not in page
    answer = send(client, link, sandbox="hilltop")
    assert (answer.status_code, answer.location) == (303, "/start")
    start = client.get("/start", base_url=BASE).text
    assert "Hilltop Storage" in start
    assert "its BackOffice" in start
    assert send(client, link, sandbox="hilltop").status_code == 404


def test_the_sandbox_renews_what_it_has_forgotten(parts: Parts, client: FlaskClient) -> None:
    """By one press, for the same business only; while all is well nothing is offered."""
    send(client, setup_link(parts), sandbox="hilltop")
    assert "Try it as" not in client.get("/account", base_url=BASE).text
    with parts.store.begin() as c:
        c.execute(update(connections).values(status="needs_reauth", status_reason="Unknown."))
    page = client.get("/account", base_url=BASE).text
    assert "Try it as Hilltop Storage" in page
    assert "hilltop-token" not in page

    def press(operator_id: str) -> int:
        cookie = client.get_cookie("unitwire", domain="127.0.0.1")
        assert cookie is not None
        form = {"csrf": csrf_token(cookie.value), "sandbox": operator_id}
        return client.post("/account/renew", data=form, base_url=BASE).status_code

    assert press("harbour") == 409
    (held,) = stage.rows(parts, connections)
    assert held.status == "needs_reauth"
    assert press("hilltop") == 303
    (held,) = stage.rows(parts, connections)
    assert (held.status, held.operator) == ("active", "Hilltop Storage")


@pytest.mark.parametrize("there", [True, False])
def test_a_sample_is_about_what_the_sandbox_has(
    parts: Parts,
    client: FlaskClient,
    stora: Stora,
    monkeypatch: pytest.MonkeyPatch,
    there: bool,
) -> None:
    """Of the operator who is connected, so that the next step finds it; if need be, of nobody."""
    send(client, setup_link(parts), sandbox="hilltop")
    (held,) = stage.rows(parts, connections)
    stage.listen(parts, connection_id=held.id)
    if not there:
        monkeypatch.setattr(try_sandbox, "is_sandbox", lambda _settings: False)
    send_test(parts, held.id, "we_1")
    (event,) = stage.all_events(parts)
    told = json.loads(event.body)["event"]
    assert told["id"] == event.id
    invoice = told["data"]["invoice"]
    assert invoice["status"] == "paid"
    assert (invoice["id"] == EXAMPLE_IDS["invoice"]) is not there
    [shown] = samples(parts, held.id, "invoice.paid")
    assert shown["event"]["data"]["invoice"]["id"] == invoice["id"]
    with pytest.raises(InvalidContent):
        samples(parts, held.id, "unit.gone")
    if there:
        state = stora.sandbox.state
        assert state.get("hilltop", "invoice", invoice["id"])["status"] == "paid"
        assert state.get("hilltop", "contact", invoice["contact"]["id"])


def test_a_sandbox_that_is_away_is_told(
    parts: Parts, client: FlaskClient, stora: Stora, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command that starts it stands on the page, and the link still works."""
    monkeypatch.setattr(try_sandbox, "operators", lambda _parts: ())
    link = setup_link(parts)
    answer = send(client, link, sandbox="harbour")
    assert answer.status_code == 422
    assert "unitwire sandbox" in answer.text
    assert send(client, link, sandbox="nobody").status_code == 422


@pytest.mark.parametrize("url", ["https://public-api.stora.co", "https://stora.invalid"])
def test_stora_is_never_asked_whether_it_is_a_sandbox(
    make_settings: Any, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    """Only an address of this machine is; elsewhere the page has the one command instead."""
    parts = open_parts(make_settings(stora_api_url=url))
    monkeypatch.setattr(parts.stora.wire, "exchange", None)
    assert operators(parts) == ()
    client = app_of(parts).test_client()
    page = client.get(setup_link(parts).removeprefix(BASE), base_url=BASE).text
    assert "unitwire demo" in page
    assert "Try it as" not in page
    parts.close()


@pytest.mark.parametrize(
    "answer", [{}, {"operators": None}, {"operators": [1, {}, {"id": "x", "name": "y"}]}]
)
def test_a_sandbox_that_answers_oddly_has_no_operators(
    parts: Parts, monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any]
) -> None:
    """Whatever runs at that address."""
    monkeypatch.setattr(parts.stora.wire, "exchange", lambda *_, **__: Answer(200, answer))
    assert operators(parts) == ()


def test_all_ways_are_on_the_page_with_what_is_asked_in_plain_words(
    parts: Parts, client: FlaskClient
) -> None:
    """What is asked for is told as what may be done, and as Stora names it."""
    page = client.get(setup_link(parts).removeprefix(BASE), base_url=BASE).text
    for way in ("With an access token", "With an application of your own", "sign in at Stora"):
        assert way in page
    assert "Create and change" in page
    assert "credit notes" in page
    assert all(f"<code>{scope}</code>" in page for scope in parts.settings.stora_scopes)
