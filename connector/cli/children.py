"""Processes that belong to this one: kept running, and never left behind.

A child is started with a pipe as its standard input. However its parent ends, `kill -9` included,
the system closes the pipe's other end, and the child, which watches it, ends as well.
Children have a session of their own, so that Ctrl-C reaches the parent only, which ends them in
order.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import partial
from types import FrameType
from typing import IO

import click
import structlog

from connector import world

log = structlog.get_logger()

STOP_S = 15.0  # how long a process may take to end when asked
ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
FIRST_WAIT_S, LONGEST_WAIT_S = 0.2, 10.0  # before a child that died is started again
STEADY_S = 30.0  # a child that ran for so long died by accident: the wait begins anew

is_child = click.option(
    "--child", is_flag=True, hidden=True, help="End when standard input ends: the parent has gone."
)


def start(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    *,
    descriptors: Sequence[int] = (),
    output: IO[bytes] | None = None,
) -> "subprocess.Popen[bytes]":
    """Start `unitwire …` as a child in `environment`.

    It inherits `descriptors`; `output` takes its standard output and error, which by default go to
    standard error.
    """
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "connector", *arguments, "--child"],
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=sys.stderr.fileno() if output is None else output,
        stderr=output,
        pass_fds=descriptors,
        start_new_session=True,
    )


def stop(child: "subprocess.Popen[bytes]") -> None:
    """Ask `child` to end, wait for it, and kill it if it takes too long."""
    child.terminate()
    try:
        child.wait(STOP_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    if child.stdin:
        child.stdin.close()


def end_in_order() -> None:
    """Let SIGTERM, SIGINT and SIGHUP raise SystemExit(0) in the main thread, once.

    So whatever was begun is put away, from the first moment on; and while that is being done, a
    second signal does not interrupt it. Under `nohup`, SIGHUP stays ignored.
    """

    def leave(_number: int, _frame: FrameType | None) -> None:
        for number in ENDING:
            signal.signal(number, signal.SIG_IGN)
        raise SystemExit(0)

    for number in ENDING:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, leave)


def end_with_parent() -> None:
    """Let this process end, as by SIGTERM, when its standard input ends."""

    def watch() -> None:
        while os.read(0, 4096):
            pass
        os.kill(os.getpid(), signal.SIGTERM)
        threading.Event().wait(STOP_S)
        os._exit(1)

    threading.Thread(target=watch, name="unitwire-parent", daemon=True).start()


class Keeper:
    """Keeps one child running until it is stopped."""

    def __init__(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        *,
        descriptors: Sequence[int] = (),
        output: IO[bytes] | None = None,
    ) -> None:
        self._start = partial(start, arguments, environment, descriptors=descriptors, output=output)
        self._name = arguments[0]
        self.restarts = 0
        self._stopping = threading.Event()
        self._lock = threading.Lock()  # a child is started or ended, never both
        self._child = self._start()
        self._thread = threading.Thread(target=self._keep, name="unitwire-keeper", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the child for good."""
        with self._lock:
            self._stopping.set()
        stop(self._child)
        self._thread.join()

    def _keep(self) -> None:
        wait_s = FIRST_WAIT_S
        while not self._stopping.is_set():
            began = world.monotonic()
            status = self._child.wait()
            if world.monotonic() - began > STEADY_S:
                wait_s = FIRST_WAIT_S
            if self._stopping.wait(wait_s):
                return
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)
            with self._lock:
                if self._stopping.is_set():
                    return
                self._child = self._start()
            self.restarts += 1
            log.warning("child_restarted", command=self._name, status=status)
