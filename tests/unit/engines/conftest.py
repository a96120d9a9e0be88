"""Receivers, senders and servers, closed again at the end of each test."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from unit.engines.raw import Client
from unit.engines.receivers import LOOPBACK, Receivers

from connector.flows.send import Sender
from connector.flows.target import Allow
from connector.web.intake import Intake
from connector.web.server import Limits, Server, listen


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


@pytest.fixture
def serving() -> Iterator[Callable[..., int]]:
    """Serve WSGI applications behind an intake; returns the port."""
    running: list[tuple[Server, threading.Thread]] = []

    def start(app: Any, limits: Limits | None = None, **kwargs: Any) -> int:
        sock = listen("127.0.0.1", 0)
        port: int = sock.getsockname()[1]
        server = Server(Intake(app, **kwargs), sock, limits or Limits(stop_s=1))
        thread = threading.Thread(target=server.run)
        thread.start()
        running.append((server, thread))
        return port

    yield start
    for server, _ in running:
        server.stop()
    for _, thread in running:
        thread.join(10)
        assert not thread.is_alive(), "the server ends when told to"
