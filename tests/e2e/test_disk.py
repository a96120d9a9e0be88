"""The disk under a real server: full, and traced. Never a 2xx without a durable row."""

import json
import os
import re
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from socket import create_server

import pytest
import requests
from processes import process
from stage import UPSTREAM_SECRET, all_events, connect, listen

from connector import world
from connector.catalogue.samples import sample
from connector.flows.parts import Parts, open_parts
from connector.settings import Settings
from connector.stora.signature import HEADER, sign
from connector.store.secrets import new_key

pytestmark = pytest.mark.slow

ROOM = 200_000  # bytes that are left on the disk
EVENTS = 5


@pytest.fixture
def file(migrated_sqlite: Path, tmp_path: Path) -> Path:
    """A database with one endpoint."""
    made = tmp_path / "unitwire.db"
    shutil.copy(migrated_sqlite, made)
    return made


@pytest.fixture
def parts(file: Path) -> Iterator[Parts]:
    """The installation, opened here to look into it."""
    opened = open_parts(Settings(database_url=f"sqlite:///{file}", secret_keys=(new_key(),)))
    connect(opened)
    listen(opened)
    yield opened
    opened.close()


Serve = Callable[..., tuple[str, "subprocess.Popen[bytes]"]]


@pytest.fixture
def serve(parts: Parts) -> Iterator[Serve]:
    """Return a function that starts a web process, behind `before`, and gives its address."""
    with ExitStack() as stack:
        sock = stack.enter_context(create_server(("127.0.0.1", 0)))
        url = f"http://127.0.0.1:{sock.getsockname()[1]}"

        def start(*before: str) -> tuple[str, "subprocess.Popen[bytes]"]:
            started = process(parts, "serve", "--web-only", before=before, sock=sock)
            made = stack.enter_context(started)
            assert requests.get(f"{url}/healthz", timeout=60).ok
            return url, made

        yield start


def arrive(url: str, event_id: str) -> requests.Response:
    """Let Stora send an event."""
    body = json.dumps(sample("invoice.paid", event_id=event_id)).encode()
    headers = {HEADER: sign(UPSTREAM_SECRET, body, world.now_ms() // 1000)}
    return requests.post(f"{url}/hooks/stora/we_1", data=body, headers=headers, timeout=30)


def test_a_full_disk_loses_nothing_and_heals(parts: Parts, file: Path, serve: Serve) -> None:
    """What has no room is answered 503, /readyz says so, and with room again all goes on."""
    url, web = serve()
    assert arrive(url, "evt_first").status_code == 200
    largest = max(each.stat().st_size for each in file.parent.iterdir())
    unlimited = resource.prlimit(web.pid, resource.RLIMIT_FSIZE, (largest + ROOM, -1))
    taken = ["evt_first"]
    for number in range(1000):
        answer = arrive(url, f"evt_{number}")
        if answer.status_code != 200:
            break
        taken.append(f"evt_{number}")
    assert answer.status_code == 503, answer.text
    assert answer.json()["error"]["code"] == "service_unavailable"
    resource.prlimit(web.pid, resource.RLIMIT_FSIZE, (4096, -1))  # not even the smallest row
    ready = requests.get(f"{url}/readyz", timeout=30)
    assert ready.status_code == 503
    assert "its disk fails or is full" in ready.json()["problems"][0]
    assert sorted(event.id for event in all_events(parts)) == sorted(taken)

    resource.prlimit(web.pid, resource.RLIMIT_FSIZE, unlimited)
    assert arrive(url, f"evt_{number}").status_code == 200
    assert requests.get(f"{url}/readyz", timeout=30).ok
    assert len(all_events(parts)) == len(taken) + 1
    assert parts.store.query("PRAGMA integrity_check", {}) == [("ok",)]


def test_the_disk_has_it_before_stora_is_told(parts: Parts, tmp_path: Path, serve: Serve) -> None:
    """In the system calls of the server, each 2xx leaves after a sync of the log has returned."""
    strace = shutil.which("strace")
    if strace is None:
        assert "CI" not in os.environ, "CI needs strace"
        pytest.skip("needs strace")
    trace = tmp_path / "trace"
    calls = "trace=fdatasync,fsync,write,writev,sendto,sendmsg"
    url, _ = serve(strace, "-f", "-y", "-s", "16", "-e", calls, "-o", str(trace))
    for number in range(EVENTS):
        assert arrive(url, f"evt_{number}").status_code == 200
    synced, told = False, 0
    open_syncs: set[str] = set()
    for line in trace.read_text().splitlines():
        pid = line.split()[0]
        if re.search(r"(fdatasync|fsync)\(\d+<[^>]*unitwire\.db-wal>", line):
            if "unfinished" in line:
                open_syncs.add(pid)
            else:
                synced |= line.endswith("= 0")
        elif re.search(r"<\.\.\. (fdatasync|fsync) resumed>", line) and pid in open_syncs:
            open_syncs.discard(pid)
            synced |= line.endswith("= 0")
        elif '"HTTP/1.1 200' in line:
            told += 1
            if told > 1:  # the first is the answer of /healthz
                assert synced, f"answer {told - 1} left before its event was on the disk"
            synced = False
    assert told == EVENTS + 1, "the trace does not show every answer"
