"""The consent page: who asks, for what, and nobody but the person at the browser decides."""

from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
import stage
import time_machine

from connector.errors import InvalidToken
from connector.flows.callers import caller_of
from connector.flows.sessions import SESSION_MS
from connector.settings import Settings
from connector.store.tables import audit, authorization_codes, connections, sessions

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
BASE = "http://127.0.0.1:8080"


def test_it_says_in_plain_words_who_may_do_what(builder: Any) -> None:
    """The builder, the operator, each permission and where one goes afterwards are readable."""
    builder.sign_in()
    text = unescape(builder.ask().text)
    for told in (
        "Let Zapier use the Stora account of Harbour Self Storage?",
        "Listen to what happens in Stora",
        "See contacts",
        "Create and change deals",
        "zapier.com",
        "not affiliated with Stora",
    ):
        assert told in text
    assert "public." not in text.partition("<form")[0]


def test_names_are_text_and_never_markup(make_builder: Any) -> None:
    """What somebody typed as a name is shown, not run."""
    name = "<script>alert(1)</script>\"'&"
    builder = make_builder(name=name)
    stage.connect(builder.parts, "conn_2", operator="<img src=x>", scopes="public.contact:read")
    builder.sign_in("conn_2")
    text = builder.ask(state='"><script>x</script>').text
    assert name in unescape(text)
    assert "<script" not in text
    assert "<img" not in text


def test_its_style_sheet_is_there(builder: Any) -> None:
    """The page's one file beside it is served from the same origin, as its policy demands."""
    builder.sign_in()
    assert 'href="/static/unitwire.css"' in builder.ask().text
    with builder.server.get("/static/unitwire.css") as answer:
        assert (answer.status_code, answer.mimetype) == (200, "text/css")


def test_nothing_frames_caches_or_runs_on_it(builder: Any) -> None:
    """RFC 6749 section 10.13, RFC 9700 section 4.2.4: no frame, cache, script or referrer."""
    builder.sign_in()
    headers = builder.ask().headers
    policy = headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Cross-Origin-Opener-Policy" not in headers


@pytest.mark.parametrize(
    ("redirect_uri", "target"),
    [
        ("https://zapier.com/cb", "https:"),
        ("http://127.0.0.1:5678/cb", "http:"),
        ("com.example.app:/cb", "com.example.app:"),
    ],
)
def test_its_form_may_lead_to_the_builder(
    make_builder: Any, redirect_uri: str, target: str
) -> None:
    """Chromium applies form-action to the redirect after the form, so the builder is in it."""
    builder = make_builder(public=True, redirect_uris=[redirect_uri])
    builder.sign_in()
    policy = builder.ask(redirect_uri=redirect_uri).headers["Content-Security-Policy"]
    sources = policy.partition("form-action ")[2].split()
    assert {"'self'", "https:", target} == set(sources)


def test_allow_gives_a_code_and_a_trace(builder: Any, brought: Callable[..., Any]) -> None:
    """A yes gives a long random code, kept as a hash, and a row in the audit."""
    builder.sign_in()
    code = brought(builder.decide("allow"))["code"]
    [row] = stage.rows(builder.parts, authorization_codes)
    assert len(code) >= 43
    assert code not in str(row)
    assert ("consent.given", builder.client.id, builder.connection_id) in [
        (row.action, row.subject, row.connection_id) for row in stage.rows(builder.parts, audit)
    ]


def test_refuse_tells_the_builder_and_leaves_a_trace(
    builder: Any, brought: Callable[..., Any]
) -> None:
    """A no is `access_denied` with the state, and a row in the audit; no code is made."""
    builder.sign_in()
    told = brought(builder.decide("refuse"))
    assert (told["error"], told["state"]) == ("access_denied", "the state & more")
    assert told["error_description"] == "The operator refused the request."
    assert stage.rows(builder.parts, authorization_codes) == []
    trace = stage.rows(builder.parts, audit)[-1]
    assert (trace.action, trace.connection_id) == ("consent.refused", builder.connection_id)


def test_the_query_of_the_redirect_uri_is_kept(builder: Any) -> None:
    """RFC 6749 section 3.1.2: an existing query component is retained."""
    builder.sign_in()
    assert builder.decide().location.startswith(
        "https://zapier.com/oauth/return?app=unitwire&code="
    )


def test_the_redirect_is_a_303(builder: Any) -> None:
    """RFC 9700 section 4.12: the form that was posted here is never posted on."""
    builder.sign_in()
    answer = builder.decide()
    assert answer.status_code == 303
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.data == b""


@pytest.mark.parametrize("decision", ["", "Allow", "yes", "allow\x00"])
def test_only_a_clear_yes_is_a_yes(builder: Any, decision: str) -> None:
    """Anything but the page's own buttons decides nothing."""
    builder.sign_in()
    assert builder.decide(decision).status_code == 400
    assert stage.rows(builder.parts, authorization_codes) == []


def test_a_foreign_form_decides_nothing(builder: Any) -> None:
    """RFC 6749 section 10.12: a form without this browser's own token is refused."""
    builder.sign_in()
    other = "0" * 64
    for form in ({"decision": "allow"}, {"decision": "allow", "csrf": other}):
        answer = builder.browser.post(
            f"/oauth2/authorize?{urlencode(builder.asked())}", data=form, base_url=BASE
        )
        assert answer.status_code == 403
        assert answer.mimetype == "text/html"
    assert stage.rows(builder.parts, authorization_codes) == []


def test_the_token_of_one_browser_is_worth_nothing_in_another(builder: Any) -> None:
    """A form token is tied to the cookie that it was shown with."""
    from connector.flows.sessions import csrf_token, open_session

    stranger = open_session(builder.parts, builder.connection_id)
    builder.sign_in()
    answer = builder.browser.post(
        f"/oauth2/authorize?{urlencode(builder.asked())}",
        data={"decision": "allow", "csrf": csrf_token(stranger)},
        base_url=BASE,
    )
    assert answer.status_code == 403


def test_a_decision_without_session_asks_again(builder: Any) -> None:
    """Who is signed out while the page is open sees the way in instead of an error."""
    answer = builder.decide("allow")
    assert answer.status_code == 303
    assert answer.location.startswith("/oauth2/authorize?")
    assert stage.rows(builder.parts, authorization_codes) == []


def test_without_an_application_at_stora_it_says_how_to_sign_in(builder: Any) -> None:
    """Where an operator hosts Unitwire for itself, the page names the command."""
    answer = builder.ask()
    assert answer.status_code == 200
    assert "unitwire login" in answer.text
    assert "<form" not in answer.text


def test_a_session_is_for_one_connection(builder: Any) -> None:
    """The code is for the connection that is signed in, whatever else is connected."""
    stage.connect(builder.parts, "conn_2", scopes="public.contact:read")
    builder.sign_in("conn_2")
    code = builder.decide().location
    [row] = stage.rows(builder.parts, authorization_codes)
    assert row.connection_id == "conn_2"
    assert row.code_hash not in code


def test_scopes_are_what_all_three_agree_on(
    builder: Any, brought: Callable[..., dict[str, str]]
) -> None:
    """Granted is asked for ∩ the client's ∩ the connection's; the answer names it (section 3.3)."""
    stage.connect(builder.parts, "conn_2", scopes="public.contact:read public.invoice:read")
    builder.sign_in("conn_2")
    code = brought(builder.decide(scope="public.invoice:read public.contact:read"))["code"]
    assert builder.exchange(code).json["scope"] == "public.contact:read"


def test_nothing_in_common_is_an_invalid_scope(
    builder: Any, brought: Callable[..., dict[str, str]]
) -> None:
    """A connection that has none of the scopes refuses before anybody is asked."""
    stage.connect(builder.parts, "conn_2", scopes="public.invoice:read")
    builder.sign_in("conn_2")
    for told in (brought(builder.ask()), brought(builder.decide())):
        assert told["error"] == "invalid_scope"
        assert told["error_description"] == "The connected Stora account has none of these scopes."
        assert told["state"] == "the state & more"


def test_the_switch_ends_the_session(builder: Any) -> None:
    """Switching accounts ends the session on the server: an old cookie is worth nothing."""
    cookie = builder.sign_in()
    answer = builder.decide("switch")
    assert answer.status_code == 303
    assert answer.location.startswith("/oauth2/authorize?")
    assert stage.rows(builder.parts, sessions) == []
    builder.browser.set_cookie("unitwire", cookie, domain="127.0.0.1")
    assert "unitwire login" in builder.ask().text


def test_only_the_hash_of_a_session_is_kept(builder: Any) -> None:
    """A copy of the database opens no session."""
    cookie = builder.sign_in()
    [row] = stage.rows(builder.parts, sessions)
    assert cookie not in str(row)


@pytest.mark.parametrize("status", ["needs_reauth", "revoked"])
def test_a_connection_that_is_not_active_consents_to_nothing(builder: Any, status: str) -> None:
    """The way leads to Stora first, where the connection is mended."""
    stage.connect(builder.parts, "conn_2", status=status)
    builder.sign_in("conn_2")
    assert "unitwire login" in builder.ask().text


def test_a_session_ends_after_eight_hours(builder: Any) -> None:
    """A browser that was left alone is signed out, to the millisecond."""
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        builder.sign_in()
        clock.shift(SESSION_MS / 1000 - 0.001)
        assert "Allow" in builder.ask().text
        clock.shift(0.001)
        assert "unitwire login" in builder.ask().text


@pytest.mark.parametrize("cookie", ["", "x", "a" * 42, "a" * 44, "é" * 43, "a" * 43])
def test_a_cookie_that_is_no_session_is_nobody(builder: Any, cookie: str) -> None:
    """Whatever a browser sends as its cookie, it does no harm and opens nothing."""
    header = f"unitwire={cookie}".encode().decode("latin-1")
    answer = builder.server.get(
        f"/oauth2/authorize?{urlencode(builder.asked())}", headers={"Cookie": header}
    )
    assert "unitwire login" in answer.text


def test_a_code_is_no_token(builder: Any) -> None:
    """A code opens nothing by itself."""
    with pytest.raises(InvalidToken):
        caller_of(builder.parts, f"Bearer {builder.code()}")


def test_a_connection_keeps_its_scopes(builder: Any, settings: Settings) -> None:
    """Consent changes nothing about the connection itself."""
    before = stage.rows(builder.parts, connections)
    builder.connect()
    assert stage.rows(builder.parts, connections) == before
