"""Secrets at rest: sealed, rotated, hashed."""

import hashlib
import hmac
import stat
from pathlib import Path

import pytest

from connector.errors import SettingsError
from connector.settings import Settings
from connector.store.secrets import Vault, hash_token, keys_of, new_key, open_vault, same


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
    with pytest.raises(SettingsError) as refused:
        Vault((new,)).reseal(sealed)
    assert str(refused.value) == f"UNITWIRE_SECRET_KEYS: {told}"


def test_what_is_under_the_first_key_is_left_as_it_is() -> None:
    """Resealing makes no new text where nothing would be gained."""
    vault = Vault((new_key(), new_key()))
    sealed = vault.seal("x")
    assert vault.reseal(sealed) == sealed


def test_what_was_opened_is_remembered_within_bounds() -> None:
    """A secret is decrypted once for many events, and 4,096 are kept at most."""
    vault = Vault((new_key(),))
    sealed = vault.seal("x")
    assert [vault.open(sealed), vault.open(sealed)] == ["x", "x"]
    assert vault._open.cache_info()[:3] == (1, 1, 4096)


def test_an_installation_proves_itself_with_its_keys() -> None:
    """The answer is made with the first key, and taken from whoever holds any of them."""
    old, new, other = new_key(), new_key(), new_key()
    answer = hmac.new(old.encode(), b"challenge \xc3\xa9", hashlib.sha256).hexdigest()
    assert Vault((old,)).prove("é") == answer
    rotated = Vault((new, old))
    assert rotated.prove("é") != answer
    assert rotated.proves("é", answer)
    assert rotated.proves("é", rotated.prove("é"))
    assert not rotated.proves("e", answer)
    assert not Vault((other, new)).proves("é", answer)


def test_a_malformed_key_is_refused_by_name() -> None:
    """A key that is no Fernet key stops the start and names the variable, not the key."""
    with pytest.raises(SettingsError, match="UNITWIRE_SECRET_KEYS") as refused:
        Vault(("not-a-key",))
    assert str(refused.value) == (
        "UNITWIRE_SECRET_KEYS: a key is not 32 bytes in URL-safe base64. "
        "Make one with `unitwire keys new`."
    )


def test_sqlite_keeps_its_own_key_beside_the_file(tmp_path: Path) -> None:
    """Without keys set, one is made beside the file, readable by its owner only, and kept."""
    settings = Settings(database_url=f"sqlite:///{tmp_path}/u.db")
    sealed = open_vault(settings).seal("x")
    assert open_vault(settings).open(sealed) == "x"
    mode = stat.S_IMODE((tmp_path / "u.db.keys").stat().st_mode)
    assert mode == 0o600
    (kept,) = keys_of(settings)
    assert (tmp_path / "u.db.keys").read_text() == f"{kept}\n"


def test_keys_may_be_added_to_the_file(tmp_path: Path) -> None:
    """A key in front of the one that was made seals from then on, and both open."""
    settings = Settings(database_url=f"sqlite:///{tmp_path}/u.db")
    (made,), added = keys_of(settings), new_key()
    (tmp_path / "u.db.keys").write_text(f"{added}\n{made}\n")
    assert keys_of(settings) == (added, made)


def test_keys_that_are_set_leave_no_file(tmp_path: Path) -> None:
    """Where keys are given, they are the keys, and none is made beside the database."""
    keys = (new_key(), new_key())
    settings = Settings(database_url=f"sqlite:///{tmp_path}/u.db", secret_keys=keys)
    assert keys_of(settings) == keys
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A database in a folder that does not exist stops the start with the variable's name."""
    with pytest.raises(SettingsError) as refused:
        open_vault(Settings(database_url=f"sqlite:///{tmp_path}/no/u.db"))
    told = "UNITWIRE_DATABASE_URL: cannot write beside the file: [Errno 2] "
    assert str(refused.value).startswith(told)


def test_tokens_are_hashed_and_compared_whatever_they_hold() -> None:
    """Any text has its SHA-256, and comparing never raises."""
    assert hash_token("é") == hashlib.sha256(b"\xc3\xa9").hexdigest()
    assert hash_token("é\ud800") != hash_token("é")
    assert same("é", "é")
    assert not same("é", "e")
    assert same("\ud800", "\ud800")
    assert not same("\ud800", "e")
