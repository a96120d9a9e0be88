"""Ports of this machine: a free one, and one that somebody listens on by now."""

import socket
import time

from benchmarks.processes import Processes

HOST = "127.0.0.1"
START_S = 60.0


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server((HOST, 0)) as free:
        return int(free.getsockname()[1])


def wait_for(port: int, processes: Processes, patience_s: float = START_S) -> None:
    """Return when `port` takes connections; raises RuntimeError if it never does."""
    until = time.monotonic() + patience_s
    while True:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            processes.check()
            if time.monotonic() > until:
                raise RuntimeError(f"nothing listens on {port}") from None
            time.sleep(0.01)
        else:
            return
