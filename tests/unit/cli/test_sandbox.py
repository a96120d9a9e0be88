"""`unitwire sandbox`: which webhook URLs it takes, by where it listens and by what it is told."""

from typing import Any

import pytest
from click.testing import CliRunner

from connector.cli import main, sandbox
from connector.sandbox.state import HOUSE
from connector.web import intake, server

LOOPBACK = "http://127.0.0.1:8080/hook"


class Listening:
    """A socket that only says where it listens."""

    def __init__(self, host: str) -> None:
        self._host = host

    def getsockname(self) -> tuple[str, int]:
        """Return host and port."""
        return self._host, 8090


@pytest.mark.parametrize(
    ("host", "flags", "taken"),
    [
        ("127.0.0.1", (), True),
        ("::1", (), True),
        ("127.0.0.1", ("--https-only",), False),
        ("0.0.0.0", (), False),  # noqa: S104  nothing is bound
        ("::", (), False),
        ("192.0.2.1", (), False),
        ("0.0.0.0", ("--allow-http-loopback",), True),  # noqa: S104  nothing is bound
    ],
)
def test_http_on_loopback_is_taken_where_only_this_machine_listens(
    monkeypatch: pytest.MonkeyPatch, host: str, flags: tuple[str, ...], taken: bool
) -> None:
    """Unless it is told otherwise; http:// to elsewhere never is, and the person is told."""
    answers: dict[str, int] = {}

    def serve(app: Any, _sock: Any) -> None:
        token = app.access.credentials(app.state.all(HOUSE, "operator")[0])["token"]
        for url in (LOOPBACK, "http://example.com/hook", "https://example.com/hook"):
            body = {
                "name": "Hook",
                "api_version": "2025-09",
                "url": url,
                "event_types": ["invoice.paid"],
            }
            headers = {"Authorization": f"Bearer {token}"}
            answer = app.test_client().post(
                "/2025-09/webhook_endpoints", json=body, headers=headers
            )
            answers[url] = answer.status_code

    monkeypatch.setattr(sandbox, "listen", lambda *_: Listening(host))
    monkeypatch.setattr(intake, "Intake", lambda app: app)
    monkeypatch.setattr(server, "serve", serve)
    done = CliRunner().invoke(main, ["sandbox", *flags])
    assert done.exit_code == 0, done.output
    assert list(answers.values()) == [201 if taken else 422, 422, 201]
    assert ("--https-only refuses" in done.output) is taken
