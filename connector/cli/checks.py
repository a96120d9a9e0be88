"""What `unitwire doctor` looks at: each check says what it found and, if need be, how to mend it.

Nothing is changed by looking. The checks of `before` need settings and a store, the others an
installation whose tables are up to date.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import func, select

from connector.errors import SettingsError
from connector.flows.parts import Parts
from connector.flows.reach import Finding, probe
from connector.flows.reseal import sealed_columns
from connector.flows.vitals import measure
from connector.settings import Settings
from connector.store import schema
from connector.store.db import Store
from connector.store.tables import connections, upstream_endpoints

SOUND_SQLITE = (3, 51, 3)  # earlier ones can damage a database when its WAL is reset
FULL = 2  # PRAGMA synchronous, read back
NETWORK_FILE_SYSTEMS = frozenset(
    (
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre"),
        *("fuse.sshfs", "fuse.glusterfs"),
    )
)
DISK_WARN_BYTES, DISK_FAIL_BYTES = 1 << 30, 100 << 20


def before(settings: Settings, store: Store) -> Iterator[Finding]:
    """Check what is around the program: database and disk."""
    if settings.is_sqlite:
        file = Path(settings.database_url.removeprefix("sqlite:///")).absolute()
        yield disk(file.parent)
        yield file_system(file)
        yield from sqlite(store)
    else:
        yield from postgresql(store)
    yield tables(store)


def outside(parts: Parts) -> Iterator[Finding]:
    """Check the way to Stora and back, as the first run does: see flows.reach."""
    yield from probe(parts.settings, parts.vault)


def inside(parts: Parts) -> Iterator[Finding]:
    """Check what is kept: secrets, connections, what waits."""
    yield secrets(parts)
    yield from stora_accounts(parts)
    yield leftovers(parts)
    yield waiting(parts)


# ---- around the program ------------------------------------------------------------------------


def disk(folder: Path) -> Finding:
    """Check the room that is left for the SQLite file."""
    free = shutil.disk_usage(folder).free
    says = f"{free / 2**30:.1f} GiB free in {folder}."
    if free < DISK_FAIL_BYTES:
        return Finding(
            "disk", "fail", says, "Make room: with a full disk no event can be taken in."
        )
    if free < DISK_WARN_BYTES:
        return Finding("disk", "warn", says, "Make room soon, or lower UNITWIRE_RETENTION_DAYS.")
    return Finding("disk", "ok", says)


def file_system(file: Path, mounts: Path = Path("/proc/mounts")) -> Finding:
    """Check that the SQLite file is on a disk of this machine (WAL needs shared memory)."""
    kind = "unknown"
    if mounts.exists():
        found = (line.split()[1:3] for line in mounts.read_text().splitlines())
        under = [(place, kind) for place, kind in found if file.is_relative_to(place)]
        kind = max(under, key=lambda entry: len(entry[0]), default=("", kind))[1]
    if kind in NETWORK_FILE_SYSTEMS:
        return Finding(
            "file system",
            "fail",
            f"{file} is on a network file system ({kind}), where SQLite can be damaged.",
            "Move it to a local disk, or use PostgreSQL.",
        )
    return Finding("file system", "ok", f"{file} is on {kind}.")


def sqlite(store: Store) -> Iterator[Finding]:
    """Check SQLite's version and that its durable modes are on, as read back."""
    with store.read() as connection:
        read = connection.exec_driver_sql
        version = str(read("SELECT sqlite_version()").scalar_one())
        journal = str(read("PRAGMA journal_mode").scalar_one())
        synchronous = int(read("PRAGMA synchronous").scalar_one())
    if tuple(map(int, version.split("."))) < SOUND_SQLITE:
        yield Finding(
            "database",
            "warn",
            f"SQLite {version} has the WAL-reset fault (mended in 3.51.3): rare, but it can damage "
            "the file.",
            "Install the package pysqlite3, or use PostgreSQL; keep backups until then.",
        )
    else:
        yield Finding("database", "ok", f"SQLite {version}.")
    durable = journal == "wal" and synchronous == FULL
    yield Finding(
        "durability",
        "ok" if durable else "fail",
        f"journal_mode={journal}, synchronous={synchronous}.",
        "" if durable else "Put the file where SQLite can use WAL: a local, writable disk.",
    )


def postgresql(store: Store) -> Iterator[Finding]:
    """Check PostgreSQL's version and that commits are durable."""
    with store.read() as connection:
        version = str(connection.exec_driver_sql("SHOW server_version").scalar_one())
        commit = str(connection.exec_driver_sql("SHOW synchronous_commit").scalar_one())
        fsync = str(connection.exec_driver_sql("SHOW fsync").scalar_one())
    yield Finding("database", "ok", f"PostgreSQL {version}.")
    durable = commit != "off" and fsync == "on"
    yield Finding(
        "durability",
        "ok" if durable else "fail",
        f"synchronous_commit={commit}, fsync={fsync}.",
        "" if durable else "Set fsync=on: without it a power cut loses what was acknowledged.",
    )


def tables(store: Store) -> Finding:
    """Check that the tables have the version that this program needs."""
    there, needed = schema.current(store), schema.newest()
    if there == needed:
        return Finding("tables", "ok", f"Version {there}.")
    says = f"Version {there}, and this program needs {needed}." if there else "There are none yet."
    return Finding("tables", "fail", says, "Run `unitwire db upgrade`, or start `unitwire serve`.")


# ---- inside ------------------------------------------------------------------------------------


def secrets(parts: Parts) -> Finding:
    """Check that what is kept opens with the keys; one of each kind stands for all."""
    with parts.store.read() as connection:
        found = [
            connection.execute(select(column).where(column.is_not(None)).limit(1)).scalar()
            for column in sealed_columns()
        ]
    try:
        for sealed in filter(None, found):
            parts.vault.open(sealed)
    except SettingsError as problem:
        return Finding("secrets", "fail", str(problem), "List the old key as well, after the new.")
    return Finding("secrets", "ok", "What is kept opens with the keys.")


def stora_accounts(parts: Parts) -> Iterator[Finding]:
    """Check each connection that is not over."""
    with parts.store.read() as connection:
        rows = connection.execute(
            select(connections).where(connections.c.status != "revoked").order_by(connections.c.id)
        ).all()
    if not rows:
        yield Finding("connections", "warn", "No Stora account yet.", "Run `unitwire connect`.")
    for row in rows:
        says = f"{row.operator} ({row.id}) is {row.status}."
        if row.status == "active":
            yield Finding("connection", "ok", says)
        else:
            mend = f"Let the operator open {parts.settings.origin}/connect."
            yield Finding("connection", "fail", f"{says} {row.status_reason or ''}".strip(), mend)


def leftovers(parts: Parts) -> Finding:
    """Check whether something of ours is left in Stora that could not be removed."""
    with parts.store.read() as connection:
        count = connection.execute(
            select(func.count())
            .select_from(upstream_endpoints)
            .where(upstream_endpoints.c.status == "leftover")
        ).scalar_one()
    if count:
        says = f"{count} webhook endpoints are left over in Stora."
        return Finding("leftovers", "warn", says, "Run `unitwire sweep`.")
    return Finding("leftovers", "ok", "Nothing is left over in Stora.")


def waiting(parts: Parts) -> Finding:
    """Check that writes are taken and that what is due is being sent."""
    vitals = measure(parts)
    if vitals.problems:
        mend = "Start `unitwire serve` or `unitwire dispatch`; look at their logs."
        return Finding("dispatcher", "fail", " ".join(vitals.problems), mend)
    return Finding(
        "dispatcher", "ok", f"Nothing has waited longer than {vitals.oldest_due_s:.0f} s."
    )
