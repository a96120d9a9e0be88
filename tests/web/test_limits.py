"""How often one caller may ask, over HTTP, and paths that no database may see."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from connector.settings import Settings
from connector.web import limits

HOSTILE = ("%00", "we_%00", "%ED%A0%80", "%2e%2e%2f", "x" * 129, "%20", "é")


class TestLimited:
    """With the limits on."""

    @pytest.fixture
    def settings(self, make_settings: Callable[..., Settings]) -> Settings:
        """An installation that counts."""
        return make_settings(rate_limits=True)

    @pytest.mark.parametrize(
        ("method", "path", "headers"),
        [
            ("GET", "/oauth2/token/info", {}),
            ("POST", "/oauth2/token", {}),
            ("GET", "/2025-09/deliveries", {"Authorization": "Bearer x"}),
            ("GET", "/connect", {}),
        ],
    )
    def test_one_request_more_than_allowed_is_429(
        self,
        client: FlaskClient,
        monkeypatch: pytest.MonkeyPatch,
        method: str,
        path: str,
        headers: dict[str, str],
    ) -> None:
        """The last permitted request is answered, the next is told when to come back."""
        for name in ("API_LIMIT", "OAUTH_LIMIT", "PEOPLE_LIMIT"):
            monkeypatch.setattr(limits, name, "3/minute")

        def ask() -> Any:
            return client.open(path, method=method, headers=headers)

        assert 429 not in [ask().status_code for _ in range(3)]
        refused = ask()
        assert refused.status_code == 429
        assert "Wait" in refused.get_data(as_text=True)
        assert 1 <= int(refused.headers["Retry-After"]) <= 61

    def test_stora_and_watchers_are_not_counted(
        self, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Webhooks and health checks are never refused for being many."""
        monkeypatch.setattr(limits, "PEOPLE_LIMIT", "1/minute")
        assert {client.post("/hooks/stora/we_x").status_code for _ in range(5)} == {404}
        assert {client.get("/healthz").status_code for _ in range(5)} == {200}


def with_names(app: Flask) -> list[Rule]:
    """Return the routes that have an id or a name in their path."""
    return [rule for rule in app.url_map.iter_rules() if rule.arguments - {"filename"}]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_path_makes_any_route_fail(app: Flask, client: FlaskClient, hostile: str) -> None:
    """Every route with a name in its path answers what cannot be a name without failing."""
    rules = with_names(app)
    assert len(rules) > 10
    for rule in rules:
        path = rule.rule
        for argument in rule.arguments:
            path = path.replace(f"<{argument}>", hostile)
        for method in rule.methods or ():
            assert client.open(path, method=method).status_code < 500, (method, path)
