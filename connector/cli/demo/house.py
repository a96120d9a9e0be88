"""What the demo consists of: the sandbox, Unitwire and a receiver, with throw-away data.

Sandbox and Unitwire are the processes that anybody would start (`unitwire sandbox`,
`unitwire serve`); only their sockets are opened here, so that each knows the others' addresses
from the start. All data is in one temporary folder, which goes when the demo ends.
"""

import os
import shlex
import shutil
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import IO

import requests

from connector import world
from connector.cli.children import Keeper
from connector.cli.demo.browser import Builder
from connector.cli.demo.receiver import Receiver
from connector.cli.listening import listen, url_of
from connector.errors import Unavailable
from connector.flows.clients import add_client
from connector.flows.parts import open_parts
from connector.settings import ALL_SCOPES, PREFIX, Settings, variable_of
from connector.store.bell import is_heard
from connector.store.secrets import new_key

START_S = 30.0
PAUSE_S = 0.05
LOOPBACK = ("127.0.0.0/8", "::1/128")
SANDBOX_SPEED = 60  # a minute between Stora's retries takes a second
LOG_LINES = 20


@dataclass(frozen=True)
class House:
    """A running demo; `settings` hold the address of each part."""

    folder: Path
    settings: Settings
    receiver: Receiver
    builder: Builder

    @property
    def env_file(self) -> Path:
        """The file that sets up a shell for this demo."""
        return self.folder / "env"


@contextmanager
def running(port: int, database_url: str, *, limits: bool, quiet: bool) -> Iterator[House]:
    """Start everything, give it once it answers and sends, and end it with all that it made.

    Without a `database_url`, SQLite in the folder is used. The processes log to a file in the
    folder if `quiet`, else to standard error. Raises Unavailable if one of them does not start.
    """
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="unitwire-demo-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        log = stack.enter_context((folder / "log").open("ab")) if quiet else None
        web = stack.enter_context(closing(listen("127.0.0.1", port, None)))
        stora = stack.enter_context(closing(listen("127.0.0.1", 0, None)))
        receiver = Receiver()
        receiver.start()
        stack.callback(receiver.stop)
        settings = Settings(
            database_url=database_url or f"sqlite:///{folder / 'unitwire.db'}",
            secret_keys=(new_key(),),
            public_url=url_of(web),
            stora_api_url=url_of(stora),
            stora_client_id=world.new_token(),
            stora_client_secret=world.new_token(),
            stora_scopes=ALL_SCOPES,
            allow_targets=LOOPBACK,
            rate_limits=limits,
            log_level=os.environ.get(variable_of("log_level"), "warning"),
        )
        environment = environment_of(settings)
        sandbox = ["sandbox", "--state", str(folder / "sandbox.db"), "--allow-http-loopback"]
        sandbox += ["--speed", str(SANDBOX_SPEED)] + ([] if limits else ["--no-limits"])
        stand_in = keep(stack, sandbox, environment, stora, log)
        builder = register(settings, receiver)
        unitwire = keep(stack, ["serve"], environment, web, log)
        await_answer(f"{settings.stora_api_url}/_sandbox/partner", stand_in, folder / "log")
        await_answer(f"{settings.origin}/healthz", unitwire, folder / "log")
        await_dispatcher(settings, unitwire, folder / "log")
        house = House(folder, settings, receiver, builder)
        write_env_file(house.env_file, environment)
        yield house


def environment_of(settings: Settings) -> dict[str, str]:
    """Return this process's environment with `settings` in place of its own.

    The public URL is in it also as the default, which without it would only be a guess.
    """
    others = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return others | {
        variable_of(spec.name): text_of(value)
        for spec in fields(settings)
        if (value := getattr(settings, spec.name)) != spec.default or spec.name == "public_url"
    }


def text_of(value: object) -> str:
    """Return a setting's value as its variable has it."""
    if isinstance(value, tuple):
        return ",".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def keep(
    stack: ExitStack,
    arguments: list[str],
    environment: Mapping[str, str],
    sock: socket.socket,
    log: IO[bytes] | None,
) -> Keeper:
    """Start a server on `sock` and keep it running until the demo ends."""
    number = sock.fileno()
    keeper = Keeper(
        [*arguments, "--fd", str(number)], environment, descriptors=(number,), output=log
    )
    stack.callback(keeper.stop)
    return keeper


def register(settings: Settings, receiver: Receiver) -> Builder:
    """Make the database, and in it the OAuth client of a workflow builder."""
    parts = open_parts(settings)
    try:
        redirect_uri = f"{receiver.url}/oauth/return"
        client, secret = add_client(
            parts, platform="zapier", name="Zapier", redirect_uris=[redirect_uri]
        )
    finally:
        parts.close()
    return Builder(settings.origin, client.id, str(secret), redirect_uri)


def await_answer(url: str, keeper: Keeper, log: Path) -> None:
    """Return when `url` is answered; raises Unavailable, with the log's end, if it is not."""
    until = world.monotonic() + START_S
    with requests.Session() as session:
        session.trust_env = False
        while not keeper.restarts and (left := until - world.monotonic()) > 0:
            try:
                session.get(url, timeout=min(left, 1.0)).raise_for_status()
            except requests.RequestException:
                threading.Event().wait(PAUSE_S)
            else:
                return
    raise not_up(url, log)


def await_dispatcher(settings: Settings, keeper: Keeper, log: Path) -> None:
    """Return when a dispatcher listens, so that no event waits for it to start.

    Raises Unavailable, with the log's end, if none does.
    """
    until = world.monotonic() + START_S
    parts = open_parts(settings)
    try:
        while not keeper.restarts and world.monotonic() < until:
            if is_heard(parts.store):
                return
            threading.Event().wait(PAUSE_S)
    finally:
        parts.close()
    raise not_up("The dispatcher", log)


def not_up(what: str, log: Path) -> Unavailable:
    """Return the error that `what` did not come up, with the log's end."""
    lines = log.read_text().splitlines()[-LOG_LINES:] if log.exists() else []
    return Unavailable("\n".join([f"{what} did not come up.", *lines]))


def write_env_file(file: Path, environment: Mapping[str, str]) -> None:
    """Write the shell lines with which every command works on this demo."""
    lines = [
        f"export {name}={shlex.quote(value)}"
        for name, value in environment.items()
        if name.startswith(PREFIX)
    ]
    lines.append(f"export PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH")
    file.touch(0o600)
    file.write_text("\n".join(lines) + "\n")
