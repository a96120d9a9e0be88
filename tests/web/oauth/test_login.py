"""The sign-in link of `unitwire login`, for an operator who hosts Unitwire for its own account."""

from typing import Any

import pytest
import stage
import time_machine
from flask.testing import FlaskClient

from connector.errors import Conflict, NotFound
from connector.flows.parts import Parts
from connector.flows.sessions import LINK_MS, csrf_token, login_link, only_connection, sign_in
from connector.store.tables import pending_steps, sessions

BASE = "http://127.0.0.1:8080"


@pytest.fixture
def connection(parts: Parts) -> str:
    """A connected account."""
    return stage.connect(parts)


def follow(client: FlaskClient, link: str) -> Any:
    """Open the link and press the button; return the last answer."""
    assert client.get(link.removeprefix(BASE), base_url=BASE).status_code == 200
    cookie = client.get_cookie("unitwire", domain="127.0.0.1")
    assert cookie is not None
    form = {"csrf": csrf_token(cookie.value), "code": link.partition("=")[2]}
    return client.post("/login", data=form, base_url=BASE)


def test_a_link_signs_a_browser_in(client: FlaskClient, parts: Parts, connection: str) -> None:
    """The page names the operator, the button signs in, and the consent page is open."""
    answer = follow(client, login_link(parts, connection))
    assert (answer.status_code, answer.location) == (303, "/")
    assert "Harbour Self Storage" in client.get("/connect", base_url=BASE).text


def test_opening_a_link_does_not_spend_it(
    client: FlaskClient, parts: Parts, connection: str
) -> None:
    """Mail and chat programs open links on their own; only the button counts."""
    link = login_link(parts, connection)
    for _ in range(3):
        client.get(link.removeprefix(BASE), base_url=BASE)
    assert stage.rows(parts, sessions) == []
    assert follow(client, link).status_code == 303


def test_a_link_without_its_code_is_told_so(client: FlaskClient) -> None:
    """Nothing was used already: the link was cut."""
    answer = client.get("/login", base_url=BASE)
    assert answer.status_code == 400
    assert "The code is missing" in answer.text
    assert "as <code>unitwire login</code> printed it" in answer.text
    assert "used already" not in answer.text


def test_a_link_works_once(client: FlaskClient, parts: Parts, connection: str) -> None:
    """The second browser is told to ask for a new link."""
    link = login_link(parts, connection)
    assert follow(client, link).status_code == 303
    answer = client.get(link.removeprefix(BASE), base_url=BASE)
    assert answer.status_code == 404
    assert "unitwire login" in answer.text
    with pytest.raises(NotFound):
        sign_in(parts, link.partition("=")[2])


def test_signing_in_again_ends_the_session_before(
    client: FlaskClient, parts: Parts, connection: str
) -> None:
    """A browser has one session; the one it had is worth nothing afterwards."""
    follow(client, login_link(parts, connection))
    [first] = stage.rows(parts, sessions)
    follow(client, login_link(parts, connection))
    [second] = stage.rows(parts, sessions)
    assert first.id_hash != second.id_hash


def test_a_link_lives_ten_minutes(parts: Parts, connection: str) -> None:
    """To the millisecond."""
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        early, late = (login_link(parts, connection).partition("=")[2] for _ in range(2))
        clock.shift(LINK_MS / 1000 - 0.001)
        assert sign_in(parts, early)
        clock.shift(0.001)
        with pytest.raises(NotFound):
            sign_in(parts, late)


def test_a_link_needs_the_form_of_its_page(
    client: FlaskClient, parts: Parts, connection: str
) -> None:
    """Another site cannot sign a browser in with a link of its own."""
    code = login_link(parts, connection).partition("=")[2]
    answer = client.post("/login", data={"code": code}, base_url=BASE)
    assert answer.status_code == 403
    assert stage.rows(parts, sessions) == []


@pytest.mark.parametrize(
    "query", ["", "?code=", "?code=x", "?code=%00", "?code=a&code=b", "?code=%ff"]
)
def test_a_bad_link_is_a_page(client: FlaskClient, query: str) -> None:
    """Whatever stands in the link, the answer is a page."""
    answer = client.get(f"/login{query}", base_url=BASE)
    assert answer.status_code in (400, 404)
    assert answer.mimetype == "text/html"


def test_a_link_is_not_kept_readable(parts: Parts, connection: str) -> None:
    """Neither the code nor whom it signs in can be read in the database."""
    link = login_link(parts, connection)
    [row] = stage.rows(parts, pending_steps)
    assert link.partition("=")[2] not in str(row)
    assert connection not in str(row)


@pytest.mark.parametrize("status", ["needs_reauth", "revoked"])
def test_a_link_needs_an_active_connection(parts: Parts, status: str) -> None:
    """There is nothing to consent to for a connection that does not work."""
    stage.connect(parts, "conn_2", status=status)
    for connection_id in ("conn_2", "conn_unknown"):
        with pytest.raises(NotFound):
            login_link(parts, connection_id)


def test_the_only_connection_needs_no_name(parts: Parts) -> None:
    """`unitwire login` without a connection takes the one there is, and asks when there are two."""
    with pytest.raises(NotFound):
        only_connection(parts)
    stage.connect(parts, "conn_1")
    stage.connect(parts, "conn_2", status="revoked")
    assert only_connection(parts) == "conn_1"
    stage.connect(parts, "conn_3")
    with pytest.raises(Conflict):
        only_connection(parts)
