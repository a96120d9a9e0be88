"""Unitwire's own processes on the database of a test, as users start them."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from socket import socket
from typing import Any

from connector.flows.parts import Parts
from connector.settings import PREFIX


@contextlib.contextmanager
def process(
    parts: Parts,
    *command: str,
    before: Sequence[str] = (),
    sock: socket | None = None,
    log: int = subprocess.DEVNULL,
    **more: Any,
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run `unitwire …` on the database of `parts`, and kill it at the end.

    `before` is a command in front, `sock` a socket to listen on, `log` the descriptor of a file for
    what it says, `more` are further settings.
    """
    settings = parts.settings
    env = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    env |= {
        "UNITWIRE_DATABASE_URL": settings.database_url,
        "UNITWIRE_SECRET_KEYS": ",".join(settings.secret_keys),
        "UNITWIRE_ALLOW_TARGETS": ",".join(settings.allow_targets),
        "UNITWIRE_LOG_LEVEL": "error",
        **{f"{PREFIX}{name.upper()}": str(value) for name, value in more.items()},
    }
    fd = ["--fd", str(sock.fileno())] if sock else []
    started = subprocess.Popen(
        [*before, sys.executable, "-m", "connector", *command, *fd],
        env=env,
        pass_fds=(sock.fileno(),) if sock else (),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    try:
        yield started
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)
        started.wait()
