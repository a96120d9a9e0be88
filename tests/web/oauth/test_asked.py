"""An authorization request as it is read, told of to the word, and written down when decided."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import stage
import time_machine
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749.errors import InvalidScopeError

from connector.errors import InvalidRequest
from connector.flows.authorise import CODE_MS, MAX_STATE, allow, grantable, read, refuse
from connector.flows.callers import MAX_CREDENTIAL
from connector.flows.sessions import Session
from connector.store.secrets import hash_token
from connector.store.tables import audit, authorization_codes

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SCOPES = "public.contact:read public.deal:write public.webhook_endpoint:write"
REDIRECT_URI = "https://zapier.com/oauth/return?app=unitwire"
AT = 1_800_000_000


@pytest.fixture
def harbour(builder: Any) -> Session:
    """The operator at the browser, whose Stora account may a part of what is asked for."""
    held = ("public.contact:read", "public.deal:write", "public.site:read")
    return Session(builder.connection_id, "Harbour Self Storage", held)


def asked(builder: Any, **changes: str | None) -> Any:
    """Read a good request with changes."""
    return read(builder.parts, builder.asked(**changes).items())


def fault(builder: Any, *more: tuple[str, str], **changes: str | None) -> OAuth2Error:
    """Return the fault that is told to the client."""
    with pytest.raises(OAuth2Error) as caught:
        read(builder.parts, [*builder.asked(**changes).items(), *more])
    return caught.value


def test_a_request_is_read_as_it_came(builder: Any) -> None:
    """Client, address, scopes, state and challenge come from the query, which can be made again."""
    found = asked(builder, other="x")
    assert found.client == builder.client
    assert found.redirect_uri == REDIRECT_URI
    assert found.scopes == tuple(SCOPES.split())
    assert (found.state, found.code_challenge) == ("the state & more", builder.challenge)
    assert found.parameters == builder.asked()
    assert dict(parse_qsl(found.query)) == builder.asked()
    assert read(builder.parts, parse_qsl(found.query)) == found


def test_what_is_left_out_is_not_made_up(make_builder: Any) -> None:
    """Without state, scope and PKCE there is no state, the client's scopes, and no challenge."""
    builder = make_builder(pkce=False)
    bare = dict.fromkeys(("state", "scope", "code_challenge", "code_challenge_method"))
    found = asked(builder, **bare)
    assert (found.state, found.code_challenge) == (None, None)
    assert found.scopes == tuple(SCOPES.split())
    assert found.parameters == builder.asked(**bare)
    assert asked(builder, **dict.fromkeys(bare, "")) == found


def test_only_scopes_of_the_client_are_asked_for(builder: Any) -> None:
    """Of the scopes in the request those remain that the client is registered for, in order."""
    scope = "public.deal:write public.invoice:read public.contact:read"
    assert asked(builder, scope=scope).scopes == ("public.deal:write", "public.contact:read")


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
@pytest.mark.parametrize(
    "given", [(), ("",), ("a\x00",), ("a" * (MAX_CREDENTIAL + 1),), ("a", "a")]
)
def test_a_damaged_link_says_what_is_damaged(
    builder: Any, name: str, given: tuple[str, ...]
) -> None:
    """The person reads which part of the link is wrong, and where to begin again."""
    pairs = [*builder.asked(**{name: None}).items(), *((name, value) for value in given)]
    with pytest.raises(InvalidRequest) as caught:
        read(builder.parts, pairs)
    assert caught.value.message == (
        f"The link that brought you here is damaged: `{name}` is missing, repeated or not "
        "readable. Go back to your workflow builder and start again."
    )


def test_an_unknown_builder_is_called_unknown(builder: Any) -> None:
    """The person reads that it is not their fault, and who can mend it."""
    with pytest.raises(InvalidRequest) as caught:
        asked(builder, client_id="app_0000000000000000")
    assert caught.value.message == (
        "The workflow builder that sent you here is not known to this Unitwire. "
        "Whoever runs it can register it: `unitwire clients add`."
    )


def test_an_unregistered_address_is_called_so(builder: Any) -> None:
    """The person reads that nothing was sent there, and how it could be registered."""
    with pytest.raises(InvalidRequest) as caught:
        asked(builder, redirect_uri="https://evil.example/")
    assert caught.value.message == (
        "The address to which the answer should be sent is not registered for this workflow "
        "builder, so nothing was sent there. Whoever runs this Unitwire can register it: "
        "`unitwire clients add --redirect-uri`."
    )


def test_a_fault_knows_where_it_is_to_be_sent(builder: Any) -> None:
    """It carries the redirect URI and the state of its request, however long that may be."""
    found = fault(builder, response_type="token")
    assert (found.error, found.redirect_uri, found.state) == (
        "unsupported_response_type",
        REDIRECT_URI,
        "the state & more",
    )
    assert fault(builder, response_type="token", state=None).state is None
    longest = "s" * MAX_STATE
    assert fault(builder, response_type="token", state=longest).state == longest


@pytest.mark.parametrize("name", ["state", "other"])
def test_a_repeated_parameter_is_told_in_words(builder: Any, name: str) -> None:
    """RFC 6749 section 3.1 counts for unknown parameters too; a state in doubt is not sent back."""
    found = fault(builder, (name, "a"), (name, "a"))
    assert found.description == "A parameter is given more than once."
    assert found.state == (None if name == "state" else "the state & more")


@pytest.mark.parametrize(("name", "longest"), [("state", MAX_STATE), ("scope", MAX_CREDENTIAL)])
def test_a_parameter_at_its_length(builder: Any, name: str, longest: int) -> None:
    """The longest is taken, one more character is not; state may be longer than the others."""
    text = ("public.deal:write " + "x" * longest)[:longest]
    assert asked(builder, **{name: text}).parameters[name] == text
    told = fault(builder, **{name: text + "x"}).description
    assert told == f"The parameter {name} is too long or not readable."


def test_unknown_parameters_may_hold_anything(builder: Any) -> None:
    """What nobody reads cannot be wrong."""
    assert asked(builder, other="é\x00" + "x" * 9000) == asked(builder)


def test_what_may_be_granted_is_what_the_connection_holds(builder: Any, harbour: Session) -> None:
    """Of what is asked for, in its order; where nothing is left the client is told."""
    assert grantable(asked(builder), harbour) == ("public.contact:read", "public.deal:write")
    with pytest.raises(InvalidScopeError) as caught:
        grantable(asked(builder, scope="public.webhook_endpoint:write"), harbour)
    assert caught.value.redirect_uri == REDIRECT_URI
    assert caught.value.state == "the state & more"
    assert caught.value.description == "The connected Stora account has none of these scopes."


def test_a_consent_is_kept_with_all_that_bounds_it(builder: Any, harbour: Session) -> None:
    """Who may use the code, for whom, from where, for what, with which proof and until when."""
    with time_machine.travel(AT, tick=False):
        location = allow(builder.parts, asked(builder), harbour)
    code = dict(parse_qsl(urlsplit(location).query))["code"]
    (row,) = stage.rows(builder.parts, authorization_codes)
    assert row._asdict() | {"family_id": None, "spent_at": None} == {
        "code_hash": hash_token(code),
        "client_id": builder.client.id,
        "connection_id": builder.connection_id,
        "redirect_uri": REDIRECT_URI,
        "scopes": "public.contact:read public.deal:write",
        "code_challenge": builder.challenge,
        "created_at": AT * 1000,
        "expires_at": AT * 1000 + CODE_MS,
        "family_id": None,
        "spent_at": None,
    }
    entry = stage.rows(builder.parts, audit)[-1]
    assert (entry.actor, entry.action) == ("browser", "consent.given")
    assert (entry.subject, entry.connection_id) == (builder.client.id, builder.connection_id)


def test_a_refusal_is_kept_and_told(builder: Any, harbour: Session) -> None:
    """Who refused whom is written down; the client hears it with its state and the issuer."""
    location = refuse(builder.parts, asked(builder), harbour)
    assert dict(parse_qsl(urlsplit(location).query)) == {
        "app": "unitwire",
        "error": "access_denied",
        "error_description": "The operator refused the request.",
        "state": "the state & more",
        "iss": builder.parts.settings.origin,
    }
    entry = stage.rows(builder.parts, audit)[-1]
    assert (entry.actor, entry.action) == ("browser", "consent.refused")
    assert (entry.subject, entry.connection_id) == (builder.client.id, builder.connection_id)
