"""What `unitwire doctor` looks at: each check says what it found and, if need be, how to mend it.

Nothing is changed by looking. The checks of `before` need settings only, those of `inside` an
installation whose tables are up to date.
"""

import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import requests
from sqlalchemy import func, select

from connector import world
from connector.errors import SettingsError
from connector.flows.parts import Parts
from connector.flows.reseal import sealed_columns
from connector.flows.vitals import measure
from connector.settings import Settings, is_loopback, variable_of
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
TIMEOUT_S = 5.0
CLOCK_WARN_S = 5.0
DISK_WARN_BYTES, DISK_FAIL_BYTES = 1 << 30, 100 << 20


@dataclass(frozen=True)
class Check:
    """One finding; `mend` says what to do about it."""

    name: str
    status: Literal["ok", "warn", "fail"]
    says: str
    mend: str = ""

    def document(self) -> dict[str, str]:
        """Return it for JSON."""
        return asdict(self)


def before(settings: Settings, store: Store) -> Iterator[Check]:
    """Check what is around the program: database, disk, clock, public address."""
    if settings.is_sqlite:
        file = Path(settings.database_url.removeprefix("sqlite:///")).absolute()
        yield disk(file.parent)
        yield file_system(file)
        yield from sqlite(store)
    else:
        yield from postgresql(store)
    yield tables(store)
    yield clock(settings)
    yield from public_url(settings)


def inside(parts: Parts) -> Iterator[Check]:
    """Check what is kept: secrets, connections, what waits."""
    yield secrets(parts)
    yield from stora_accounts(parts)
    yield leftovers(parts)
    yield waiting(parts)


# ---- around the program ------------------------------------------------------------------------


def disk(folder: Path) -> Check:
    """Check the room that is left for the SQLite file."""
    free = shutil.disk_usage(folder).free
    says = f"{free / 2**30:.1f} GiB free in {folder}."
    if free < DISK_FAIL_BYTES:
        return Check("disk", "fail", says, "Make room: with a full disk no event can be taken in.")
    if free < DISK_WARN_BYTES:
        return Check("disk", "warn", says, "Make room soon, or lower UNITWIRE_RETENTION_DAYS.")
    return Check("disk", "ok", says)


def file_system(file: Path, mounts: Path = Path("/proc/mounts")) -> Check:
    """Check that the SQLite file is on a disk of this machine (WAL needs shared memory)."""
    kind = "unknown"
    if mounts.exists():
        found = (line.split()[1:3] for line in mounts.read_text().splitlines())
        under = [(place, kind) for place, kind in found if file.is_relative_to(place)]
        kind = max(under, key=lambda entry: len(entry[0]), default=("", kind))[1]
    if kind in NETWORK_FILE_SYSTEMS:
        return Check(
            "file system",
            "fail",
            f"{file} is on a network file system ({kind}), where SQLite can be damaged.",
            "Move it to a local disk, or use PostgreSQL.",
        )
    return Check("file system", "ok", f"{file} is on {kind}.")


def sqlite(store: Store) -> Iterator[Check]:
    """Check SQLite's version and that its durable modes are on, as read back."""
    with store.read() as connection:
        read = connection.exec_driver_sql
        version = str(read("SELECT sqlite_version()").scalar_one())
        journal = str(read("PRAGMA journal_mode").scalar_one())
        synchronous = int(read("PRAGMA synchronous").scalar_one())
    if tuple(map(int, version.split("."))) < SOUND_SQLITE:
        yield Check(
            "database",
            "warn",
            f"SQLite {version} has the WAL-reset fault (mended in 3.51.3): rare, but it can damage "
            "the file.",
            "Install the package pysqlite3, or use PostgreSQL; keep backups until then.",
        )
    else:
        yield Check("database", "ok", f"SQLite {version}.")
    durable = journal == "wal" and synchronous == FULL
    yield Check(
        "durability",
        "ok" if durable else "fail",
        f"journal_mode={journal}, synchronous={synchronous}.",
        "" if durable else "Put the file where SQLite can use WAL: a local, writable disk.",
    )


def postgresql(store: Store) -> Iterator[Check]:
    """Check PostgreSQL's version and that commits are durable."""
    with store.read() as connection:
        version = str(connection.exec_driver_sql("SHOW server_version").scalar_one())
        commit = str(connection.exec_driver_sql("SHOW synchronous_commit").scalar_one())
        fsync = str(connection.exec_driver_sql("SHOW fsync").scalar_one())
    yield Check("database", "ok", f"PostgreSQL {version}.")
    durable = commit != "off" and fsync == "on"
    yield Check(
        "durability",
        "ok" if durable else "fail",
        f"synchronous_commit={commit}, fsync={fsync}.",
        "" if durable else "Set fsync=on: without it a power cut loses what was acknowledged.",
    )


def tables(store: Store) -> Check:
    """Check that the tables have the version that this program needs."""
    there, needed = schema.current(store), schema.newest()
    if there == needed:
        return Check("tables", "ok", f"Version {there}.")
    says = f"Version {there}, and this program needs {needed}." if there else "There are none yet."
    return Check("tables", "fail", says, "Run `unitwire db upgrade`, or start `unitwire serve`.")


def clock(settings: Settings) -> Check:
    """Compare this machine's clock with the one that signs webhooks, Stora's."""
    answer = get(settings.stora_api_url)
    try:
        theirs = parsedate_to_datetime(answer.headers["Date"]) if answer is not None else None
    except (KeyError, ValueError):
        theirs = None
    if theirs is None:
        return Check(
            "Stora",
            "warn",
            f"{settings.stora_api_url} does not answer.",
            f"Let this machine reach it, or mend {variable_of('stora_api_url')}.",
        )
    # The header has whole seconds, so half of one is added for what it cut off.
    apart = abs(world.now_ms() / 1000 - theirs.timestamp() - 0.5)
    says = f"{settings.stora_api_url} answers; the clocks are {apart:.0f} s apart."
    mend = "Keep this machine's clock right (NTP): webhooks signed too long ago are refused."
    if apart >= settings.signature_tolerance:
        return Check("Stora", "fail", says, mend)
    return (
        Check("Stora", "warn", says, mend) if apart > CLOCK_WARN_S else Check("Stora", "ok", says)
    )


def public_url(settings: Settings) -> Iterator[Check]:
    """Check that Unitwire answers under its public address, and that others can reach it."""
    answer = get(f"{settings.origin}/healthz")
    if answer is not None and answer.status_code == requests.codes.ok:
        yield Check("public URL", "ok", f"{settings.origin} answers.")
    else:
        yield Check(
            "public URL",
            "fail",
            f"{settings.origin} does not answer.",
            f"Start `unitwire serve`, or mend {variable_of('public_url')} or the proxy.",
        )
    host = urlsplit(settings.origin).hostname or ""
    if is_loopback(host):
        yield Check(
            "public URL",
            "warn",
            "Only this machine can reach it.",
            f"Set {variable_of('public_url')} to an https address for Stora and the builders.",
        )


def get(url: str) -> requests.Response | None:
    """Return the answer to a GET of `url`, None if there is none."""
    with requests.Session() as session:
        session.trust_env = False
        try:
            return session.get(url, timeout=TIMEOUT_S, allow_redirects=False)
        except requests.RequestException:
            return None


# ---- inside ------------------------------------------------------------------------------------


def secrets(parts: Parts) -> Check:
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
        return Check("secrets", "fail", str(problem), "List the old key as well, after the new.")
    return Check("secrets", "ok", "What is kept opens with the keys.")


def stora_accounts(parts: Parts) -> Iterator[Check]:
    """Check each connection that is not over."""
    with parts.store.read() as connection:
        rows = connection.execute(
            select(connections).where(connections.c.status != "revoked").order_by(connections.c.id)
        ).all()
    if not rows:
        yield Check("connections", "warn", "No Stora account yet.", "Run `unitwire connect`.")
    for row in rows:
        says = f"{row.operator} ({row.id}) is {row.status}."
        if row.status == "active":
            yield Check("connection", "ok", says)
        else:
            mend = f"Let the operator open {parts.settings.origin}/connect."
            yield Check("connection", "fail", f"{says} {row.status_reason or ''}".strip(), mend)


def leftovers(parts: Parts) -> Check:
    """Check whether something of ours is left in Stora that could not be removed."""
    with parts.store.read() as connection:
        count = connection.execute(
            select(func.count())
            .select_from(upstream_endpoints)
            .where(upstream_endpoints.c.status == "leftover")
        ).scalar_one()
    if count:
        says = f"{count} webhook endpoints are left over in Stora."
        return Check("leftovers", "warn", says, "Run `unitwire sweep`.")
    return Check("leftovers", "ok", "Nothing is left over in Stora.")


def waiting(parts: Parts) -> Check:
    """Check that writes are taken and that what is due is being sent."""
    vitals = measure(parts)
    if vitals.problems:
        mend = "Start `unitwire serve` or `unitwire dispatch`; look at their logs."
        return Check("dispatcher", "fail", " ".join(vitals.problems), mend)
    return Check("dispatcher", "ok", f"Nothing has waited longer than {vitals.oldest_due_s:.0f} s.")
