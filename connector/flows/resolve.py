"""Names into addresses, each lookup on a thread of its own.

libcurl resolves too, but on twenty threads that all transfers share: ten targets whose name
servers never answer hold them all, and every other target's deliveries time out behind them.
Here a slow name server holds up nobody but its own target.
"""

import socket
import threading
from collections import deque
from contextlib import suppress

from connector.world import monotonic

FRESH_S = 30.0
MAX_KNOWN = 4096


class Resolver:
    """Looks host names up without waiting for them; used from one thread.

    `fileno` becomes readable when `answers` has something. At most `max_lookups` run at once,
    abandoned ones included, for nothing can stop a lookup; beyond that, names do not resolve.
    """

    def __init__(self, max_lookups: int) -> None:
        self._free = max_lookups
        self._known: dict[str, tuple[float, tuple[str, ...]]] = {}
        self._asked: set[str] = set()
        self._ready: deque[tuple[str, tuple[str, ...]]] = deque()
        self._bell, self._push = socket.socketpair()
        self._bell.setblocking(False)
        self._push.setblocking(False)

    def fileno(self) -> int:
        """Return the descriptor to wait on."""
        return self._bell.fileno()

    def ask(self, host: str) -> tuple[str, ...] | None:
        """Return the addresses of `host`, none if it has none; None if `answers` will tell."""
        until, addresses = self._known.get(host, (0.0, ()))
        if monotonic() < until:
            return addresses
        if host in self._asked:
            return None
        if not self._free:
            return ()
        self._free -= 1
        self._asked.add(host)
        threading.Thread(target=self._look_up, args=(host,), daemon=True).start()
        return None

    def answers(self) -> list[tuple[str, tuple[str, ...]]]:
        """Return what was found since the last call: hosts and their addresses, maybe none."""
        with suppress(BlockingIOError):
            self._bell.recv(4096)
        found = []
        while self._ready:
            host, addresses = self._ready.popleft()
            self._free += 1
            self._asked.discard(host)
            if addresses:
                if len(self._known) >= MAX_KNOWN:
                    self._known.clear()
                self._known[host] = (monotonic() + FRESH_S, addresses)
            found.append((host, addresses))
        return found

    def close(self) -> None:
        """Let go; lookups under way end by themselves, unheard."""
        self._bell.close()
        self._push.close()

    def _look_up(self, host: str) -> None:
        try:
            found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            addresses = tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
        except (OSError, UnicodeError):
            addresses = ()
        self._ready.append((host, addresses))
        with suppress(OSError):  # full: the bell rings already; closed: nobody listens
            self._push.send(b"!")
