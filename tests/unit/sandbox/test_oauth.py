"""Tokens: exchange, refresh, client credentials, info, introspection, revocation."""

import base64
import re

import pytest
import time_machine

TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
SCOPES = "public.webhook_endpoint:read public.webhook_endpoint:write"


def refused(response, status, error):
    """Assert OAuth's error shape (RFC 6749 section 5.2)."""
    assert (response.status_code, response.json["error"]) == (status, error)
    assert response.json.keys() == {"error", "error_description"}
    assert response.headers["Cache-Control"] == "no-store"


def test_a_code_gives_the_documented_answer(hands):
    """The page's keys plus a refresh token; two hours; opaque tokens; never cached."""
    response = hands.exchange(hands.allow())

    answer = response.json
    assert answer.keys() == {
        "access_token",
        "token_type",
        "expires_in",
        "scope",
        "created_at",
        "refresh_token",
    }
    assert TOKEN.fullmatch(answer["access_token"])
    assert TOKEN.fullmatch(answer["refresh_token"])
    assert (answer["token_type"], answer["expires_in"], answer["scope"]) == ("Bearer", 7200, SCOPES)
    assert isinstance(answer["created_at"], int)
    assert response.headers["Cache-Control"] == "no-store"


def test_an_own_server_gives_its_credentials(hands):
    """Client credentials: the scopes asked for, no refresh token."""
    answer = hands.token(
        grant_type="client_credentials",
        client_id=hands.operator.client_id,
        client_secret=hands.operator.client_secret,
        scope="public.contact:write",
    ).json

    assert answer.keys() == {"access_token", "token_type", "expires_in", "scope", "created_at"}
    assert answer["scope"] == "public.contact:write"
    assert hands.info(answer["access_token"]).json["operator"] == {"name": "Harbour Self Storage"}


@pytest.mark.parametrize("scope", [None, "", "public.everything:read"])
def test_client_credentials_need_known_scopes(hands, scope):
    """`scope` is required."""
    response = hands.token(
        grant_type="client_credentials",
        client_id=hands.operator.client_id,
        client_secret=hands.operator.client_secret,
        scope=scope,
    )
    refused(response, 400, "invalid_scope")


def test_a_partner_has_no_client_credentials(hands):
    """Authorization code is the only flow that Stora accepts of partners."""
    response = hands.token(grant_type="client_credentials", scope="public.site:read")
    refused(response, 400, "unauthorized_client")


def test_the_client_may_prove_itself_by_basic(hands):
    """And parameters may be a form (RFC 6749 section 2.3.1)."""
    secret = base64.b64encode(b"partner-id:partner-secret").decode()
    response = hands.client.post(
        "/oauth2/token",
        data={"grant_type": "refresh_token", "refresh_token": hands.connect()["refresh_token"]},
        headers={"Authorization": f"Basic {secret}"},
    )
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_id": None}, 401, "invalid_client"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"client_id": "\ud800"}, 401, "invalid_client"),
        ({"client_secret": None}, 401, "invalid_client"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_secret": "wröng\ud800"}, 401, "invalid_client"),
        ({"client_id": "harbour-id", "client_secret": "harbour-secret"}, 400, "invalid_grant"),
        ({"grant_type": None}, 400, "unsupported_grant_type"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"code": None}, 400, "invalid_grant"),
        ({"code": "unknown"}, 400, "invalid_grant"),
        ({"code": "\ud800"}, 400, "invalid_grant"),
        ({"code": 5}, 400, "invalid_request"),
        ({"code": "c" * 8193}, 400, "invalid_request"),
        ({"redirect_uri": None}, 400, "invalid_grant"),
        ({"redirect_uri": "https://unitwire.example/other"}, 400, "invalid_grant"),
        ({"code_verifier": None}, 400, "invalid_grant"),
        ({"code_verifier": "w" * 43}, 400, "invalid_grant"),
        ({"code_verifier": "v" * 42}, 400, "invalid_grant"),
    ],
)
def test_a_bad_exchange_is_refused(hands, changes, status, error):
    """In OAuth's own error shape, whatever is wrong."""
    refused(hands.exchange(hands.allow(), **changes), status, error)


def test_a_verifier_without_a_challenge_is_refused(hands):
    """PKCE cannot be added afterwards (RFC 9700 section 2.1.1)."""
    code = hands.allow(code_challenge=None, code_challenge_method=None)
    refused(hands.exchange(code), 400, "invalid_grant")


def test_pkce_is_optional(hands):
    """As Stora has it."""
    code = hands.allow(code_challenge=None, code_challenge_method=None)
    assert hands.exchange(code, code_verifier=None).status_code == 200


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 401),
        (b'{"client_id":"a","client_id":"b"}', "application/json", 400),
        (b"client_id=a&client_id=b", "application/x-www-form-urlencoded", 400),
        (b"client_id=%ff", "application/x-www-form-urlencoded", 400),
        (b"a=1&" * 101, "application/x-www-form-urlencoded", 400),
        (b"x" * (1024 * 1024 + 1), "application/json", 413),
        (b"client_id=partner-id", "text/plain", 400),
    ],
)
@pytest.mark.parametrize("path", ["/oauth2/token", "/oauth2/revoke"])
def test_an_unreadable_request_is_refused(hands, path, body, content_type, status):
    """In OAuth's own error shape."""
    response = hands.client.post(path, data=body, content_type=content_type)

    assert response.status_code == status
    assert response.json.keys() == {"error", "error_description"}


@pytest.mark.parametrize("credentials", ["", "%%%", "w6k=", base64.b64encode(b"\xff").decode()])
def test_a_damaged_basic_header_is_refused(hands, credentials):
    """401, never a 5xx."""
    response = hands.client.post(
        "/oauth2/token", json={}, headers={"Authorization": f"Basic {credentials}"}
    )
    refused(response, 401, "invalid_client")


def test_a_code_is_good_once_and_its_reuse_ends_the_tokens(hands):
    """RFC 6749 section 4.1.2."""
    code = hands.allow()
    token = hands.exchange(code).json["access_token"]
    assert hands.info(token).status_code == 200

    refused(hands.exchange(code), 400, "invalid_grant")
    assert hands.info(token).status_code == 401


@pytest.mark.parametrize(("after_s", "status"), [(599, 200), (600, 400)])
def test_a_code_lives_ten_minutes(hands, after_s, status):
    """Up to, but not at, its end."""
    with time_machine.travel(1_740_000_000, tick=False) as clock:
        code = hands.allow()
        clock.shift(after_s)
        assert hands.exchange(code).status_code == status


@pytest.mark.parametrize(("after_s", "status"), [(7199, 200), (7200, 401)])
def test_an_access_token_lives_two_hours(hands, after_s, status):
    """The refresh token outlives it."""
    with time_machine.travel(1_740_000_000, tick=False) as clock:
        answer = hands.connect()
        clock.shift(after_s)
        assert hands.info(answer["access_token"]).status_code == status
        assert hands.refresh(answer["refresh_token"]).status_code == 200


def test_lifetimes_can_be_set(make, hands_on):
    """Tests need not wait two hours."""
    hands = hands_on(make(token_s=5, code_s=3).test_client())
    with time_machine.travel(1_740_000_000, tick=False) as clock:
        code = hands.allow()
        clock.shift(3)
        refused(hands.exchange(code), 400, "invalid_grant")
        answer = hands.connect()
        assert answer["expires_in"] == 5
        clock.shift(5)
        assert hands.info(answer["access_token"]).status_code == 401


def test_the_old_pair_dies_when_the_new_access_token_is_first_used(hands):
    """Until then a client whose answer got lost can refresh again (Doorkeeper's way)."""
    old = hands.connect()
    lost = hands.refresh(old["refresh_token"]).json
    new = hands.refresh(old["refresh_token"]).json
    assert len({old["refresh_token"], lost["refresh_token"], new["refresh_token"]}) == 3
    assert hands.info(old["access_token"]).status_code == 200

    assert hands.info(new["access_token"]).status_code == 200
    assert hands.info(old["access_token"]).status_code == 401
    refused(hands.refresh(old["refresh_token"]), 400, "invalid_grant")
    assert hands.refresh(new["refresh_token"]).status_code == 200


def test_a_refresh_may_narrow_but_not_widen(hands):
    """RFC 6749 section 6."""
    refresh_token = hands.connect()["refresh_token"]

    narrow = hands.refresh(refresh_token, scope="public.webhook_endpoint:read")
    assert narrow.json["scope"] == "public.webhook_endpoint:read"
    refused(hands.refresh(refresh_token, scope="public.contact:read"), 400, "invalid_scope")


@pytest.mark.parametrize("refresh_token", [None, "", "unknown", "\ud800", "r" * 513])
def test_a_bad_refresh_token_is_refused(hands, refresh_token):
    """`invalid_grant`: the operator has to authorise again."""
    refused(hands.refresh(refresh_token), 400, "invalid_grant")


def test_a_foreign_refresh_token_is_refused(hands):
    """It belongs to the application that it was given to."""
    refresh_token = hands.connect()["refresh_token"]
    response = hands.refresh(refresh_token, client_id="harbour-id", client_secret="harbour-secret")
    refused(response, 400, "invalid_grant")


def test_token_info_has_the_documented_shape(hands):
    """Scopes as a list, `expires_in` an epoch, the application's uid, the operator's name."""
    answer = hands.connect("hilltop")

    assert hands.info(answer["access_token"]).json == {
        "scope": SCOPES.split(),
        "expires_in": answer["created_at"] + 7200,
        "application": {"uid": "partner-id"},
        "created_at": answer["created_at"],
        "operator": {"name": "Hilltop Storage"},
    }
    assert hands.info(hands.operator.token).json["application"] is None
    assert hands.info("unknown").json["error"]["code"] == "invalid_token"


def test_introspection_has_the_documented_shape(hands):
    """Asked with another token of the same operator."""
    answer = hands.connect()

    def introspect(token, asker):
        return hands.client.post(
            "/oauth2/introspect", json={"token": token}, headers=hands.bearer(asker)
        )

    assert introspect(answer["access_token"], hands.operator.token).json == {
        "active": True,
        "scope": SCOPES,
        "client_id": "partner-id",
        "token_type": "Bearer",
        "exp": answer["created_at"] + 7200,
        "iat": answer["created_at"],
    }
    assert introspect("unknown", hands.operator.token).json == {"active": False}
    assert introspect(answer["access_token"], hands.stranger.token).json == {"active": False}
    assert introspect(answer["access_token"], "unknown").status_code == 401


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_revoking_either_token_ends_the_pair(hands, which):
    """RFC 7009 section 2.1; a second time and an unknown token are 200 as well."""
    answer = hands.connect()
    proof = {"client_id": "partner-id", "client_secret": "partner-secret"}

    for token in (answer[which], answer[which], "unknown", ""):
        response = hands.client.post("/oauth2/revoke", json=proof | {"token": token})
        assert (response.status_code, response.json) == (200, {})
    assert hands.info(answer["access_token"]).status_code == 401
    refused(hands.refresh(answer["refresh_token"]), 400, "invalid_grant")


def test_nobody_revokes_anothers_token(hands):
    """Neither an unknown client nor one that it was not given to."""
    token = hands.connect()["access_token"]
    other = {"client_id": "harbour-id", "client_secret": "harbour-secret", "token": token}

    assert hands.client.post("/oauth2/revoke", json=other).status_code == 200
    unknown = hands.client.post("/oauth2/revoke", json=other | {"client_secret": "wrong"})
    refused(unknown, 401, "invalid_client")
    assert hands.info(token).status_code == 200


def test_the_creator_tells_the_way_in(hands):
    """`app_…` for OAuth, `tok_…` for an access token; expanding it needs its own scope."""
    url = "https://example.com/hook"
    by_app = hands.listen(url, "deal.won", token=hands.connect()["access_token"])
    by_token = hands.listen(url, "deal.won")
    assert by_app["creator"]["id"].startswith("app_")
    assert by_token["creator"]["id"].startswith("tok_")

    path = f"{hands.endpoints}/{by_app['id']}?expand=creator"
    shown = hands.client.get(path, headers=hands.bearer()).json["endpoint"]
    assert shown["creator"] == by_app["creator"] | {"name": "Unitwire for Stora"}
    narrow = hands.bearer(hands.connect()["access_token"])
    assert hands.client.get(path, headers=narrow).status_code == 403
