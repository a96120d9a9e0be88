"""`unitwire serve`: under which address Unitwire is reached."""

from pathlib import Path

import pytest

from connector.cli.serve import reachable_at
from connector.settings import Settings

LISTENS = "http://127.0.0.1:9000"


def test_without_a_public_url_it_is_where_the_server_listens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On loopback; what everybody may reach has a name that the server does not know."""
    monkeypatch.delenv("UNITWIRE_PUBLIC_URL", raising=False)
    monkeypatch.setenv("UNITWIRE_PUBLIC_URL_FILE", "")
    assert reachable_at(Settings(), LISTENS).public_url == LISTENS
    assert reachable_at(Settings(), "http://192.0.2.1:9000") == Settings()


@pytest.mark.parametrize("in_file", [False, True])
def test_a_public_url_that_was_set_is_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, in_file: bool
) -> None:
    """Also one that is the same as the default, and one in a file."""
    file = tmp_path / "url"
    file.write_text(Settings.public_url)
    name = "UNITWIRE_PUBLIC_URL_FILE" if in_file else "UNITWIRE_PUBLIC_URL"
    monkeypatch.setenv(name, str(file) if in_file else Settings.public_url)
    settings = Settings.from_environment()
    assert reachable_at(settings, LISTENS) == settings
