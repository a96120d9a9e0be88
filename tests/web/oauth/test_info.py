"""Token info, the builders' connection test; and the metadata document."""

from typing import Any

import pytest
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata

from connector.flows.personal_tokens import add_token
from connector.settings import Settings

ISSUER = "https://unitwire.example.com"


def test_info_has_storas_shape_and_the_connection(builder: Any) -> None:
    """Stora page "Retrieve info for the access token"; `expires_in` is a moment."""
    given = builder.connect()
    answer = builder.info(given["access_token"])
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json == {
        "scope": sorted(given["scope"].split()),
        "expires_in": given["created_at"] + 7200,
        "application": {"uid": builder.client.id},
        "created_at": given["created_at"],
        "operator": {"name": "Harbour Self Storage"},
        "connection": builder.connection_id,
    }


def test_info_of_a_personal_token_names_the_token(builder: Any) -> None:
    """A script has no application: its token's own id stands there."""
    token_id, token = add_token(builder.parts, connection_id=builder.connection_id)
    told = builder.info(token).json
    assert told["application"] == {"uid": token_id}
    assert told["expires_in"] is None


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer x", "Basic eDp4", "Bearer a b", "Bearer " + "a" * 3000]
)
def test_info_refuses_in_storas_error_object(builder: Any, header: str | None) -> None:
    """RFC 6750 section 3.1: 401 names an error only if a token came; the body is Stora's."""
    headers = {} if header is None else {"Authorization": header}
    answer = builder.server.get("/oauth2/token/info", headers=headers)
    assert answer.status_code == 401
    assert answer.json["error"]["code"] == "invalid_token"
    sent = header is not None and header.startswith("Bearer ")
    told = 'Bearer error="invalid_token"' if sent else "Bearer"
    assert answer.headers["WWW-Authenticate"] == told


def test_a_token_in_the_url_is_not_looked_at(builder: Any) -> None:
    """RFC 9700 section 4.3.2: tokens come in the header only."""
    token = builder.connect()["access_token"]
    assert builder.server.get(f"/oauth2/token/info?access_token={token}").status_code == 401


class TestMetadata:
    """RFC 8414."""

    pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

    @pytest.fixture
    def settings(self, make_settings: Any) -> Settings:
        """An installation with a public address."""
        made: Settings = make_settings(public_url=f"{ISSUER}/")
        return made

    def test_the_document_is_valid_and_complete(self, builder: Any) -> None:
        """RFC 8414 section 2: all required members, as Authlib's model checks them."""
        answer = builder.server.get("/.well-known/oauth-authorization-server")
        assert answer.status_code == 200
        assert answer.mimetype == "application/json"
        AuthorizationServerMetadata(answer.json).validate()
        assert answer.json["code_challenge_methods_supported"] == ["S256"]
        assert answer.json["response_types_supported"] == ["code"]
        assert answer.json["grant_types_supported"] == ["authorization_code", "refresh_token"]
        assert "public.webhook_endpoint:write" in answer.json["scopes_supported"]

    def test_the_issuer_comes_from_the_setting_only(self, builder: Any) -> None:
        """RFC 8414 section 3.3: the issuer is the URL it came from, whatever `Host` claims."""
        answer = builder.server.get(
            "/.well-known/oauth-authorization-server",
            headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"},
        )
        assert answer.json["issuer"] == ISSUER
        assert "evil" not in answer.text

    def test_the_issuer_parameter_is_announced(self, builder: Any) -> None:
        """RFC 9207 section 3: clients learn that `iss` always comes."""
        document = builder.server.get("/.well-known/oauth-authorization-server").json
        assert document["authorization_response_iss_parameter_supported"] is True

    def test_introspection_is_not_offered(self, builder: Any) -> None:
        """Nobody but Unitwire has to judge its tokens, so there is no introspection."""
        document = builder.server.get("/.well-known/oauth-authorization-server").json
        assert not [name for name in document if "introspection" in name]
        assert builder.server.post("/oauth2/introspect").status_code == 404

    def test_the_cookie_is_tied_to_the_host(self, builder: Any) -> None:
        """With https the cookie is `__Host-`, Secure, HttpOnly, Lax: no neighbour can plant one."""
        from connector.flows.sessions import login_link

        link = login_link(builder.parts, builder.connection_id)
        assert link.startswith(f"{ISSUER}/login?code=")
        answer = builder.server.get(link.removeprefix(ISSUER))
        [cookie] = answer.headers.getlist("Set-Cookie")
        assert cookie.startswith("__Host-unitwire=")
        for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
            assert part in cookie.split("; ")
        assert "Domain" not in cookie
