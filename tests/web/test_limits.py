"""How often one caller may ask, over HTTP, and paths that no database may see."""

from collections.abc import Callable
from typing import Any

import pytest
from clock import Clock
from flask import Flask
from flask.testing import FlaskClient
from stage import UPSTREAM_SECRET, connect, listen, rows
from werkzeug.routing import Rule

from connector import create_app, world
from connector.flows.parts import Parts
from connector.flows.personal_tokens import add_token
from connector.settings import Settings
from connector.stora.signature import HEADER, sign
from connector.store.rates import Rate
from connector.store.tables import rates, refusals
from connector.web import limits

HOSTILE = ("%00", "we_%00", "%ED%A0%80", "%2e%2e%2f", "x" * 129, "%20", "é")


class TestLimited:
    """With the limits on, and low."""

    @pytest.fixture
    def settings(self, make_settings: Callable[..., Settings]) -> Settings:
        """An installation that counts, behind one proxy."""
        return make_settings(rate_limits=True, trusted_proxies=1)

    @pytest.fixture(autouse=True)
    def low(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Three a minute, of each."""
        monkeypatch.setattr(limits, "PEOPLE", Rate(3, 60))
        monkeypatch.setattr(limits, "FAILURES", Rate(3, 60))

    @pytest.mark.parametrize(
        ("method", "path", "headers"),
        [
            ("GET", "/oauth2/token/info", {}),
            ("POST", "/oauth2/token", {}),
            ("POST", "/oauth2/revoke", {}),
            ("GET", "/2025-09/deliveries", {"Authorization": "Bearer x"}),
            ("GET", "/connect", {}),
            ("GET", "/", {}),
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
        monkeypatch.setattr(limits, "API_LIMIT", "3/minute")
        monkeypatch.setattr(limits, "PAGES_LIMIT", "3/minute")

        def ask() -> Any:
            return client.open(path, method=method, headers=headers)

        assert 429 not in [ask().status_code for _ in range(3)]
        refused = ask()
        assert refused.status_code == 429
        assert "Wait" in refused.get_data(as_text=True)
        assert 1 <= int(refused.headers["Retry-After"]) <= 61
        assert refused.headers["X-Content-Type-Options"] == "nosniff"

    def test_retry_after_is_honest(self, client: FlaskClient, clock: Clock) -> None:
        """A second before the moment that was told is too early, that moment is not."""
        while (refused := client.get("/login")).status_code != 429:
            pass
        clock.sleep(int(refused.headers["Retry-After"]) - 1.5)
        assert client.get("/login").status_code == 429
        clock.sleep(1.5)
        assert client.get("/login").status_code != 429

    @pytest.mark.parametrize("path", ["/oauth2/token", "/hooks/stora/we_x"])
    def test_a_window_begins_anew(self, client: FlaskClient, clock: Clock, path: str) -> None:
        """After the window as many are allowed as before it."""
        for _ in range(2):
            statuses = [client.post(path).status_code for _ in range(5)]
            assert [status == 429 for status in statuses] == [False] * 3 + [True] * 2
            clock.sleep(61)

    def test_a_clock_that_was_ahead_keeps_nobody_out(
        self, client: FlaskClient, clock: Clock
    ) -> None:
        """A window that some process's wrong clock began ends with the first right one."""
        clock.sleep(86_400)
        client.get("/login")
        clock.sleep(-86_400)
        assert [client.get("/login").status_code == 429 for _ in range(4)] == [False] * 3 + [True]

    def test_whoever_is_over_costs_no_statement(
        self, parts: Parts, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A flood is refused from memory: the count stays at one above the limit."""
        assert [client.get("/login").status_code for _ in range(50)][-1] == 429
        assert [row.count for row in rows(parts, rates)] == [4]

    def test_good_webhooks_pay_nothing(self, parts: Parts, client: FlaskClient) -> None:
        """They are not counted, and are taken from an address whose forgeries are refused."""
        connect(parts)
        listen(parts)

        def send(event_id: str, secret: str = UPSTREAM_SECRET) -> int:
            body = b'{"event": {"id": "%s", "type": "invoice.paid"}}' % event_id.encode()
            signed = {HEADER: sign(secret, body, world.now_ms() // 1000)}
            return client.post("/hooks/stora/we_1", data=body, headers=signed).status_code

        assert {send(f"evt_{number}") for number in range(10)} == {200}
        assert rows(parts, rates) == []
        assert [send("evt_forged", "f" * 64) for _ in range(6)] == [401] * 3 + [429] * 3
        assert send("evt_good") == 200
        assert [row.count for row in rows(parts, refusals)] == [4]  # a flood is noted no further

    @pytest.mark.parametrize("path", ["/2025-09/deliveries", "/oauth2/token/info", "/mcp"])
    def test_tokens_that_are_made_up_are_refused_together(
        self, client: FlaskClient, path: str
    ) -> None:
        """Another token each time is the same stranger; a good one from there is served."""
        statuses = [
            client.open(
                path,
                method="POST" if path == "/mcp" else "GET",
                headers={"Authorization": f"Bearer made-up-{number}"},
            ).status_code
            for number in range(5)
        ]
        assert statuses == [401] * 3 + [429] * 2

    def test_a_good_token_is_served_beside_made_up_ones(
        self, parts: Parts, client: FlaskClient
    ) -> None:
        """Who shares an address with a stranger is not kept out for what that one does."""
        _, token = add_token(parts, connection_id=connect(parts))
        for number in range(5):
            made_up = {"Authorization": f"Bearer made-up-{number}"}
            last = client.get("/2025-09/deliveries", headers=made_up)
        assert last.status_code == 429
        good = {"Authorization": f"Bearer {token}"}
        assert client.get("/2025-09/deliveries", headers=good).status_code == 200

    @pytest.mark.parametrize("path", ["/errors", "/.well-known/oauth-authorization-server"])
    def test_a_made_up_header_makes_nobody_another_caller(
        self, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, path: str
    ) -> None:
        """Where no route judges it, the address counts."""
        monkeypatch.setattr(limits, "API_LIMIT", "3/minute")
        monkeypatch.setattr(limits, "PAGES_LIMIT", "3/minute")
        statuses = [
            client.get(path, headers={"Authorization": f"x{number}"}).status_code
            for number in range(5)
        ]
        assert 429 not in statuses[:3]
        assert statuses[3:] == [429] * 2

    def test_health_is_not_counted(self, client: FlaskClient) -> None:
        """Health checks are never refused for being many."""
        assert {client.get("/healthz").status_code for _ in range(10)} == {200}

    @pytest.mark.parametrize(
        ("first", "second", "same"),
        [
            ("203.0.113.7", "203.0.113.7", True),
            ("203.0.113.7", "203.0.113.8", False),
            ("203.0.113.7", "::ffff:203.0.113.7", True),
            ("203.0.113.7:4711", "203.0.113.7:4712", True),
            ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
            ("2001:db8:1:2::1", "[2001:db8:1:2::2]:443", True),
            ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
            ("unknown", "hidden", False),
        ],
    )
    def test_who_is_one_caller(
        self, client: FlaskClient, first: str, second: str, same: bool
    ) -> None:
        """An IPv4 address, however written; an IPv6 address with its whole /64."""
        for _ in range(4):
            last = client.get("/login", headers={"X-Forwarded-For": first})
        assert last.status_code == 429
        other = client.get("/login", headers={"X-Forwarded-For": second})
        assert (other.status_code == 429) is same

    def test_only_the_trusted_proxys_word_counts(self, client: FlaskClient) -> None:
        """What the client itself put into X-Forwarded-For does not make it another caller."""
        statuses = [
            client.get("/login", headers={"X-Forwarded-For": f"198.51.100.{n}, 203.0.113.7"})
            for n in range(4)
        ]
        assert statuses[-1].status_code == 429


def test_without_a_proxy_nobody_chooses_an_address(
    make_settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    """With no trusted proxy X-Forwarded-For is not looked at."""
    monkeypatch.setattr(limits, "PEOPLE", Rate(3, 60))
    app = create_app(make_settings(rate_limits=True))
    client = app.test_client()
    answers = [
        client.get("/login", headers={"X-Forwarded-For": f"203.0.113.{n}"}) for n in range(4)
    ]
    app.extensions["unitwire"].close()
    assert answers[-1].status_code == 429


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
