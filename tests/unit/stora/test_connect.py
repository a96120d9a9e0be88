"""An operator links Stora in three ways; only the right browser does, once; nobody is merged."""

import json
from collections.abc import Callable

import pytest
import time_machine
from account import (
    BROWSER,
    Stora,
    come_back,
    the,
)
from parallel import at_once
from sqlalchemy import update
from stage import rows

from connector import errors
from connector.flows.call import call_stora
from connector.flows.connect import (
    Finished,
    begin,
    connect_access_token,
    connect_client_credentials,
    finish,
)
from connector.flows.parts import Parts, open_parts
from connector.settings import LEAST_SCOPES, Settings
from connector.store.tables import audit, connections, pending_steps
from connector.world import now_ms

# ---- the partner's way -------------------------------------------------------------------------


def test_an_operator_connects_by_consent(parts: Parts, stora: Stora) -> None:
    """After consent there is one active connection with the operator's name, scopes and curies."""
    finished = finish(
        parts,
        browser=BROWSER,
        **stora.consent(begin(parts, BROWSER, "/oauth2/authorize?client_id=app_1&state=s")),
    )
    assert finished.then == "/oauth2/authorize?client_id=app_1&state=s"
    row = the(parts, finished.connection_id)
    assert (row.kind, row.status, row.operator) == ("partner", "active", "Harbour Self Storage")
    assert set(row.scopes.split()) == set(LEAST_SCOPES)
    assert 7_100_000 < row.expires_at - now_ms() <= 7_200_000
    assert {curie["name"] for curie in json.loads(row.curies)} == {"bo", "sf"}
    assert [(note.action, note.subject) for note in rows(parts, audit)] == [
        ("connection.connected", finished.connection_id)
    ]
    answer = call_stora(parts, finished.connection_id, "GET", "/webhook_endpoints")
    assert answer.body["endpoints"] == []


def test_no_secret_lies_open(parts: Parts, stora: Stora) -> None:
    """Neither state, verifier, cookie nor tokens stand in the database as they are (law 4)."""
    url = begin(parts, BROWSER, "/")
    came = stora.consent(url)
    connection_id = finish(parts, browser=BROWSER, **came).connection_id
    kept = repr([rows(parts, table) for table in (connections, pending_steps, audit)])
    secrets = json.loads(parts.vault.open(the(parts, connection_id).credentials_sealed))
    assert secrets.keys() == {"access_token", "refresh_token"}
    for secret in (came["state"], came["code"], BROWSER, *secrets.values()):
        assert secret not in kept


def test_ten_hits_at_once_exchange_the_code_once(
    parts: Parts, stora: Stora, more_parts: Callable[[], Parts]
) -> None:
    """Of ten parallel callbacks with one state, in two processes, one goes on and calls Stora."""
    came = come_back(parts, stora)
    both = (parts, more_parts())
    results = at_once(10, lambda number: finish(both[number % 2], browser=BROWSER, **came))
    refused = [result for result in results if isinstance(result, errors.InvalidRequest)]
    assert len(refused) == 9
    assert [type(each) for each in results].count(Finished) == 1
    assert stora.calls("POST", "/oauth2/token") == 1
    assert len(rows(parts, connections)) == 1


@pytest.mark.parametrize(
    "changes",
    [{"state": "unknown"}, {"state": ""}, {"state": "ä\x00"}, {"browser": "another"},
     {"browser": ""}],
    ids=["unknown", "none", "strange", "another browser", "no cookie"],
)  # fmt: skip
def test_a_wrong_state_is_refused(parts: Parts, stora: Stora, changes: dict[str, str]) -> None:
    """A state that is not this browser's changes nothing, and the right browser can still go on."""
    came = come_back(parts, stora)
    with pytest.raises(errors.InvalidRequest, match="Start again"):
        finish(parts, **{**came, "browser": BROWSER, **changes})
    assert rows(parts, connections) == []
    assert stora.calls("POST", "/oauth2/token") == 0
    assert finish(parts, browser=BROWSER, **came).connection_id


def test_a_spent_state_is_refused(parts: Parts, stora: Stora) -> None:
    """Coming back a second time, by the back button for example, does nothing."""
    came = come_back(parts, stora)
    finish(parts, browser=BROWSER, **came)
    with pytest.raises(errors.InvalidRequest, match="already done"):
        finish(parts, browser=BROWSER, **came)
    assert stora.calls("POST", "/oauth2/token") == 1


def test_a_state_lives_ten_minutes(parts: Parts, stora: Stora) -> None:
    """A second before ten minutes are over it is good, a second later it is not."""
    with time_machine.travel("2026-03-01T12:00:00Z", tick=False) as clock:
        late = begin(parts, BROWSER, "/")
        in_time = begin(parts, BROWSER, "/")
        clock.shift(599)
        assert finish(parts, browser=BROWSER, **stora.consent(in_time)).connection_id
        came = stora.consent(late)
        clock.shift(1)
        with pytest.raises(errors.InvalidRequest, match="ten minutes"):
            finish(parts, browser=BROWSER, **came)


def test_a_sign_in_link_is_no_state(parts: Parts, stora: Stora) -> None:
    """A pending step of another kind cannot be spent here."""
    came = come_back(parts, stora)
    with parts.store.begin() as c:
        c.execute(update(pending_steps).values(kind="login"))
    with pytest.raises(errors.InvalidRequest):
        finish(parts, browser=BROWSER, **came)


def test_an_answer_of_another_issuer_is_refused(parts: Parts, stora: Stora) -> None:
    """RFC 9207: an `iss` that is not Stora's spends the state and calls nobody."""
    came = come_back(parts, stora)
    with pytest.raises(errors.InvalidRequest, match="not come from Stora"):
        finish(parts, browser=BROWSER, **{**came, "iss": "https://evil.example"})
    assert stora.calls("POST", "/oauth2/token") == 0
    with pytest.raises(errors.InvalidRequest):
        finish(parts, browser=BROWSER, **came)


def test_an_answer_of_the_right_issuer_is_taken(parts: Parts, stora: Stora) -> None:
    """RFC 9207: Stora's own `iss` is welcome, though it is not known to send one."""
    came = come_back(parts, stora)
    assert finish(parts, browser=BROWSER, **{**came, "iss": stora.url}).connection_id


def test_a_refusal_is_told_plainly(parts: Parts, stora: Stora) -> None:
    """An operator who does not allow it gets a plain word, and no connection."""
    came = stora.consent(begin(parts, BROWSER, "/"), decision="refuse")
    assert came["error"] == "access_denied"
    with pytest.raises(errors.Forbidden, match="not allowed"):
        finish(parts, browser=BROWSER, **came)
    assert rows(parts, connections) == []


@pytest.mark.parametrize(
    ("brought", "text"),
    [
        ({"error": "invalid_scope", "error_description": "No such scope."}, "No such scope."),
        ({"error": "server_error"}, "server_error"),
        ({"code": ""}, "no code"),
    ],
)
def test_other_errors_of_stora_are_passed_on(
    parts: Parts, stora: Stora, brought: dict[str, str], text: str
) -> None:
    """What Stora says in the redirect reaches the person."""
    came = {**come_back(parts, stora), **brought}
    with pytest.raises(errors.StoraRefused, match=text):
        finish(parts, browser=BROWSER, **came)


def test_a_code_that_stora_refuses_means_starting_again(parts: Parts, stora: Stora) -> None:
    """A forged code leads to nothing but a new start."""
    came = {**come_back(parts, stora), "code": "forged"}
    with pytest.raises(errors.InvalidRequest, match="Start again"):
        finish(parts, browser=BROWSER, **came)
    assert rows(parts, connections) == []


def test_a_lost_exchange_is_not_repeated(parts: Parts, stora: Stora) -> None:
    """A code is sent once: a second use would take back what the first one gave."""
    came = come_back(parts, stora)
    stora.fail(kind="lost_answer", path="/oauth2/token")
    with pytest.raises(errors.StoraUnavailable):
        finish(parts, browser=BROWSER, **came)
    assert stora.calls("POST", "/oauth2/token") == 1


@pytest.mark.parametrize("then", ["", "x", "//evil.example", "/\\evil.example", "https://e", "/a b",
                                  "/a\n"])  # fmt: skip
def test_only_a_local_path_is_gone_on_to(parts: Parts, then: str) -> None:
    """Connecting never sends the browser to another site."""
    with pytest.raises(errors.InvalidRequest):
        begin(parts, BROWSER, then)
    assert rows(parts, pending_steps) == []


def test_a_browser_without_cookies_cannot_begin(parts: Parts) -> None:
    """Without a cookie nothing would bind the state to the browser."""
    with pytest.raises(errors.InvalidRequest, match="cookies"):
        begin(parts, "", "/")


def test_without_an_application_there_is_no_consent(
    make_settings: Callable[..., Settings],
) -> None:
    """An installation that is no partner says which settings it lacks."""
    parts = open_parts(make_settings())
    with pytest.raises(errors.InvalidRequest, match="UNITWIRE_STORA_CLIENT_ID"):
        begin(parts, BROWSER, "/")
    parts.close()


# ---- own account -------------------------------------------------------------------------------


def test_an_own_account_connects_by_client_credentials(parts: Parts, stora: Stora) -> None:
    """The operator's own application gives a connection that works and can be renewed."""
    connection_id = connect_client_credentials(parts, "harbour-id", "harbour-secret")
    row = the(parts, connection_id)
    assert (row.kind, row.operator) == ("client_credentials", "Harbour Self Storage")
    secrets = json.loads(parts.vault.open(row.credentials_sealed))
    assert secrets.keys() == {"access_token", "client_id", "client_secret"}
    assert call_stora(parts, connection_id, "GET", "/webhook_endpoints").status == 200


def test_wrong_client_credentials_are_told(parts: Parts, stora: Stora) -> None:
    """A wrong secret makes no connection."""
    with pytest.raises(errors.StoraRefused, match="client secret"):
        connect_client_credentials(parts, "harbour-id", "wrong")
    assert rows(parts, connections) == []


@pytest.mark.parametrize(("id", "secret"), [("", "s"), ("i", ""), ("i", "s s"), ("ä", "s")])
def test_what_cannot_be_client_credentials_is_not_sent(
    parts: Parts, stora: Stora, id: str, secret: str
) -> None:
    """Slips of copying are caught before Stora is asked."""
    with pytest.raises(errors.InvalidRequest):
        connect_client_credentials(parts, id, secret)
    assert stora.calls("POST", "/oauth2/token") == 0


def test_an_own_account_connects_by_access_token(parts: Parts, stora: Stora) -> None:
    """A token made by hand gives a connection with the scopes that Stora says it has."""
    connection_id = connect_access_token(parts, "harbour-token")
    row = the(parts, connection_id)
    assert (row.kind, row.operator, row.expires_at) == (
        "access_token",
        "Harbour Self Storage",
        None,
    )
    assert "public.webhook_endpoint:write" in row.scopes.split()
    assert call_stora(parts, connection_id, "GET", "/webhook_endpoints").status == 200


@pytest.mark.parametrize("token", ["wrong", "", "a b", "ä", "x" * 513, "a\r\nX: y"])
def test_a_token_that_stora_does_not_know_is_told(parts: Parts, stora: Stora, token: str) -> None:
    """A wrong access token makes no connection, and the message says what to do."""
    with pytest.raises(errors.InvalidRequest, match="token"):
        connect_access_token(parts, token)
    assert rows(parts, connections) == []
