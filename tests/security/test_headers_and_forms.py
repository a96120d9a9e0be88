"""What every answer carries, what every form must bring, and what a session is worth."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from security.house import COOKIE, ORIGIN, Call, Tenant, ask, calls, settle
from stage import rows

from connector.flows.parts import Parts
from connector.flows.sessions import csrf_token, login_link
from connector.settings import Settings
from connector.store.tables import metadata, sessions

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def settings(make_settings: Callable[..., Settings]) -> Settings:
    """An installation behind https, with an application at Stora."""
    return make_settings(
        public_url=ORIGIN, stora_client_id="id", stora_client_secret="s", trusted_proxies=0
    )


@pytest.fixture
def tenant(parts: Parts) -> Tenant:
    """An operator with one of everything."""
    return settle(parts, 1)


def everything(parts: Parts) -> dict[str, list[str]]:
    """Return all rows of all tables."""
    return {table.name: sorted(map(repr, rows(parts, table))) for table in metadata.sorted_tables}


def pages(app: Flask, method: str) -> list[Call]:
    """Return all routes for people."""
    found = [call for call in calls(app) if call.is_page and call.method == method]
    assert len(found) > 10
    return found


def test_every_answer_is_hardened(app: Flask, client: FlaskClient, tenant: Tenant) -> None:
    """Whatever the route and the status: no sniffing, no frame, no foreign referrer, no cache."""
    for call in calls(app):
        answer = ask(client, call, call.path(tenant.ids), tenant)
        assert answer.status_code < 500 or answer.status_code in (502, 503, 504), call
        headers = answer.headers
        assert headers["X-Content-Type-Options"] == "nosniff", call
        assert headers["X-Frame-Options"] == "DENY", call
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"], call
        assert headers["Referrer-Policy"] in ("no-referrer", "same-origin"), call
        assert "Server" not in headers
        assert "Access-Control-Allow-Origin" not in headers, call
        if call.endpoint != "static":
            assert headers["Cache-Control"] == "no-store", call
        answer.close()


@pytest.mark.parametrize("signed_in", [True, False])
def test_every_page_is_shut(
    app: Flask, client: FlaskClient, tenant: Tenant, signed_in: bool
) -> None:
    """Nothing inline or from elsewhere runs on it, nothing frames it, browsers stay with https."""
    seen = 0
    for call in pages(app, "GET"):
        path = call.path(tenant.ids)
        answer = ask(client, call, path, tenant) if signed_in else client.get(path, base_url=ORIGIN)
        if answer.mimetype == "text/html" and answer.status_code != 303:
            policy = answer.headers["Content-Security-Policy"]
            for part in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"):
                assert part in policy, call
            assert "form-action 'self'" in policy, call
            assert "unsafe" not in policy, call
            assert "*" not in policy, call
            assert answer.headers["Strict-Transport-Security"].startswith("max-age="), call
            seen += 1
        client.delete_cookie(COOKIE, domain="unitwire.example.com")
    assert seen > (10 if signed_in else 2)


def test_every_cookie_is_tied_down(app: Flask, client: FlaskClient, tenant: Tenant) -> None:
    """`__Host-`: this host only, https only, out of reach of scripts and of other sites' forms."""
    seen = []
    for call in calls(app):
        answer = ask(client, call, call.path(tenant.ids), tenant)
        seen += answer.headers.getlist("Set-Cookie")
        answer.close()
        client.delete_cookie(COOKIE, domain="unitwire.example.com")
        if call.is_page and call.method == "GET":
            seen += client.get(call.path(tenant.ids), base_url=ORIGIN).headers.getlist("Set-Cookie")
    assert seen
    for cookie in seen:
        name, *attributes = cookie.split("; ")
        assert name.startswith(f"{COOKIE}=")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(attributes)
        assert not any(each.startswith("Domain") for each in attributes)


@pytest.mark.parametrize(
    ("form", "headers"),
    [
        ({"csrf": None}, {}),
        ({"csrf": ""}, {}),
        ({"csrf": csrf_token("x" * 43)}, {}),
        ({}, {"Origin": "https://evil.example.com"}),
        ({}, {"Origin": "null"}),
        ({}, {"Origin": "https://evil.unitwire.example.com"}),
        ({}, {"Origin": "http://unitwire.example.com"}),
        ({}, {"Sec-Fetch-Site": "cross-site"}),
        ({}, {"Sec-Fetch-Site": "same-site"}),
        ({}, {"Sec-Fetch-Site": "cross-site", "Origin": ORIGIN}),
    ],
)
def test_every_form_must_come_from_a_page_of_this_browser(
    app: Flask,
    client: FlaskClient,
    parts: Parts,
    tenant: Tenant,
    form: dict[str, Any],
    headers: dict[str, str],
) -> None:
    """Without the page's token, or from another origin, nothing is changed."""
    before = everything(parts)
    sent = {"csrf": csrf_token(tenant.cookie), "per_minute": "60", "name": "x"} | form
    data = {name: text for name, text in sent.items() if text is not None}
    for call in pages(app, "POST"):
        path = call.path(tenant.ids)
        if call.endpoint == "consent.decide":
            path += "?client_id=app_0"  # judged first: nobody may ask for this
        answer = ask(client, call, path, tenant, data=data, headers=headers)
        assert answer.status_code == (400 if call.endpoint == "consent.decide" else 403), call
    assert everything(parts) == before


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": ORIGIN}, {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}]
)
def test_a_form_of_our_own_is_taken(
    app: Flask, client: FlaskClient, tenant: Tenant, headers: dict[str, str]
) -> None:
    """With what browsers say of their own accord, new ones and old ones."""
    call = next(call for call in calls(app) if call.endpoint == "workflows_page.hold")
    assert ask(client, call, call.path(tenant.ids), tenant, headers=headers).status_code == 303


# ---- sessions ----------------------------------------------------------------------------------


def cookie_of(client: FlaskClient) -> str:
    """Return the browser's cookie."""
    found = client.get_cookie(COOKIE, domain="unitwire.example.com")
    assert found is not None
    return found.value


def enter(client: FlaskClient, parts: Parts, tenant: Tenant) -> str:
    """Sign a browser in by a link; return its cookie."""
    path = login_link(parts, tenant.connection_id).removeprefix(ORIGIN)
    client.get(path, base_url=ORIGIN)
    form = {"csrf": csrf_token(cookie_of(client)), "code": path.partition("=")[2]}
    assert client.post("/login", data=form, base_url=ORIGIN).status_code == 303
    return cookie_of(client)


def is_in(app: Flask, cookie: str) -> bool:
    """Whether a browser with this cookie is signed in."""
    browser = app.test_client()
    browser.set_cookie(COOKIE, cookie, domain="unitwire.example.com", secure=True)
    return browser.get("/account", base_url=ORIGIN).status_code == 200


def test_a_session_is_new_at_sign_in(
    app: Flask, client: FlaskClient, parts: Parts, tenant: Tenant
) -> None:
    """Neither a cookie that somebody planted nor the one before the sign-in is worth anything."""
    planted = "p" * 43
    client.set_cookie(COOKIE, planted, domain="unitwire.example.com", secure=True)
    first = enter(client, parts, tenant)
    assert first != planted
    assert not is_in(app, planted)
    second = enter(client, parts, tenant)
    assert not is_in(app, first)
    assert is_in(app, second)


def test_a_session_ends_on_the_server(
    app: Flask, client: FlaskClient, parts: Parts, tenant: Tenant
) -> None:
    """A copy of the cookie is worth nothing after signing out."""
    cookie = enter(client, parts, tenant)
    answer = client.post("/logout", data={"csrf": csrf_token(cookie)}, base_url=ORIGIN)
    assert answer.status_code == 200
    assert not is_in(app, cookie)


def test_the_cookie_is_kept_as_a_hash(client: FlaskClient, parts: Parts, tenant: Tenant) -> None:
    """Who reads the database cannot sign in with what is there."""
    cookie = enter(client, parts, tenant)
    assert cookie not in repr(rows(parts, sessions))
