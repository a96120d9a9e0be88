"""Backup, restore, move: everything that Unitwire keeps, as one file or in another database.

A backup is an SQLite file with all rows of one moment, from either kind of database, made while
everything goes on. It holds secrets only sealed: without the keys, which belong elsewhere, it opens
nothing.
"""

import os
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.exc import DatabaseError

from connector.errors import Conflict, InvalidRequest
from connector.flows.parts import Parts
from connector.flows.reseal import sealed_columns
from connector.settings import Settings
from connector.store import schema, transfer
from connector.store.catch_up import catch_up
from connector.store.db import Store, sqlite_driver
from connector.store.secrets import Vault, keys_of

VERSION = "SELECT version_num FROM alembic_version"


def backup(parts: Parts, file: Path) -> dict[str, int]:
    """Write everything into the new `file`, readable by its owner only; return the counts.

    It has its name only once it is whole. Raises Conflict if there is such a file, and
    InvalidRequest where none can be made.
    """
    part = file.with_name(f".{file.name}.part")
    try:
        if file.exists():
            raise Conflict(f"{file} exists. A backup never replaces a file.")
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as problem:
        raise InvalidRequest(f"{file} cannot be written: {problem.strerror}.") from None
    with closing(Store(Settings(database_url=f"sqlite:///{part.absolute()}"))) as target:
        schema.upgrade(target)
        with transfer.snapshot(parts.store) as source, target.begin() as into:
            copied = transfer.copy(source, into)
        whole = target.bare_connection()
        whole.execute("PRAGMA journal_mode=DELETE")  # one file, without another beside it
        whole.close()
    part.rename(file)
    return copied


def check(vault: Vault, file: Path) -> dict[str, int]:
    """Look whether `file` can be restored with these keys; return its counts.

    Raises InvalidRequest for what is no backup, is damaged or of another version, and SettingsError
    for a secret that none of the keys opens.
    """
    engine = opened(file)
    try:
        with engine.connect() as connection:
            damage = connection.execute(text("PRAGMA integrity_check")).scalar_one()
            version = connection.execute(text(VERSION)).scalar_one()
            if damage != "ok":
                raise InvalidRequest(f"{file} is damaged: {damage}")
            if version != schema.newest():
                raise InvalidRequest(
                    f"{file} is of version {version}, this program of {schema.newest()}. "
                    "Restore it with the program that made it, then update."
                )
            for column in sealed_columns():
                for sealed in connection.execute(select(column).where(column.is_not(None))):
                    vault.open(sealed[0])
            return transfer.counts(connection)
    except DatabaseError:
        raise InvalidRequest(f"{file} is not a backup of Unitwire.") from None
    finally:
        engine.dispose()


def restore(parts: Parts, file: Path) -> dict[str, int]:
    """Put everything from `file` into the installation's database, which must be empty.

    Return the counts. Raises what `check` raises, and Conflict.
    """
    check(parts.vault, file)
    engine = opened(file)
    try:
        with engine.connect() as source, parts.store.begin() as target:
            return transfer.copy(source, target)
    finally:
        engine.dispose()


def move(parts: Parts, url: str) -> dict[str, int]:
    """Move everything to the empty database at `url`; return the counts.

    Most is copied while all goes on. For the rest nobody may write, and what Stora sends waits, or
    is answered 503 and sent again; here nothing is taken in ever after: every process has to be
    started anew with the new address. Raises Conflict; then nothing was changed.
    """
    settings = replace(parts.settings, database_url=url, secret_keys=keys_of(parts.settings))
    with closing(Store(settings)) as target, ExitStack() as hold:
        schema.upgrade(target)
        with target.begin() as into:
            transfer.be_patient(into)
            with transfer.snapshot(parts.store) as source:
                transfer.copy(source, into)
            source = hold.enter_context(transfer.held(parts.store))
            copied = catch_up(source, into)
        transfer.retire(source)  # only now is the copy durable
    return copied


def opened(file: Path) -> Engine:
    """Return an engine that only reads `file`; raises InvalidRequest if there is none."""
    if not file.is_file():
        raise InvalidRequest(f"There is no file {file}.")
    path = quote(str(file.absolute()))
    return create_engine(f"sqlite:///file:{path}?mode=ro&uri=true", module=sqlite_driver())
