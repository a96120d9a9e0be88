"""Clients are registered by whoever runs Unitwire, and only sound ones."""

from typing import Any

import pytest
import stage

from connector.errors import Conflict, InvalidContent, NotFound
from connector.flows.clients import (
    MAX_NAME,
    MAX_REDIRECT_URIS,
    add_client,
    find_client,
    list_clients,
    prove_client,
    revoke_client,
    rotate_client,
)
from connector.flows.parts import Parts
from connector.flows.redirects import MAX_REDIRECT_URI
from connector.store.tables import audit, clients

URI = "https://zapier.com/cb"


def add(parts: Parts, **changes: Any) -> Any:
    """Register a client, with changes to a good one."""
    return add_client(parts, **({"platform": "zapier", "redirect_uris": [URI]} | changes))


def pointers(caught: Any) -> set[str]:
    """Return the fields at fault."""
    return {detail["pointer"] for detail in caught.value.details}


def test_a_client_gets_an_id_and_a_secret(parts: Parts) -> None:
    """The id is like Stora's application ids; the secret is kept as a hash only."""
    client, secret = add(parts)
    assert client.id.startswith("app_")
    assert len(client.id) == 20
    assert len(secret) == 43
    assert secret not in str(stage.rows(parts, clients))
    assert client.name == "zapier"
    assert client.scopes == parts.settings.stora_scopes
    assert find_client(parts, client.id) == client
    assert list_clients(parts) == [client]


def test_only_the_secret_proves_a_client(parts: Parts) -> None:
    """A confidential client needs its own secret, a public one must not have any."""
    (zapier, secret), (other, _) = add(parts), add(parts)
    native, none = add(parts, public=True)
    assert none is None
    assert prove_client(parts, zapier.id, secret) == zapier
    assert prove_client(parts, native.id, None) == native
    for client_id, given in (
        (zapier.id, None),
        (zapier.id, ""),
        (zapier.id, secret[:-1]),
        (zapier.id, zapier.secret_hash),
        (other.id, secret),
        (native.id, ""),
        (native.id, secret),
        ("app_unknown", secret),
        ("app_unknown", None),
    ):
        assert prove_client(parts, client_id, given) is None


def test_a_revoked_client_is_gone(parts: Parts) -> None:
    """It proves itself no more; twice is no fault; the list still shows it."""
    client, secret = add(parts)
    for _ in range(2):
        revoke_client(parts, client.id)
    assert prove_client(parts, client.id, secret) is None
    assert list_clients(parts)[0].revoked_at is not None
    actions = [row.action for row in stage.rows(parts, audit)]
    assert actions == ["client.added", "client.revoked"]
    with pytest.raises(NotFound):
        revoke_client(parts, "app_unknown")


def test_a_rotated_secret_replaces_the_old_one(parts: Parts) -> None:
    """Only the new one proves the client; a public or revoked one gets none."""
    (client, old), (native, _) = add(parts), add(parts, public=True)
    new = rotate_client(parts, client.id)
    assert new not in str(stage.rows(parts, clients))
    assert prove_client(parts, client.id, old) is None
    assert prove_client(parts, client.id, new) is not None
    with pytest.raises(Conflict):
        rotate_client(parts, native.id)
    revoke_client(parts, client.id)
    for unknown in (client.id, "app_unknown"):
        with pytest.raises(NotFound):
            rotate_client(parts, unknown)


GOOD_URIS = (
    URI,
    "https://zapier.com",
    "https://zapier.com/",
    "https://zapier.com?x=1",
    "https://zapier.com:8443/a/b?c=d&e=%20",
    "http://127.0.0.1/cb",
    "http://127.0.0.1:5678/rest/oauth2-credential/callback",
    "http://[::1]:5678/cb",
    "http://localhost:5678/cb",
    "https://z.example/" + "a" * (MAX_REDIRECT_URI - 18),
)
BAD_URIS = (
    "",
    "zapier.com/cb",
    "//zapier.com/cb",
    "/cb",
    "http://zapier.com/cb",
    "http://127.0.0.1.evil.example/cb",
    "http://127.0.0.2/cb",
    "http://0x7f000001/cb",
    "http://user@127.0.0.1/cb",
    "HTTPS://zapier.com/cb",
    "https:///cb",
    "https://user:pass@zapier.com/cb",
    "https://zapier.com\\@evil.example/cb",
    "https://zapier.com/cb#",
    "https://zapier.com/cb#x",
    "https://*.zapier.com/cb",
    "https://zapier.com/*",
    "https://zapier.com/c b",
    "https://zapier.com/cb\n",
    "https://zapier.com/cb\x00",
    "https://zapiér.com/cb",
    "https://[::1]/cb",
    "javascript:alert(1)",
    "data:text/html,x",
    "file:///etc/passwd",
    "myapp://cb",
    "com.example.app://cb x",
    "com.example.app",
    "com.example.app:cb",
    "https://z.example/" + "a" * (MAX_REDIRECT_URI - 17),
)


@pytest.mark.parametrize("uri", GOOD_URIS)
def test_a_sound_redirect_uri_is_taken(parts: Parts, uri: str) -> None:
    """RFC 6749 section 3.1.2: absolute; https, or http on loopback."""
    client, _ = add(parts, redirect_uris=[uri])
    assert client.takes(uri)


@pytest.mark.parametrize("uri", BAD_URIS)
@pytest.mark.parametrize("public", [False, True])
def test_an_unsound_redirect_uri_is_refused(parts: Parts, uri: str, public: bool) -> None:
    """No fragment, no wildcard, no foreign scheme, nothing that two parsers read differently."""
    with pytest.raises(InvalidContent) as caught:
        add(parts, redirect_uris=[uri], public=public)
    assert pointers(caught) == {"/redirect_uri"}
    assert list_clients(parts) == []


@pytest.mark.parametrize("uri", ["com.example.app:/cb", "com.example.app://cb"])
def test_a_private_scheme_is_for_public_clients(parts: Parts, uri: str) -> None:
    """RFC 8252 section 7.1: a native app's scheme is a domain name in reverse."""
    client, _ = add(parts, redirect_uris=[uri], public=True)
    assert client.takes(uri)
    with pytest.raises(InvalidContent):
        add(parts, redirect_uris=[uri])


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"platform": ""}, "/platform"),
        ({"platform": "Zapier"}, "/platform"),
        ({"platform": "-x"}, "/platform"),
        ({"platform": "a" * 41}, "/platform"),
        ({"platform": "zapier\n"}, "/platform"),
        ({"name": "n" * (MAX_NAME + 1)}, "/name"),
        ({"name": "a\x1b[31m"}, "/name"),
        ({"name": "a\x00"}, "/name"),
        ({"redirect_uris": []}, "/redirect_uri"),
        ({"redirect_uris": [f"{URI}/{n}" for n in range(MAX_REDIRECT_URIS + 1)]}, "/redirect_uri"),
        ({"scopes_allowed": ["contacts"]}, "/scope"),
        ({"scopes_allowed": ["public.contact:delete"]}, "/scope"),
        ({"scopes_allowed": ["public.contact:read public.deal:read"]}, "/scope"),
        ({"public": True, "pkce": False}, "/pkce"),
    ],
)
def test_a_fault_is_named(parts: Parts, changes: dict[str, Any], pointer: str) -> None:
    """Each fault has its pointer, and nothing is registered."""
    with pytest.raises(InvalidContent) as caught:
        add(parts, **changes)
    assert pointers(caught) == {pointer}
    assert list_clients(parts) == []


def test_the_limits_themselves_are_good(parts: Parts) -> None:
    """The longest name, and the most redirect URIs."""
    uris = [f"{URI}/{n}" for n in range(MAX_REDIRECT_URIS)]
    client, _ = add(parts, name="n" * MAX_NAME, redirect_uris=uris)
    assert list_clients(parts) == [client]


def test_all_faults_are_named_at_once(parts: Parts) -> None:
    """Nobody has to try again for each."""
    with pytest.raises(InvalidContent) as caught:
        add(parts, platform="", name="\x00", redirect_uris=[""], scopes_allowed=["x"])
    assert pointers(caught) == {"/platform", "/name", "/redirect_uri", "/scope"}
