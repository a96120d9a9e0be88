"""The doorbell: tells a dispatcher at once that something is due.

Without it an event would wait for the next poll (half a second); with it, about two milliseconds.
It is only a hint: it may be lost, doubled or rung for nothing, since the rows are the truth and
the poll finds them.

SQLite: a datagram to a Unix socket beside the file. PostgreSQL: NOTIFY, sent by a thread of its
own and at most once in 5 ms, because every NOTIFY takes a lock that all commits share.
"""

import contextlib
import hashlib
import os
import socket
import tempfile
import threading
from pathlib import Path
from typing import Any, Protocol

from connector.store.db import Store

CHANNEL = "unitwire_due"
PAUSE_S = 0.005
LONGEST_SOCKET_PATH = 100
LISTEN_S = 0.5  # how long the ear listens before it looks whether it should end
RECONNECT_S = 1.0

LISTENERS = """
    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query = :said
"""


class Bell(Protocol):
    """What the web process rings and the dispatcher waits for."""

    def ring(self) -> None:
        """Wake the dispatcher; never blocks, never fails."""

    def close(self) -> None:
        """Release the socket or connection."""


class Ear(Protocol):
    """The dispatcher's end: a file descriptor that becomes readable when the bell rings."""

    def fileno(self) -> int:
        """Return the descriptor to wait for."""

    def drain(self) -> None:
        """Take in all rings so far."""

    def close(self) -> None:
        """Stop listening."""


def bell_of(store: Store) -> Bell:
    """Return the bell of `store`."""
    return SocketBell(socket_path(store.url)) if store.is_sqlite else NotifyBell(store)


def ear_of(store: Store) -> Ear:
    """Return an ear for the bell of `store`."""
    return SocketEar(socket_path(store.url)) if store.is_sqlite else NotifyEar(store)


def is_heard(store: Store) -> bool:
    """Return whether somebody listens to the bell of `store` now: a dispatcher that has started."""
    if not store.is_sqlite:
        found = store.query(store.sql(LISTENERS), {"said": f"LISTEN {CHANNEL}"})
        return bool(found[0][0])
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as caller:
        try:
            caller.connect(socket_path(store.url))
        except OSError:  # no file, or that of an ear that has gone
            return False
    return True


def socket_path(url: str) -> str:
    """Return the path of the Unix socket that belongs to an SQLite file."""
    file = Path(url.removeprefix("sqlite:///")).absolute()
    beside = f"{file}.bell"
    if len(os.fsencode(beside)) <= LONGEST_SOCKET_PATH:
        return beside
    digest = hashlib.sha256(os.fsencode(file)).hexdigest()[:16]
    return str(Path(tempfile.gettempdir()) / f"unitwire-{digest}.bell")


class SocketBell:
    """Rings by a datagram."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)

    def ring(self) -> None:
        """Send one datagram; nobody listening or a full queue is no fault."""
        with contextlib.suppress(OSError):
            self._socket.sendto(b"!", self._path)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


class SocketEar:
    """Hears datagrams. With several dispatchers on one file the newest hears, the others poll."""

    def __init__(self, path: str) -> None:
        self._path = path
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        os.fchmod(self._socket.fileno(), 0o600)  # before it has a name
        self._socket.bind(path)

    def fileno(self) -> int:
        """Return the socket's descriptor."""
        return self._socket.fileno()

    def drain(self) -> None:
        """Read all datagrams that wait."""
        with contextlib.suppress(OSError):
            while self._socket.recv(16):
                pass

    def close(self) -> None:
        """Close the socket; its file may be another ear's by now and stays."""
        self._socket.close()


class NotifyBell:
    """Rings by NOTIFY from a thread of its own, so that no request waits for it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._rung = threading.Event()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="unitwire-bell", daemon=True)
        self._thread.start()

    def ring(self) -> None:
        """Ask the thread to notify."""
        self._rung.set()

    def close(self) -> None:
        """End the thread."""
        self._closed = True
        self._rung.set()
        self._thread.join()

    def _work(self) -> None:
        pause = threading.Event()
        while not self._closed:
            self._rung.wait()
            self._rung.clear()
            with contextlib.suppress(Exception), self._store.read() as connection:
                connection.exec_driver_sql(f"NOTIFY {CHANNEL}")
            pause.wait(PAUSE_S)


class NotifyEar:
    """Hears NOTIFY in a thread of its own, which connects again whenever the server goes away."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._hears, self._tells = socket.socketpair()
        self._hears.setblocking(False)
        self._tells.setblocking(False)
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._work, name="unitwire-ear", daemon=True)
        self._thread.start()

    def fileno(self) -> int:
        """Return the descriptor of the thread's socket, the same for life."""
        return self._hears.fileno()

    def drain(self) -> None:
        """Take in all rings so far."""
        with contextlib.suppress(OSError):
            while self._hears.recv(64):
                pass

    def close(self) -> None:
        """End the thread."""
        self._closed.set()
        self._thread.join()
        self._hears.close()
        self._tells.close()

    def _work(self) -> None:
        while not self._closed.is_set():
            try:
                self._listen(self._store.bare_connection())
            except Exception:  # the server is away; the poll goes on without the bell
                self._closed.wait(RECONNECT_S)

    def _listen(self, connection: Any) -> None:
        with connection:
            connection.autocommit = True
            connection.execute(f"LISTEN {CHANNEL}")
            while not self._closed.is_set():
                for _ in connection.notifies(timeout=LISTEN_S, stop_after=1):
                    with contextlib.suppress(OSError):
                        self._tells.send(b"!")
