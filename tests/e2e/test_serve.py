"""`unitwire serve` as it is run: one command, two processes, and neither outlives the other."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from connector.settings import PREFIX

pytestmark = pytest.mark.slow

READY_S = 2.0
SLACK_S = 4.0  # tests share the machine's cores with others
MEMORY_MIB = 150

Serve = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Return a function that starts `unitwire serve` in an empty folder and waits for its line."""
    started: list[subprocess.Popen[str]] = []

    def run(*arguments: str) -> "subprocess.Popen[str]":
        env = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        process = subprocess.Popen(
            [sys.executable, "-m", "connector", "serve", "--port", "0", *arguments],
            cwd=tmp_path,
            env=env | {"UNITWIRE_LOG_LEVEL": "error"},
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def ready(process: "subprocess.Popen[str]") -> str:
    """Return the address that the ready line tells."""
    assert process.stdout is not None
    return process.stdout.readline().split()[-1]


def status(url: str) -> int:
    """Return the status with which `url` is answered."""
    with requests.Session() as session:
        session.trust_env = False
        return session.get(url, timeout=10).status_code


def test_ready_within_two_seconds_and_150_mib(
    serve: Serve, family: Callable[[int], list[int]], until: Callable[..., Any]
) -> None:
    """From nothing to ready takes two seconds, and the whole takes 150 MiB at rest at most.

    That is when the tables are there: to make them, the first start loads what no later one does.
    """
    began = time.monotonic()
    process = serve()
    url = ready(process)
    seconds = time.monotonic() - began
    assert status(f"{url}/healthz") == 200
    assert seconds < READY_S + SLACK_S
    process.terminate()
    assert process.wait(20) == 0
    process = serve()
    ready(process)
    until(lambda: len(family(process.pid)) == 2, 10)
    time.sleep(2)  # the dispatcher has imported everything by then
    assert memory_mib(family(process.pid)) <= MEMORY_MIB


def memory_mib(pids: list[int]) -> float:
    """Return the memory of processes, what they share counted once (PSS)."""
    kib = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                kib += int(line.split()[1])
    return kib / 1024


def test_a_dispatcher_that_dies_is_started_again(
    serve: Serve, family: Callable[[int], list[int]], until: Callable[..., Any]
) -> None:
    """After `kill -9` of the dispatcher there is another one, while the web server goes on."""
    process = serve()
    url = ready(process)
    (dispatcher,) = until(lambda: family(process.pid)[1:], 10)
    os.kill(dispatcher, signal.SIGKILL)
    (another,) = until(lambda: set(family(process.pid)[1:]) - {dispatcher}, 10)
    assert another != dispatcher
    assert status(f"{url}/healthz") == 200


def test_the_dispatcher_ends_with_its_parent(
    serve: Serve, family: Callable[[int], list[int]], until: Callable[..., Any]
) -> None:
    """After `kill -9` of `serve`, its dispatcher ends by itself within seconds."""
    process = serve()
    ready(process)
    (dispatcher,) = until(lambda: family(process.pid)[1:], 10)
    process.kill()
    process.wait()
    until(lambda: not family(dispatcher), 10)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_ends_in_order(
    serve: Serve,
    family: Callable[[int], list[int]],
    until: Callable[..., Any],
    number: signal.Signals,
) -> None:
    """SIGTERM and Ctrl-C end both processes, with status 0."""
    process = serve()
    ready(process)
    (dispatcher,) = until(lambda: family(process.pid)[1:], 10)
    process.send_signal(number)
    assert process.wait(20) == 0
    assert not family(dispatcher)


def test_web_only_and_workers(serve: Serve, family: Callable[[int], list[int]]) -> None:
    """`--web-only` starts no dispatcher, and `--workers 2` a second web process."""
    process = serve("--web-only", "--workers", "2")
    url = ready(process)
    assert len(family(process.pid)) == 2
    assert {status(f"{url}/healthz") for _ in range(20)} == {200}


def test_a_port_in_use_is_told_in_one_line(serve: Serve, tmp_path: Path) -> None:
    """A port that somebody else has ends the command with status 1 and one line."""
    port = ready(serve()).rpartition(":")[2]
    second = subprocess.run(
        [sys.executable, "-m", "connector", "serve", "--port", port],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert second.returncode == 1
    assert second.stderr == f"Error: Cannot listen on 127.0.0.1:{port}: Address already in use.\n"
