"""The token and revocation endpoints: how parameters come in and how a client proves itself."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
import stage

from connector.flows.callers import MAX_CREDENTIAL
from connector.store.tables import tokens

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def basic(client_id: str, secret: str) -> dict[str, str]:
    """Return the header of client_secret_basic."""
    pair = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


def grant(builder: Any) -> dict[str, str]:
    """Return the parameters of a good exchange, without the client."""
    return {
        "grant_type": "authorization_code",
        "code": builder.code(),
        "redirect_uri": builder.redirect_uri,
        "code_verifier": builder.verifier,
    }


def test_parameters_may_come_as_json(builder: Any) -> None:
    """Stora's own token endpoint takes JSON, so this one does as well."""
    given = grant(builder) | {"client_id": builder.client.id, "client_secret": builder.secret}
    given |= {"scope": None, "other": 5}
    assert builder.server.post("/oauth2/token", json=given).status_code == 200


def test_a_client_proves_itself_by_basic(builder: Any) -> None:
    """RFC 6749 section 2.3.1: HTTP Basic is supported."""
    header = basic(builder.client.id, builder.secret)
    answer = builder.post("/oauth2/token", grant(builder), headers=header)
    assert answer.status_code == 200


def test_a_client_proves_itself_in_the_body(builder: Any) -> None:
    """RFC 6749 section 2.3.1: credentials in the body are supported."""
    assert builder.exchange(builder.code()).status_code == 200


def test_a_public_client_has_nothing_to_prove(make_builder: Any) -> None:
    """A public client gives its id alone; PKCE protects it. An empty secret is none."""
    builder = make_builder(public=True)
    assert builder.secret is None
    assert builder.exchange(builder.code()).status_code == 200
    assert builder.exchange(builder.code(), client_secret="").status_code == 200


def test_a_public_client_with_a_secret_is_refused(
    make_builder: Any, refused: Callable[..., None]
) -> None:
    """What a public client sends as its secret cannot be right."""
    builder = make_builder(public=True)
    refused(builder.exchange(builder.code(), client_secret="x"), "invalid_client", 401)


def test_two_ways_at_once_are_refused(builder: Any, refused: Callable[..., None]) -> None:
    """RFC 6749 section 2.3: one authentication method in each request."""
    header = basic(builder.client.id, builder.secret)
    for extra in ({"client_secret": builder.secret}, {"client_id": "app_0000000000000000"}):
        answer = builder.post("/oauth2/token", grant(builder) | extra, headers=header)
        refused(answer, "invalid_request")


@pytest.mark.parametrize("secret", [None, "", "wrong", "a" * 43, "a" * MAX_CREDENTIAL])
def test_a_client_without_its_secret_is_refused(
    builder: Any, refused: Callable[..., None], secret: str | None
) -> None:
    """RFC 6749 section 3.2.1: a confidential client must authenticate, for both grants."""
    given = builder.connect()
    refused(builder.exchange(builder.code(), client_secret=secret), "invalid_client", 401)
    refused(builder.refresh(given["refresh_token"], client_secret=secret), "invalid_client", 401)
    refused(builder.revoke(given["refresh_token"], client_secret=secret), "invalid_client", 401)
    assert builder.refresh(given["refresh_token"]).status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        "Basic",
        "Basic ",
        "Basic %%%",
        "Basic " + base64.b64encode(b"\xff\xfe:\xff").decode(),
        "Basic " + base64.b64encode(b":").decode(),
        "Basic " + base64.b64encode(b"app_\x00:x").decode(),
        "Basic " + base64.b64encode("app_é:x".encode()).decode(),
        "Basic " + base64.b64encode(b"nocolon").decode(),
        "Basic " + "A" * MAX_CREDENTIAL,
        "Bearer abc",
        "Digest username=x",
    ],
)
def test_a_bad_header_is_answered_with_a_challenge(
    builder: Any, refused: Callable[..., None], header: str
) -> None:
    """RFC 6749 section 5.2: 401 with WWW-Authenticate for the scheme; no header makes a 5xx."""
    answer = builder.post("/oauth2/token", grant(builder), headers={"Authorization": header})
    refused(answer, "invalid_client", 401)
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="Unitwire"'


@pytest.mark.parametrize("grant_type", ["password", "client_credentials", "implicit", "token", "é"])
def test_other_grants_are_not_supported(
    builder: Any, refused: Callable[..., None], grant_type: str
) -> None:
    """RFC 9700 sections 2.1.2 and 2.4: no implicit and no password grant."""
    error = "invalid_request" if grant_type == "é" else "unsupported_grant_type"
    refused(builder.token(grant_type=grant_type, username="u", password="p"), error)


@pytest.mark.parametrize("missing", ["grant_type", "code", "redirect_uri", "client_id"])
def test_a_missing_parameter_is_an_invalid_request(
    builder: Any, refused: Callable[..., None], missing: str
) -> None:
    """RFC 6749 section 5.2, also for one that is there without a value (section 3.2)."""
    for value in (None, ""):
        answer = builder.exchange(builder.code(), **{missing: value})
        refused(answer, "invalid_request")
        assert missing in answer.json["error_description"]


def test_a_missing_refresh_token_is_an_invalid_request(
    builder: Any, refused: Callable[..., None]
) -> None:
    """RFC 6749 section 6: the refresh token is required."""
    refused(builder.token(grant_type="refresh_token"), "invalid_request")
    refused(
        builder.post(
            "/oauth2/revoke", {"client_id": builder.client.id, "client_secret": builder.secret}
        ),
        "invalid_request",
    )


@pytest.mark.parametrize("name", ["grant_type", "code", "client_id", "other"])
def test_a_repeated_body_parameter_is_an_error(
    builder: Any, refused: Callable[..., None], name: str
) -> None:
    """RFC 6749 section 3.2: no parameter more than once, in forms and in JSON."""
    form = "grant_type=authorization_code&code=c&client_id=i&other=o"
    kind = "application/x-www-form-urlencoded"
    doubled = builder.server.post("/oauth2/token", data=f"{form}&{name}=x", content_type=kind)
    refused(doubled, "invalid_request")
    text = f'{{"grant_type": "authorization_code", "{name}": "x", "{name}": "x"}}'
    doubled = builder.server.post("/oauth2/token", data=text, content_type="application/json")
    refused(doubled, "invalid_request")


@pytest.mark.parametrize("path", ["/oauth2/token", "/oauth2/revoke"])
def test_credentials_in_the_url_are_refused(
    builder: Any, refused: Callable[..., None], path: str
) -> None:
    """RFC 6749 section 2.3.1: parameters with secrets must not be in the URI."""
    given = grant(builder) | {"client_id": builder.client.id, "token": "x"}
    for query in (f"client_secret={builder.secret}", "x=y"):
        answer = builder.post(f"{path}?{query}", given | {"client_secret": builder.secret})
        refused(answer, "invalid_request")
    assert stage.rows(builder.parts, tokens) == []


READ = ("application/json", "application/x-www-form-urlencoded")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", ""),
        (b"", "application/json"),
        (b"[]", "application/json"),
        (b"null", "application/json"),
        (b'{"grant_type": NaN}', "application/json"),
        (b"{" * 100_000, "application/json"),
        (b"[" * 100_000, "application/json"),
        (b"\xff\xfe", "application/json"),
        (b'{"grant_type": 5}', "application/json"),
        (b'{"grant_type": {"a": 1}}', "application/json"),
        (b'{"grant_type": "a\\u0000"}', "application/json"),
        (b'{"grant_type": "\\ud800"}', "application/json"),
        (b"grant_type=%00", "application/x-www-form-urlencoded"),
        (b"grant_type=%ff", "application/x-www-form-urlencoded"),
        (b"grant_type=\xff", "application/x-www-form-urlencoded"),
        (b"&".join([b"a=b"] * 51), "application/x-www-form-urlencoded"),
        (b"grant_type=authorization_code", "text/plain"),
        (b"grant_type=authorization_code", "multipart/form-data; boundary=x"),
    ],
)
@pytest.mark.parametrize("path", ["/oauth2/token", "/oauth2/revoke"])
def test_a_body_that_cannot_be_read_is_an_invalid_request(
    builder: Any, refused: Callable[..., None], path: str, body: bytes, kind: str
) -> None:
    """RFC 6749 section 5.2: 400 in OAuth's own shape; only another content type is 415."""
    answer = builder.server.post(path, data=body, content_type=kind)
    assert answer.status_code in ((400, 415) if kind not in READ else (400,))
    refused(answer, "invalid_request", answer.status_code)


@pytest.mark.parametrize(
    ("size", "status"), [(16_384, "invalid_grant"), (16_385, "invalid_request")]
)
def test_a_form_has_16_kib(
    builder: Any, refused: Callable[..., None], size: int, status: str
) -> None:
    """The cap, on both sides."""
    form = (
        f"grant_type=refresh_token&refresh_token=x&client_id={builder.client.id}"
        f"&client_secret={builder.secret}&other="
    )
    answer = builder.server.post(
        "/oauth2/token",
        data=form + "o" * (size - len(form)),
        content_type="application/x-www-form-urlencoded",
    )
    refused(answer, status, 413 if size > 16_384 else 400)


@pytest.mark.parametrize("name", ["code", "refresh_token", "client_secret", "token", "client_id"])
def test_a_credential_has_2_kib(builder: Any, refused: Callable[..., None], name: str) -> None:
    """Nothing longer is looked at."""
    longest, longer = "a" * MAX_CREDENTIAL, "a" * (MAX_CREDENTIAL + 1)
    assert "too long" not in builder.token(grant_type="refresh_token", **{name: longest}).text
    answer = builder.token(grant_type="refresh_token", **{name: longer})
    refused(answer, "invalid_request")
    assert "too long" in answer.json["error_description"]


@pytest.mark.parametrize("path", ["/oauth2/token", "/oauth2/revoke"])
def test_only_post_is_taken(builder: Any, path: str) -> None:
    """RFC 6749 section 3.2: the client must use POST."""
    assert builder.server.get(path).status_code == 405
    assert builder.server.put(path).status_code == 405


def test_answers_and_refusals_hold_no_secret(builder: Any) -> None:
    """What was sent is never sent back."""
    canary = "canary-" + "c" * 36
    for name in ("code", "client_secret", "client_id", "grant_type", "scope", "code_verifier"):
        assert canary not in builder.exchange("x", **{name: canary}).text


def test_a_revoked_client_is_unknown(builder: Any, refused: Callable[..., None]) -> None:
    """A client that was revoked can do nothing, and all its tokens stop."""
    from connector.flows.clients import revoke_client

    given = builder.connect()
    revoke_client(builder.parts, builder.client.id)
    refused(builder.refresh(given["refresh_token"]), "invalid_client", 401)
    assert not builder.works(given["access_token"])
