"""Secrets at rest: sealed, rotated, hashed."""

import stat
from pathlib import Path

import pytest

from connector.errors import SettingsError
from connector.settings import Settings
from connector.store.secrets import Vault, hash_token, new_key, open_vault, same


def test_what_is_sealed_can_be_opened_and_not_read() -> None:
    """A sealed text opens to itself and does not show it."""
    vault = Vault((new_key(),))
    sealed = vault.seal("hunter2")
    assert vault.open(sealed) == "hunter2"
    assert "hunter2" not in sealed


def test_keys_can_be_rotated() -> None:
    """A new first key seals, old ones still open, and resealing makes the old key needless."""
    old, new = new_key(), new_key()
    sealed = Vault((old,)).seal("x")
    both = Vault((new, old))
    moved = both.reseal(sealed)
    assert both.open(sealed) == "x"
    assert Vault((new,)).open(moved) == "x"
    with pytest.raises(SettingsError, match="UNITWIRE_SECRET_KEYS") as refused:
        Vault((new,)).open(sealed)
    told = "a stored secret opens with none of the keys. List the old key as well."
    assert str(refused.value).endswith(told)
    with pytest.raises(SettingsError, match="UNITWIRE_SECRET_KEYS"):
        Vault((new,)).reseal(sealed)


def test_a_malformed_key_is_refused_by_name() -> None:
    """A key that is no Fernet key stops the start and names the variable, not the key."""
    with pytest.raises(SettingsError, match="UNITWIRE_SECRET_KEYS") as refused:
        Vault(("not-a-key",))
    assert "not-a-key" not in str(refused.value)


def test_sqlite_keeps_its_own_key_beside_the_file(tmp_path: Path) -> None:
    """Without keys set, one is made beside the file, readable by its owner only, and kept."""
    settings = Settings(database_url=f"sqlite:///{tmp_path}/u.db")
    sealed = open_vault(settings).seal("x")
    assert open_vault(settings).open(sealed) == "x"
    mode = stat.S_IMODE((tmp_path / "u.db.keys").stat().st_mode)
    assert mode == 0o600


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A database in a folder that does not exist stops the start with the variable's name."""
    with pytest.raises(SettingsError, match="UNITWIRE_DATABASE_URL"):
        open_vault(Settings(database_url=f"sqlite:///{tmp_path}/no/u.db"))


def test_tokens_are_hashed_and_compared_whatever_they_hold() -> None:
    """Any text has a hash, and comparing never raises."""
    assert hash_token("é\ud800") != hash_token("é")
    assert same("é", "é")
    assert not same("é", "e")
    assert same("\ud800", "\ud800")
    assert not same("\ud800", "e")
