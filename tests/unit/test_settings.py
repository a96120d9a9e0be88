"""Settings: where they come from, and what stops the start."""

import re
from pathlib import Path

import pytest

from connector.errors import SettingsError
from connector.settings import Settings, table


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run with no UNITWIRE_ variable of this machine."""
    import os

    for name in list(os.environ):
        if name.startswith("UNITWIRE_"):
            monkeypatch.delenv(name)


def test_defaults_are_complete() -> None:
    """With nothing set, everything runs on one SQLite file and Stora's public address."""
    settings = Settings.from_environment()
    assert settings.is_sqlite
    assert settings.token_url == "https://public-api.stora.co/oauth2/token"
    assert settings.authorize_url == "https://public-api.stora.co/oauth2/authorize"


def test_variables_are_read_by_type(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers, switches and lists are read as such."""
    monkeypatch.setenv("UNITWIRE_RETENTION_DAYS", "7")
    monkeypatch.setenv("UNITWIRE_RATE_LIMITS", "false")
    monkeypatch.setenv("UNITWIRE_ALLOW_TARGETS", "10.0.0.0/8, 192.168.1.0/24")
    settings = Settings.from_environment()
    assert settings.retention_days == 7
    assert settings.rate_limits is False
    assert settings.allow_targets == ("10.0.0.0/8", "192.168.1.0/24")


def test_a_file_holds_a_value(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """UNITWIRE_X_FILE reads X from a file, without the closing newline."""
    file = tmp_path / "id"
    file.write_text("app_1\n")
    monkeypatch.setenv("UNITWIRE_STORA_CLIENT_ID_FILE", str(file))
    monkeypatch.setenv("UNITWIRE_STORA_CLIENT_SECRET", "s")
    assert Settings.from_environment().stora_client_id == "app_1"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://x/y"),
        ("DATABASE_URL", "sqlite://relative"),
        ("DATABASE_URL", "postgresql://u@h/d"),
        ("SECRET_KEY", "misspelled"),
        ("RETENTION_DAYS", "0"),
        ("RETENTION_DAYS", "3651"),
        ("RETENTION_DAYS", "seven"),
        ("RETRY_HOURS", "193"),
        ("ATTEMPT_TIMEOUT", "61"),
        ("MAX_BODY_BYTES", "16383"),
        ("TRUSTED_PROXIES", "9"),
        ("RATE_LIMITS", "perhaps"),
        ("PUBLIC_URL", "http://unitwire.example.com"),
        ("PUBLIC_URL", "https://unitwire.example.com/path"),
        ("PUBLIC_URL", "https://user:secret@unitwire.example.com"),
        ("PUBLIC_URL", "unitwire.example.com"),
        ("STORA_API_URL", "http://public-api.stora.co"),
        ("STORA_API_URL", "https://[broken"),
        ("ALLOW_TARGETS", "10.0.0.1/8"),
        ("ALLOW_TARGETS", "0.0.0.0/0"),
        ("ALLOW_TARGETS", "169.254.0.0/16"),
        ("ALLOW_TARGETS", "example.com"),
        ("LOG_LEVEL", "chatty"),
        ("STORA_CLIENT_SECRET", "alone"),
        ("DATABASE_URL_FILE", "/does/not/exist"),
        ("DATABASE_URL", "postgresql:"),
        ("DATABASE_URL", "postgresql:/host/name"),
    ],
)
def test_a_wrong_value_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """Each wrong or unsafe value is refused by the variable's name."""
    monkeypatch.setenv(f"UNITWIRE_{name}", value)
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment()
    variable = f"UNITWIRE_{name}"
    asks_for_keys = value.startswith("postgresql://") and "UNITWIRE_SECRET_KEYS" in str(
        refused.value
    )
    assert str(refused.value).count(variable) == 1 or asks_for_keys


@pytest.mark.parametrize("name", ["PUBLIC_URL", "STORA_API_URL"])
@pytest.mark.parametrize("in_file", [False, True])
def test_an_address_that_is_needed_is_not_empty(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, in_file: bool
) -> None:
    """An empty one is refused by name, with the address that leaving it out means."""
    file = tmp_path / "url"
    file.write_text("\n")
    variable = f"UNITWIRE_{name}"
    monkeypatch.setenv(f"{variable}_FILE" if in_file else variable, str(file) if in_file else "")
    default = getattr(Settings, name.lower())
    with pytest.raises(SettingsError, match=f"^{variable}: it is empty: .*{re.escape(default)}"):
        Settings.from_environment()


@pytest.mark.parametrize("name", ["STORA_AUTHORIZE_URL", "STORA_TOKEN_URL", "STORA_CLIENT_ID"])
def test_what_is_empty_by_default_may_be_set_so(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """An empty variable is as one left out where nothing is the default."""
    monkeypatch.setenv(f"UNITWIRE_{name}", "")
    assert Settings.from_environment() == Settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RETENTION_DAYS", 1),
        ("RETENTION_DAYS", 3650),
        ("RETRY_HOURS", 192),
        ("ATTEMPT_TIMEOUT", 60),
        ("MAX_BODY_BYTES", 16384),
        ("PUBLIC_URL", "http://localhost:1"),
        ("PUBLIC_URL", "http://[::1]:8080/"),
    ],
)
def test_the_limits_themselves_pass(
    monkeypatch: pytest.MonkeyPatch, name: str, value: object
) -> None:
    """The last permitted value of a range is permitted."""
    monkeypatch.setenv(f"UNITWIRE_{name}", str(value))
    assert getattr(Settings.from_environment(), name.lower()) == value


def test_every_setting_has_help() -> None:
    """The generated table has a sentence for each setting."""
    assert all(variable.startswith("UNITWIRE_") and len(help) > 10 for variable, _, help in table())


def test_printing_settings_shows_no_secret() -> None:
    """Keys, the client secret and the database's password are left out of the text."""
    settings = Settings(
        database_url="postgresql://u:hunter2@h/d",
        secret_keys=("k3y",),
        stora_client_id="id",
        stora_client_secret="s3cret",
    )
    assert not any(word in repr(settings) for word in ("hunter2", "k3y", "s3cret"))
