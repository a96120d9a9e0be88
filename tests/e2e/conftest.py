"""The stage for end-to-end tests: real processes, as users run them, and independent witnesses.

The listening sockets are opened here and handed to the processes, so that one which is killed and
started again answers at the same address.
"""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from socket import create_server, socket
from typing import Any

import pytest
import requests

from connector.flows.connect import connect_access_token
from connector.flows.parts import open_parts
from connector.flows.personal_tokens import add_token
from connector.settings import PREFIX, Settings
from connector.store.secrets import new_key

WITNESS = Path(__file__).with_name("witness.py")


class Process:
    """One process, which can be killed and started again."""

    def __init__(self, command: list[str], env: dict[str, str], sock: socket | None) -> None:
        self._command = command + (["--fd", str(sock.fileno())] if sock else [])
        self._env = env
        self._descriptors = (sock.fileno(),) if sock else ()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it."""
        self._process = subprocess.Popen(
            self._command, env=self._env, pass_fds=self._descriptors, stdin=subprocess.DEVNULL
        )

    def kill(self) -> None:
        """End it with `kill -9`."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


class Town:
    """The sandbox, Unitwire's web server, its dispatcher and a receiver, a process each."""

    names = ("web", "dispatcher", "sandbox", "receiver")

    def __init__(self, database_url: str, folder: Path) -> None:
        self._stack = ExitStack()
        web, stora, receiver = (
            self._stack.enter_context(create_server(("127.0.0.1", 0), backlog=512))
            for _ in range(3)
        )
        self.url, self.sandbox_url, self.receiver_url = map(url_of, (web, stora, receiver))
        self.ledger = folder / "ledger"
        self.settings = Settings(
            database_url=database_url,
            secret_keys=(key := new_key(),),
            public_url=self.url,
            stora_api_url=self.sandbox_url,
            allow_targets=("127.0.0.0/8",),
        )
        env = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        env |= {
            "UNITWIRE_DATABASE_URL": database_url,
            "UNITWIRE_SECRET_KEYS": key,
            "UNITWIRE_PUBLIC_URL": self.url,
            "UNITWIRE_STORA_API_URL": self.sandbox_url,
            "UNITWIRE_ALLOW_TARGETS": "127.0.0.0/8",
            "UNITWIRE_LOG_LEVEL": "error",
        }
        unitwire = [sys.executable, "-m", "connector"]
        dials = ["--speed", "60", "--no-limits", "--allow-http-loopback"]
        state = ["--state", str(folder / "sandbox.db")]
        self.processes = {
            "sandbox": Process(
                [*unitwire, "sandbox", *state, *dials],
                env,
                stora,
            ),
            "web": Process([*unitwire, "serve", "--web-only"], env, web),
            "dispatcher": Process([*unitwire, "dispatch"], env, None),
            "receiver": Process(
                [sys.executable, str(WITNESS), "--ledger", str(self.ledger)], env, receiver
            ),
        }

    def start(self) -> None:
        """Start all, and connect an operator who subscribes to credit_note.created."""
        for process in self.processes.values():
            process.start()
            self._stack.callback(process.kill)
        operator = self.ask("GET", f"{self.sandbox_url}/_sandbox/operators")["operators"][0]
        parts = open_parts(self.settings)
        try:
            connection_id = connect_access_token(parts, operator["token"])
            _, token = add_token(parts, connection_id=connection_id)
        finally:
            parts.close()
        self.token = token
        made = self.ask(
            "POST",
            f"{self.url}/2025-09/webhook_endpoints",
            {
                "name": "Town",
                "api_version": "2025-09",
                "url": f"{self.receiver_url}/hook",
                "event_types": ["credit_note.created"],
            },
        )
        self.secret = made["endpoint"]["secret"]

    def trigger(self, count: int) -> list[str]:
        """Let `count` events happen at once; return their ids."""
        wanted = {"event_type": "credit_note.created", "count": count}
        return list(self.ask("POST", f"{self.sandbox_url}/_sandbox/trigger", wanted)["events"])

    def acknowledged(self) -> list[dict[str, Any]]:
        """Return the sandbox's own log of deliveries that Unitwire answered with 2xx."""
        log = self.ask("GET", f"{self.sandbox_url}/_sandbox/deliveries?limit=1000")
        return [each for each in log["deliveries"] if each["status"] == "delivered"]

    def received(self) -> list[dict[str, Any]]:
        """Return what the receiver wrote down before it answered, oldest first."""
        if not self.ledger.exists():
            return []
        lines = self.ledger.read_text().split("\n")
        return [json.loads(line) for line in lines[:-1]]  # the last may be half written

    def ask(self, method: str, url: str, json: Any = None) -> dict[str, Any]:
        """Return the JSON that `url` answers."""
        headers = {"Authorization": f"Bearer {self.token}"} if hasattr(self, "token") else {}
        with requests.Session() as session:
            session.trust_env = False
            answer = session.request(method, url, json=json, headers=headers, timeout=20)
        assert answer.ok, f"{method} {url}: {answer.status_code} {answer.text}"
        return dict(answer.json())

    def close(self) -> None:
        """End all."""
        self._stack.close()


def url_of(sock: socket) -> str:
    """Return the address of a listening socket."""
    return f"http://127.0.0.1:{sock.getsockname()[1]}"


@pytest.fixture
def town(database_url: str, tmp_path: Path) -> Iterator[Town]:
    """All processes, running, with one operator connected and subscribed."""
    opened = Town(database_url, tmp_path)
    try:
        opened.start()
        yield opened
    finally:
        opened.close()


@pytest.fixture
def until() -> Callable[[Callable[[], Any], float], Any]:
    """Return a function that waits for something to become true, and returns it."""

    def wait(found: Callable[[], Any], seconds: float) -> Any:
        end = time.monotonic() + seconds
        while not (value := found()):
            assert time.monotonic() < end, f"did not come true within {seconds} s"
            time.sleep(0.05)
        return value

    return wait


@pytest.fixture
def family() -> Callable[[int], list[int]]:
    """Return a function that lists a process and all that descends from it, zombies left out."""

    def look(pid: int) -> list[int]:
        parents = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
                    if state != "Z":
                        parents[int(entry.name)] = int(parent)
        found = [pid] if pid in parents else []
        for each in found:
            found += [child for child, parent in parents.items() if parent == each]
        return found

    return look
