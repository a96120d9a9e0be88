"""Receivers, senders and servers, closed again at the end of each test."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from unit.engines.raw import Client
from unit.engines.receivers import LOOPBACK, Receivers

from connector.flows.send import Sender
from connector.flows.target import Allow, permitted
from connector.web.intake import Intake
from connector.web.server import Limits, Server, listen


@pytest.fixture(autouse=True)
def judged_anew() -> None:
    """No judgement of an address is left from another test."""
    permitted.cache_clear()


@pytest.fixture
def receivers() -> Iterator[Receivers]:
    """Make receivers that behave as a test wants."""
    made = Receivers()
    yield made
    for receiver in made.all:
        receiver.close()


@pytest.fixture
def sender() -> Iterator[Callable[..., Sender]]:
    """Make senders that may reach loopback, unless told otherwise."""
    made: list[Sender] = []

    def make(allow: Allow = LOOPBACK, **kwargs: Any) -> Sender:
        made.append(Sender(allow, **kwargs))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def connect() -> Iterator[Callable[[int], Client]]:
    """Open connections to a port."""
    opened: list[Client] = []

    def open_one(port: int) -> Client:
        opened.append(Client(port))
        return opened[-1]

    yield open_one
    for client in opened:
        client.close()


@pytest.fixture(scope="session")
def running() -> Iterator[list[tuple[Server, threading.Thread]]]:
    """All servers that were started; at the end each must have ended."""
    servers: list[tuple[Server, threading.Thread]] = []
    yield servers
    for _, thread in servers:
        thread.join(10)
        assert not thread.is_alive(), "a server ends when told to"


@pytest.fixture
def serving(running: list[tuple[Server, threading.Thread]]) -> Iterator[Callable[..., int]]:
    """Serve WSGI applications behind an intake; returns the port."""
    mine: list[Server] = []

    def start(app: Any, limits: Limits | None = None, **kwargs: Any) -> int:
        sock = listen("127.0.0.1", 0)
        port: int = sock.getsockname()[1]
        mine.append(Server(Intake(app, **kwargs), sock, limits or Limits(stop_s=1)))
        thread = threading.Thread(target=mine[-1].run)
        running.append((mine[-1], thread))
        thread.start()
        return port

    yield start
    for server in mine:
        server.stop()
