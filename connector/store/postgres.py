"""Connections to PostgreSQL, also to one that moves: a cluster whose primary changes.

The address goes to libpq as it is, so several hosts in it are tried in turn until one takes writes
(`target_session_attrs=read-write`). After a fail-over nothing has to be started anew:

- A connection that the server has ended is seen before it is used: one that lies idle has nothing
  to say, so whatever can be read from it is its end.
- One to a server that has become read-only is dropped with all others like it.
- One that waits for a server that is frozen or cut off, which would be for ever, is cut by `Watch`.

Nor does a commit count that its replica does not have: see `confirm`.
"""

import os
import select
import socket
import threading
import weakref
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine.interfaces import ExceptionContext
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from connector import world
from connector.errors import Unavailable

log = structlog.get_logger()

# What the address may set otherwise (PostgreSQL manual, section 34.1.2). `tcp_user_timeout` is in
# milliseconds, the others are in seconds: a host that is gone is noticed within half a minute.
DEFAULTS = {
    "application_name": "unitwire",
    "client_encoding": "utf8",  # or text would come as bytes from a database in SQL_ASCII
    "connect_timeout": "3",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
# A process that is frozen inside a transaction must not hold its locks for ever.
SESSION = "-c synchronous_commit=on -c timezone=UTC -c idle_in_transaction_session_timeout=30s"
WAITS_FOR_REPLICA = "SyncRepWaitForLSN"  # PostgreSQL's own function, named in its warnings
POOL_SIZE, MAX_OVERFLOW = 16, 16  # connections of one process: kept open, and more at most
LOOK_S = 1.0
PATIENCE_S = 5.0  # use that lasts longer makes the watch look whether the server is there
ANSWER_S = "5"  # a server that takes no new connection within that is not there


def postgres_engine(url: str) -> Engine:
    """Return an engine that hands `url` to libpq, whose connections are durable and watched."""
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    given = conninfo_to_dict("postgresql" + url[url.index("://") :])
    parameters: dict[str, Any] = DEFAULTS | given
    parameters["options"] = f"{given.get('options', '')} {SESSION}".strip()

    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(**parameters),
        pool_size=POOL_SIZE,
        max_overflow=MAX_OVERFLOW,
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def listen(raw: Any, record: ConnectionPoolEntry) -> None:
        raw.add_notice_handler(lambda notice: note(notice, record.info))

    @event.listens_for(engine, "checkout")
    def look(raw: Any, _record: object, _proxy: object) -> None:
        if raw.closed or can_be_read(raw.fileno()):
            raise DisconnectionError("The server has ended this connection.")

    @event.listens_for(engine, "handle_error")
    def judge(context: ExceptionContext) -> None:
        if is_read_only(context.original_exception):
            context.is_disconnect = True

    Watch(engine, parameters).start()
    return engine


def note(notice: Any, info: dict[Any, Any]) -> None:
    """Keep in a connection's `info` that its commit did not wait until the replica had it."""
    if notice.source_function == WAITS_FOR_REPLICA:
        info[WAITS_FOR_REPLICA] = notice.message_primary


def confirm(info: dict[Any, Any]) -> None:
    """Raise Unavailable if the commit just made is on the primary only.

    With synchronous replication, somebody who cancels a commit that waits for the replica makes it
    succeed with a mere warning (PostgreSQL manual, section 27.2.8), and a fail-over would take
    it back.
    """
    if why := info.pop(WAITS_FOR_REPLICA, None):
        log.error("commit_not_replicated", problem=why)
        raise Unavailable


def is_read_only(error: BaseException) -> bool:
    """Whether the server has become, or always was, a standby (SQLSTATE 25006)."""
    import psycopg

    return isinstance(error, psycopg.errors.ReadOnlySqlTransaction)


def is_lost(raw: Any, error: Exception) -> bool:
    """Whether driver connection `raw` is of no use any more after `error`."""
    return bool(raw.closed) or is_read_only(error)


def can_be_read(descriptor: int) -> bool:
    """Whether something has arrived, or the other side has closed."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


@dataclass(eq=False)
class Line:
    """One connection: a descriptor of it, where it leads, and since when it is in use."""

    wire: socket.socket
    address: tuple[str, str, int]
    since: float | None = None


class Watch:
    """Cuts the connections to a server that is frozen or unreachable.

    Such a server answers nothing and ends nothing, and its machine still acknowledges what is sent
    to it, so that neither TCP nor the pool can tell it from one that is at work for long. What
    tells them apart is whether it takes a new connection. Those who waited get the error of a lost
    connection, and the next attempt finds the new primary.
    """

    def __init__(self, engine: Engine, parameters: dict[str, Any]) -> None:
        self._parameters = parameters
        self._lines: set[Line] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, name="unitwire-watch", daemon=True)
        event.listen(engine, "connect", self._hold)
        event.listen(engine, "checkout", self._begin)
        for end in ("checkin", "detach"):
            event.listen(engine, end, self._end)
        event.listen(engine, "engine_disposed", lambda _engine: self._over.set())

    def start(self) -> None:
        """Watch until the engine is disposed of."""
        self._thread.start()

    def _hold(self, raw: Any, record: ConnectionPoolEntry) -> None:
        # A descriptor of our own: what is cut is never another's that has the number by then.
        wire = socket.socket(fileno=os.dup(raw.fileno()))
        line = Line(wire, (raw.info.host, raw.info.hostaddr, raw.info.port))
        weakref.finalize(raw, self._forget, line)
        self._lines.add(line)
        record.info[Line] = line

    def _forget(self, line: Line) -> None:
        self._lines.discard(line)
        line.wire.close()

    def _begin(self, _raw: object, record: ConnectionPoolEntry, _proxy: object) -> None:
        record.info[Line].since = world.monotonic()

    def _end(self, _raw: object, record: ConnectionPoolEntry) -> None:
        if line := record.info.get(Line):  # none, if it was found to be lost
            line.since = None

    def _work(self) -> None:
        wait_s = LOOK_S
        while not self._over.wait(wait_s):
            late = world.monotonic() - PATIENCE_S
            in_use = [line for line in list(self._lines) if line.since is not None]
            asked = {line.address for line in in_use if line.since and line.since < late}
            for address in asked:
                if not self._answers(address):
                    log.warning("database_frozen", host=address[0], port=address[2])
                    self._cut(address)
            wait_s = PATIENCE_S if asked else LOOK_S  # a long statement is not asked about so often

    def _answers(self, address: tuple[str, str, int]) -> bool:
        import psycopg

        host, hostaddr, port = address
        there = {"host": host, "hostaddr": hostaddr or None, "port": port}
        try:
            psycopg.connect(**self._parameters | there | {"connect_timeout": ANSWER_S}).close()
        except psycopg.errors.ConnectionTimeout:
            return False
        except psycopg.Error:  # it says no, so it is there
            return True
        return True

    def _cut(self, address: tuple[str, str, int]) -> None:
        for line in list(self._lines):
            if line.address == address:
                with suppress(OSError):  # closed meanwhile
                    line.wire.shutdown(socket.SHUT_RDWR)
