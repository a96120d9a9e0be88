"""The stage of the commands: `unitwire …`, run on the installation of a test."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from broker import broker, stora
from click.testing import CliRunner, Result

from connector.cli import main
from connector.settings import Settings

__all__ = ["broker", "stora"]

Run = Callable[..., Result]
Ask = Callable[..., Any]


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `unitwire …` on this test's installation."""
    monkeypatch.setenv("UNITWIRE_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("UNITWIRE_SECRET_KEYS", ",".join(settings.secret_keys))
    monkeypatch.setenv("UNITWIRE_STORA_API_URL", settings.stora_api_url)
    monkeypatch.setenv("UNITWIRE_RATE_LIMITS", str(settings.rate_limits).lower())
    return lambda *arguments, **more: CliRunner().invoke(main, arguments, **more)


@pytest.fixture
def ask(run: Run) -> Ask:
    """Run with --json and return what it printed."""

    def ask(*arguments: str) -> Any:
        result = run(*arguments, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    return ask
