"""Clients in pages: registered, given a new secret, removed, where one operator runs the house."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import stage
from web.pages.conftest import signed_in

from connector.factory import app_of
from connector.flows.clients import add_client, find_client, list_clients, prove_client
from connector.flows.parts import Parts, open_parts
from connector.platforms.builders import BUILDERS
from connector.platforms.guide import Here
from connector.settings import Settings
from connector.store.tables import audit, token_families
from connector.world import new_token

URI = "https://zapier.com/dashboard/auth/oauth/return/App1CLIAPI/"
ONCE = re.compile(r'name="once" value="([^"]+)"')


def secret_in(page: str) -> str:
    """Return the secret that a page shows."""
    (found,) = re.findall(r'id="secret" value="([^"]+)"', page)
    return str(found)


def add(person: Any, **form: str) -> str:
    """Register Zapier on the page; return the page that comes."""
    return str(person.press("/clients", 200, **filled(**form)).text)


def filled(**form: str) -> dict[str, str]:
    """Return the form as it is filled in for Zapier, each with a token of its own."""
    values = {"platform": "zapier", "name": "Our Zapier", "redirect_uris": URI}
    return {"once": new_token()} | values | form


def test_a_builder_is_registered_and_its_secret_shown_once(person: Any, parts: Parts) -> None:
    """With everything that has to be entered; afterwards the secret is on no page."""
    page = add(person)
    (client,) = list_clients(parts)
    secret = secret_in(page)
    assert prove_client(parts, client.id, secret) == client
    assert (client.name, client.platform, client.redirect_uris) == ("Our Zapier", "zapier", (URI,))
    for value in (client.id, "/oauth2/authorize", "/oauth2/token"):
        assert value in page
    for path in ("/clients", f"/clients/{client.id}", "/account/changes", "/start?builder=zapier"):
        assert secret not in person.look(path), path
    assert "Our Zapier" in person.look("/clients")


def test_a_new_secret_ends_the_old_one(person: Any, parts: Parts) -> None:
    """At once, and it says so beforehand."""
    old = secret_in(add(person))
    (client,) = list_clients(parts)
    assert "stops at once" in person.look(f"/clients/{client.id}")
    new = secret_in(person.press(f"/clients/{client.id}/rotate", 200).text)
    assert prove_client(parts, client.id, old) is None
    assert prove_client(parts, client.id, new) is not None


def test_loading_the_page_with_a_new_secret_again_makes_none(person: Any, parts: Parts) -> None:
    """What the builder has been given goes on counting."""
    add(person)
    (client,) = list_clients(parts)
    path = f"/clients/{client.id}"
    (once,) = ONCE.findall(person.look(path))
    secret = secret_in(person.press(f"{path}/rotate", 200, once=once).text)
    again = person.press(f"{path}/rotate", 409, once=once).text
    assert "sent already" in again
    assert f'href="{path}"' in again
    person.press(f"{path}/rotate", 409, once="")
    assert prove_client(parts, client.id, secret) is not None


def test_what_breaks_is_told_before_a_client_is_removed(person: Any, parts: Parts) -> None:
    """Who has allowed it, what it made; then its access is over and its workflows stay."""
    add(person)
    (client,) = list_clients(parts)
    path = f"/clients/{client.id}"
    assert "nothing breaks" in person.look(path)
    stage.listen(parts, "we_2", creator=client.id)
    with parts.store.begin() as c:
        c.execute(
            token_families.insert().values(
                id="fam_1", connection_id="conn_1", client_id=client.id, scopes="", created_at=1
            )
        )
    page = person.look(path)
    assert "What 1 account has allowed ends at once" in page
    assert "The 1 workflow that it made goes on hearing events" in page
    assert person.press(f"{path}/remove").location == "/clients"
    assert find_client(parts, client.id) is None
    person.look(path, 404)
    assert "1 more was removed" in person.look("/clients")
    assert "Listening" in person.look("/workflows/we_2")


def test_who_did_it_is_told(person: Any, parts: Parts) -> None:
    """What was done here and what was done on the command line."""
    add(person)
    (client,) = list_clients(parts)
    person.press(f"/clients/{client.id}/rotate", 200)
    person.press(f"/clients/{client.id}/remove")
    add_client(parts, platform="n8n", redirect_uris=[URI])
    assert [(row.action, row.actor) for row in stage.rows(parts, audit)] == [
        ("client.added", "browser"),
        ("client.secret_rotated", "browser"),
        ("client.revoked", "browser"),
        ("client.added", "command line"),
    ]
    page = person.look("/account/changes")
    for told in (
        "A builder was registered",
        "A builder&#39;s secret was renewed",
        "A builder was removed",
        "somebody signed in here",
        "the command line",
    ):
        assert told in page, told


@pytest.mark.parametrize("platform", BUILDERS)
def test_what_is_known_of_a_builder_is_filled_in(person: Any, platform: str) -> None:
    """Its name, and where it takes the answer if all have one address; else where it shows that.

    A link may say any address, so none that it says is filled in.
    """
    page = person.look(f"/clients/new?platform={platform}&at=https://evil.test")
    assert f'<input type="hidden" name="platform" value="{platform}">' in page
    assert "evil.test" not in page
    guide = BUILDERS[platform](Here())
    (uri,) = re.findall(r"<textarea [^>]*>([^<]*)</textarea>", page)
    assert uri == ("" if guide.example else guide.redirect_uri)
    if guide.example:
        like = BUILDERS[platform](Here(at=guide.example)).redirect_uri
        assert f'placeholder="{like}"' in page
        assert f"shows for the address of your {guide.name}" in page


def test_loading_the_page_with_the_secret_again_registers_nothing(
    person: Any, parts: Parts
) -> None:
    """The same form counts once, and not if it was refused; the next one has a new number."""
    (once,) = ONCE.findall(person.look("/clients/new?platform=zapier"))
    form = filled(once=once)
    person.press("/clients", 200, **form)
    assert "sent already" in person.press("/clients", 409, **form).text
    person.press("/clients", 409, **filled(once=""))
    assert len(list_clients(parts)) == 1
    (first,) = ONCE.findall(person.look("/clients/new?platform=zapier"))
    refused = person.press("/clients", 422, **filled(once=first, redirect_uris="")).text
    person.press("/clients", 422, **filled(once=first, redirect_uris=""))
    (second,) = ONCE.findall(refused)
    assert len({once, first, second}) == 3
    person.press("/clients", 200, **filled(once=second))
    assert len(list_clients(parts)) == 2


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"platform": "acme"}, "is none of zapier, n8n"),
        ({"platform": ""}, "is none of zapier, n8n"),
        ({"redirect_uris": "http://example.com/"}, "is neither https"),
        ({"redirect_uris": ""}, "give 1 to 20 redirect URIs"),
        ({"name": "x" * 101}, "longer than 100 characters"),
        ({"public": "on", "no_pkce": "on"}, "must use PKCE"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_registered(
    person: Any, parts: Parts, form: dict[str, str], told: str
) -> None:
    """Beside the form, with what was typed still in it."""
    assert told in person.press("/clients", 422, **filled(**form)).text
    assert list_clients(parts) == []


def test_a_public_client_has_no_secret(person: Any, parts: Parts) -> None:
    """None is shown, and none can be made."""
    page = add(person, public="on")
    (client,) = list_clients(parts)
    assert client.public
    assert 'id="secret"' not in page
    person.press(f"/clients/{client.id}/rotate", 409)


def test_operators_who_share_an_installation_leave_its_clients_alone(
    make_settings: Callable[..., Settings],
) -> None:
    """With an application at Stora nobody sees or changes clients here, nor who changed them."""
    parts = open_parts(make_settings(stora_client_id="app", stora_client_secret="s" * 32))
    try:
        stage.connect(parts)
        person = signed_in(parts, app_of(parts).test_client())
        client, _ = add_client(parts, platform="zapier", redirect_uris=[URI], name="Shared app")
        before = list_clients(parts)
        for path in ("/clients", "/clients/new", f"/clients/{client.id}"):
            person.look(path, 404)
        for path in ("", f"/{client.id}/rotate", f"/{client.id}/remove"):
            person.press(f"/clients{path}", 404, platform="n8n", name="n", redirect_uris=URI)
        assert list_clients(parts) == before
        assert client.id not in person.look("/account/changes")
        assert "/clients" not in person.look("/account")
    finally:
        parts.close()
