"""Secrets at rest: what must be used again is sealed, what must be recognised is hashed.

Sealing is Fernet (AES-128-CBC with HMAC-SHA256) under a list of keys: the first seals, all open,
so that keys can be rotated without a pause.
Tokens have 256 random bits, so a plain SHA-256 is enough to keep and find them; passwords, for
which it would not be, do not exist here.
"""

import hashlib
import hmac
import os
from functools import lru_cache
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from connector.errors import SettingsError
from connector.settings import Settings, refuse


class Vault:
    """Seals and opens texts with the installation's keys."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        try:
            fernets = [Fernet(key) for key in keys]
            self._fernet = MultiFernet(fernets)
        except ValueError:
            raise refuse(
                "secret_keys",
                "a key is not 32 bytes in URL-safe base64. Make one with `unitwire keys new`.",
            ) from None
        self._first = fernets[0]
        self._keys = keys
        # Opening costs 50 µs and the same secret is needed for every event of an endpoint.
        self._open = lru_cache(maxsize=4096)(self._decrypt)

    def seal(self, text: str) -> str:
        """Return `text` encrypted with the first key."""
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """Return the text of `sealed`; raises SettingsError if no key opens it."""
        return self._open(sealed)

    def prove(self, challenge: str) -> str:
        """Return what only this installation can answer to a challenge: its HMAC-SHA256, in hex."""
        return _answer(self._keys[0], challenge)

    def proves(self, challenge: str, proof: str) -> bool:
        """Whether `proof` was made by an installation with one of these keys."""
        return any(same(_answer(key, challenge), proof) for key in self._keys)

    def reseal(self, sealed: str) -> str:
        """Return the same secret under the first key, where it may be already; `open`'s errors."""
        try:
            self._first.decrypt(sealed.encode())
        except InvalidToken:
            pass
        else:
            return sealed
        try:
            return self._fernet.rotate(sealed.encode()).decode()
        except InvalidToken:
            raise unknown_key() from None

    def _decrypt(self, sealed: str) -> str:
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise unknown_key() from None


def _answer(key: str, challenge: str) -> str:
    return hmac.digest(key.encode(), f"challenge {challenge}".encode(), "sha256").hex()


def unknown_key() -> SettingsError:
    """Return the error for a secret that was sealed with a key that is no longer listed."""
    return refuse(
        "secret_keys", "a stored secret opens with none of the keys. List the old key as well."
    )


def new_key() -> str:
    """Return a new key for UNITWIRE_SECRET_KEYS."""
    return Fernet.generate_key().decode()


def open_vault(settings: Settings) -> Vault:
    """Return the vault of the installation.

    With SQLite and no keys set, a key is made and kept beside the file (`FILE.keys`, readable by
    its owner only). Raises SettingsError where keys are missing or wrong.
    """
    return Vault(keys_of(settings))


def keys_of(settings: Settings) -> tuple[str, ...]:
    """Return the keys that are set, or those of the file, which is made if there is none.

    Raises SettingsError if it cannot be.
    """
    if settings.secret_keys:
        return settings.secret_keys
    keys_file = Path(settings.database_url.removeprefix("sqlite:///") + ".keys")
    try:
        descriptor = os.open(keys_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    except OSError as problem:
        raise refuse("database_url", f"cannot write beside the file: {problem}.") from None
    else:
        with os.fdopen(descriptor, "w") as file:
            file.write(new_key() + "\n")
            file.flush()
            os.fsync(file.fileno())
    return tuple(keys_file.read_text().split())


def hash_token(token: str) -> str:
    """Return the SHA-256 of `token` in hexadecimal, under which it is kept and found."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def same(left: str, right: str) -> bool:
    """Compare two texts in constant time, on bytes."""
    return hmac.compare_digest(
        left.encode("utf-8", "surrogatepass"), right.encode("utf-8", "surrogatepass")
    )
