"""Who sees a page, and what a form must bring."""

from typing import Any
from urllib.parse import urlencode

import pytest
import stage
from flask.testing import FlaskClient

from connector.flows.parts import Parts
from connector.store.tables import sessions, webhook_endpoints

BASE = "http://127.0.0.1:8080"
PATHS = (
    "/",
    "/start",
    "/start?builder=zapier",
    "/workflows",
    "/workflows/we_1",
    "/workflows/we_1/filter",
    "/deliveries",
    "/deliveries/live",
    "/replays/new",
    "/why",
    "/why?id=we_1",
    "/account",
    "/account/changes",
)
DEEDS = ("pause", "resume", "retry", "test", "enable", "disable", "rotate_secret", "filter")


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_for_who_is_signed_in(client: FlaskClient, path: str) -> None:
    """Everybody else is sent to sign in, sees nothing of it, and comes back to it afterwards."""
    answer = client.get(path, base_url=BASE)
    there = f"/connect?{urlencode({'then': path})}"
    assert (answer.status_code, answer.location) == (303, there)


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_shown_whole_and_shut(person: Any, path: str) -> None:
    """Nothing inline or from elsewhere runs on it, nothing frames or caches it."""
    person.look(path)
    policy = person.client.get(path, base_url=BASE).headers.get("Content-Security-Policy", "")
    if path != "/deliveries/live":
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        html = person.look(path)
        assert "<script>" not in html
        assert " style=" not in html
        assert " onclick" not in html


@pytest.mark.parametrize("deed", DEEDS)
def test_a_form_must_come_from_a_page_of_this_browser(person: Any, parts: Parts, deed: str) -> None:
    """Without the page's token nothing is changed (cross-site request forgery)."""
    before = stage.rows(parts, webhook_endpoints)
    answer = person.client.post(f"/workflows/we_1/{deed}", data={"csrf": "x"}, base_url=BASE)
    assert answer.status_code == 403
    assert stage.rows(parts, webhook_endpoints) == before


def test_a_form_after_signing_out_changes_nothing(person: Any, parts: Parts) -> None:
    """It is told to sign in again, not lost without a word."""
    person.press("/logout", 200)
    assert "sign in again" in person.press("/workflows/we_1/pause", 403).text.lower()


@pytest.mark.parametrize("deed", DEEDS)
def test_a_stranger_moves_nothing(person: Any, stranger: Any, parts: Parts, deed: str) -> None:
    """A foreign workflow answers like an unknown one."""
    before = stage.rows(parts, webhook_endpoints)
    stranger.press(f"/workflows/we_1/{deed}", 404, per_minute="60")
    stranger.press(f"/workflows/we_unknown/{deed}", 404, per_minute="60")
    assert stage.rows(parts, webhook_endpoints) == before


def test_a_stranger_sees_nothing(person: Any, stranger: Any, log: Any) -> None:
    """Neither in a list nor by its id."""
    delivery_id = log(event_id="evt_mine")
    for path in (f"/deliveries/{delivery_id}", "/workflows/we_1"):
        stranger.look(path, 404)
    for id in (delivery_id, "evt_mine", "we_1"):
        assert "There is no" in stranger.look(f"/why?id={id}", 404)
        assert "Nothing fits" in stranger.look(f"/deliveries?q={id}")
    assert "No workflow listens yet" in stranger.look("/")


def test_signing_out_everywhere_ends_every_session(
    person: Any, stranger: Any, parts: Parts
) -> None:
    """All of this connection's browsers, and none of another's."""
    person.press("/account/sign_out_everywhere", 200)
    assert {row.connection_id for row in stage.rows(parts, sessions)} == {"conn_2"}
    assert person.client.get("/", base_url=BASE).location == "/connect?then=%2F"


def test_a_lapsed_connection_is_still_shown(parts: Parts, client: FlaskClient) -> None:
    """Its operator sees what is wrong and how to renew it."""
    from connector.flows.sessions import open_session

    stage.connect(parts, status="needs_reauth")
    client.set_cookie("unitwire", open_session(parts, "conn_1"), domain="127.0.0.1")
    html = client.get("/account", base_url=BASE).text
    assert "no longer accepts this connection" in html
    assert "Renew" in html


BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize("path", ["/workflow", "/deliveries/x/y/z", "/login/", "/%3Cscript%3E"])
def test_a_mistyped_address_is_a_page_for_a_browser(client: FlaskClient, path: str) -> None:
    """In the house's look, signed in or not, with a way on; it repeats nothing of the address."""
    answer = client.get(path, headers={"Accept": BROWSER})
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert "There is no such page" in answer.text
    assert 'href="/"' in answer.text
    assert "script" not in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("path", "accept"),
    [("/workflow", "*/*"), ("/workflow", "application/json"), ("/2025-09/nothing", BROWSER)],
)
def test_a_program_is_told_in_json(client: FlaskClient, path: str, accept: str) -> None:
    """Whoever does not ask for HTML first, and whoever asks the API."""
    answer = client.get(path, headers={"Accept": accept})
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "invalid_endpoint")
