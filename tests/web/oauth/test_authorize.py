"""An authorization request is judged before anybody is asked, and answered to the right one."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from connector.flows.authorise import MAX_STATE
from connector.flows.callers import MAX_CREDENTIAL

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
REDIRECT_URI = "https://zapier.com/oauth/return?app=unitwire"


def test_a_good_request_shows_the_consent_page(builder: Any) -> None:
    """RFC 6749 section 4.1.1: a complete request reaches the operator."""
    builder.sign_in()
    assert builder.ask().status_code == 200


VARIANTS = (
    "https://zapier.com/oauth/return",
    "https://zapier.com/oauth/return?app=unitwire&",
    "https://zapier.com/oauth/return?app=unitwire&x=1",
    "https://zapier.com/oauth/return?app=Unitwire",
    "https://zapier.com/oauth/return/?app=unitwire",
    "https://zapier.com/oauth/Return?app=unitwire",
    "https://zapier.com/oauth//return?app=unitwire",
    "https://zapier.com/oauth/./return?app=unitwire",
    "https://zapier.com/x/../oauth/return?app=unitwire",
    "https://zapier.com/oauth/return%3Fapp=unitwire",
    "https://zapier.com/oauth/%72eturn?app=unitwire",
    "https://zapier.com:443/oauth/return?app=unitwire",
    "https://zapier.com:8443/oauth/return?app=unitwire",
    "https://zapier.com./oauth/return?app=unitwire",
    "https://ZAPIER.com/oauth/return?app=unitwire",
    "https://zapier.com.evil.example/oauth/return?app=unitwire",
    "https://evil.example/oauth/return?app=unitwire",
    "https://zapier.com@evil.example/oauth/return?app=unitwire",
    "https://evil.example\\@zapier.com/oauth/return?app=unitwire",
    "http://zapier.com/oauth/return?app=unitwire",
    "HTTPS://zapier.com/oauth/return?app=unitwire",
    "https://zapier.com/oauth/return?app=unitwire#",
    "//zapier.com/oauth/return?app=unitwire",
    " https://zapier.com/oauth/return?app=unitwire",
    "https://zapier.com/oauth/return?app=unitwire\n",
    "javascript:alert(1)",
    "data:text/html,x",
    "",
)


@pytest.mark.parametrize("uri", VARIANTS)
def test_a_redirect_uri_matches_character_for_character(builder: Any, uri: str) -> None:
    """RFC 9700 section 2.1: no near miss of the registered URI is ever redirected to."""
    builder.sign_in()
    for answer in (builder.ask(redirect_uri=uri), builder.decide(redirect_uri=uri)):
        assert answer.status_code == 400
        assert "Location" not in answer.headers
        assert answer.mimetype == "text/html"


@pytest.mark.parametrize(
    "client_id", [None, "", "app_0000000000000000", "app_\x00", "é", "a" * 3000]
)
def test_an_unknown_client_never_redirects(builder: Any, client_id: str | None) -> None:
    """RFC 6749 section 3.1.2.4: without a known client the person is told, nobody else."""
    answer = builder.ask(client_id=client_id)
    assert answer.status_code == 400
    assert "Location" not in answer.headers


def test_a_revoked_client_never_redirects(builder: Any) -> None:
    """A client that was revoked is an unknown one."""
    from connector.flows.clients import revoke_client

    revoke_client(builder.parts, builder.client.id)
    assert builder.ask().status_code == 400


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_a_repeated_address_never_redirects(builder: Any, name: str) -> None:
    """When the client or its URI is given twice, it is in doubt where an answer should go."""
    asked = builder.asked()
    answer = builder.open(urlencode([*asked.items(), (name, asked[name])]))
    assert answer.status_code == 400
    assert "Location" not in answer.headers


@pytest.mark.parametrize(
    "name", ["response_type", "scope", "state", "code_challenge", "code_challenge_method", "other"]
)
def test_a_repeated_parameter_is_an_error(
    builder: Any, brought: Callable[..., dict[str, str]], name: str
) -> None:
    """RFC 6749 section 3.1: parameters must not be included more than once, not even equal ones."""
    asked = builder.asked() | {"other": "x"}
    told = brought(builder.open(urlencode([*asked.items(), (name, asked[name])])))
    assert told["error"] == "invalid_request"
    assert told.get("state") == (None if name == "state" else asked["state"])


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": ""}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code token"}, "unsupported_response_type"),
        ({"scope": "public.invoice:read"}, "invalid_scope"),
        ({"scope": "*"}, "invalid_scope"),
        ({"scope": "x" * (MAX_CREDENTIAL + 1)}, "invalid_request"),
        ({"scope": "public.contact:read\x00"}, "invalid_request"),
        ({"scope": "público"}, "invalid_request"),
    ],
)
def test_other_faults_are_told_to_the_client(
    builder: Any, brought: Callable[..., dict[str, str]], changes: dict[str, str], error: str
) -> None:
    """RFC 6749 section 4.1.2.1: error, description and the exact state go to the redirect URI."""
    told = brought(builder.ask(**changes))
    assert told["error"] == error
    assert told["error_description"]
    assert told["state"] == "the state & more"
    assert "code" not in told


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge": None},
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge": ""},
        {"code_challenge_method": None},
        {"code_challenge_method": ""},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": "s256"},
        {"code_challenge_method": "S512"},
        {"code_challenge": "a" * 42},
        {"code_challenge": "a" * 44},
        {"code_challenge": "a" * 42 + "="},
        {"code_challenge": "a" * 42 + "+"},
        {"code_challenge": "a" * 128},
    ],
)
@pytest.mark.parametrize("public", [False, True])
def test_pkce_is_required_with_s256(
    make_builder: Any,
    brought: Callable[..., dict[str, str]],
    changes: dict[str, str],
    public: bool,
) -> None:
    """RFC 7636 section 4.4.1: no challenge, `plain` or a method left out is an invalid request."""
    builder = make_builder(public=public)
    assert brought(builder.ask(**changes))["error"] == "invalid_request"


def test_a_platform_that_cannot_do_pkce_may_leave_it_out(make_builder: Any) -> None:
    """`--no-pkce` lets a confidential client leave PKCE out, altogether only."""
    builder = make_builder(pkce=False)
    builder.sign_in()
    assert builder.ask(code_challenge=None, code_challenge_method=None).status_code == 200
    assert builder.ask().status_code == 200
    assert builder.ask(code_challenge=None).status_code == 303
    assert builder.ask(code_challenge_method=None).status_code == 303
    assert builder.ask(code_challenge_method="plain").status_code == 303


@pytest.mark.parametrize(
    ("state", "echoed"),
    [
        ("s" * MAX_STATE, True),
        ("s" * (MAX_STATE + 1), False),
        ("a+b c%20&=#é"[:-1], True),
        ("é", False),
        ("a\x00b", False),
        ("a\r\nSet-Cookie: x=y", False),
    ],
)
def test_state_comes_back_exactly_or_not_at_all(
    builder: Any, brought: Callable[..., dict[str, str]], state: str, echoed: bool
) -> None:
    """RFC 6749 section 4.1.2: the exact state returns; what cannot be a state is an error."""
    builder.sign_in()
    told = brought(builder.decide(state=state))
    if echoed:
        assert told["state"] == state
        assert told["code"]
    else:
        assert "state" not in told
        assert told["error"] == "invalid_request"


def test_without_state_none_comes_back(builder: Any, brought: Callable[..., Any]) -> None:
    """State is recommended to clients, not demanded of them: PKCE protects as well."""
    builder.sign_in()
    assert "state" not in brought(builder.decide(state=None))


def test_an_empty_parameter_counts_as_absent(builder: Any) -> None:
    """RFC 6749 section 3.1: a parameter without a value is treated as omitted."""
    builder.sign_in()
    assert "See contacts" in builder.ask(scope="").text


def test_unknown_parameters_are_ignored(builder: Any) -> None:
    """RFC 6749 section 3.1: unrecognised parameters change nothing."""
    builder.sign_in()
    query = urlencode(builder.asked() | {"prompt": "none", "response_mode": "fragment"})
    assert builder.open(query).status_code == 200


@pytest.mark.parametrize(
    "query", ["%FF=%FF", "a" * 8193, "client_id=%C3%28", "&".join(["a=b"] * 51)]
)
def test_a_query_that_cannot_be_read_is_told_to_the_person(builder: Any, query: str) -> None:
    """Bytes that are no text, and more than 8 KiB or 50 parameters, get a page and no redirect."""
    answer = builder.open(query)
    assert answer.status_code == 400
    assert "Location" not in answer.headers


def test_the_issuer_comes_with_every_answer(
    builder: Any, brought: Callable[..., dict[str, str]]
) -> None:
    """RFC 9207 section 2: `iss` is in the success and in the error answers."""
    builder.sign_in()
    origin = builder.parts.settings.origin
    assert brought(builder.decide("allow"))["iss"] == origin
    assert brought(builder.decide("refuse"))["iss"] == origin
    assert brought(builder.ask(response_type="token"))["iss"] == origin


@pytest.mark.parametrize("port", ["", ":1", ":49152", ":65535"])
@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost"])
def test_a_native_app_may_use_any_loopback_port(make_builder: Any, host: str, port: str) -> None:
    """RFC 8252 section 7.3: the port of a public client's loopback URI is its own choice."""
    builder = make_builder(public=True, redirect_uris=[f"http://{host}:3000/callback"])
    assert builder.client.takes(f"http://{host}{port}/callback")
    assert not builder.client.takes(f"http://{host}{port}/other")
    assert not builder.client.takes(f"https://{host}{port}/callback")
    assert not builder.client.takes(f"http://{host}{port}.evil.example/callback")
    assert not builder.client.takes(f"http://user@{host}{port}/callback")


def test_a_confidential_client_has_no_free_port(make_builder: Any) -> None:
    """The exception is for native apps: a server's redirect URI has one port."""
    builder = make_builder(redirect_uris=["http://127.0.0.1:3000/callback"])
    assert builder.client.takes("http://127.0.0.1:3000/callback")
    assert not builder.client.takes("http://127.0.0.1:3001/callback")


def test_an_https_redirect_uri_has_no_free_port(make_builder: Any) -> None:
    """A public client's https URI is matched whole."""
    builder = make_builder(public=True, redirect_uris=["https://app.example/cb"])
    assert not builder.client.takes("https://app.example:8443/cb")


def test_the_authorize_page_has_no_cors(builder: Any) -> None:
    """RFC 9700 section 2.6: scripts of other sites must not read the authorization endpoint."""
    builder.sign_in()
    query = quote("x")
    answer = builder.browser.get(
        f"/oauth2/authorize?{urlencode(builder.asked())}&y={query}",
        headers={"Origin": "https://evil.example"},
        base_url="http://127.0.0.1:8080",
    )
    assert not [name for name, _ in answer.headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"response_type": None}, "The parameter response_type is missing."),
        ({"response_type": "token"}, "Only response_type=code is supported."),
        (
            {"code_challenge": None},
            "PKCE is required: the parameter code_challenge is missing.",
        ),
        (
            {"code_challenge_method": "plain"},
            "The parameter code_challenge_method must be S256.",
        ),
        (
            {"code_challenge": "a" * 42},
            "The parameter code_challenge is not a SHA-256 in base64url.",
        ),
        ({"scope": "public.unknown:read"}, "The client may ask for none of these scopes."),
        ({"scope": "a\x01"}, "The parameter scope is too long or not readable."),
    ],
)
def test_each_fault_is_told_in_its_own_words(
    builder: Any, brought: Callable[..., dict[str, str]], changes: dict[str, str], told: str
) -> None:
    """RFC 6749 section 4.1.2.1: `error_description` helps the client's developer."""
    assert brought(builder.ask(**changes))["error_description"] == told


def test_a_redirect_uri_without_a_query_gets_one(builder: Any) -> None:
    """RFC 6749 section 4.1.2: the answer is the query of the redirect URI."""
    from connector.flows.authorise import answer

    url = answer(builder.parts, "https://zapier.com/cb", {"code": "c"}, "s")
    assert url == "https://zapier.com/cb?code=c&state=s&iss=http%3A%2F%2F127.0.0.1%3A8080"
