"""Servers on real loopback sockets: one that misbehaves byte by byte, and the sandbox."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from account import HARBOUR, HILLTOP, ORIGIN, Stora, connect
from raw import Behave
from served import served

from connector.flows.parts import Parts, open_parts
from connector.sandbox import Operator, Partner, create_sandbox
from connector.settings import Settings
from connector.stora.wire import Wire


@pytest.fixture
def raw_server() -> Iterator[Callable[[Behave], str]]:
    """Return a function that serves each connection with `behave(connection)`; its URL."""
    listeners: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def serve(behave: Behave) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def attend(connection: socket.socket) -> None:
            with connection, contextlib.suppress(OSError):
                behave(connection)

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                one = threading.Thread(target=attend, args=(connection,))
                threads.append(one)
                one.start()

        acceptor = threading.Thread(target=accept)
        threads.append(acceptor)
        acceptor.start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield serve
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()


@pytest.fixture
def wire() -> Iterator[Wire]:
    """A wire, closed afterwards."""
    wire = Wire()
    yield wire
    wire.close()


# ---- the sandbox -------------------------------------------------------------------------------


@pytest.fixture
def stora_options() -> dict[str, object]:
    """What a test module wants different in the sandbox."""
    return {}


@pytest.fixture
def stora(stora_options: dict[str, object]) -> Iterator[Stora]:
    """A sandbox with two operators and our application, without rate limits."""
    partner = Partner("partner-id", "partner-secret", [f"{ORIGIN}/connect/callback"])
    operators = [
        Operator(HARBOUR, "Harbour Self Storage", "harbour-token", "harbour-id", "harbour-secret"),
        Operator(HILLTOP, "Hilltop Storage", "hilltop-token", "hilltop-id", "hilltop-secret"),
    ]
    sandbox = create_sandbox(
        **{"limits": False, "partner": partner, "operators": operators, **stora_options}
    )
    with served(sandbox) as url:
        yield Stora(url, sandbox, partner)
    sandbox.state.close()


@pytest.fixture
def settings(make_settings: Callable[..., Settings], stora: Stora) -> Settings:
    """An installation that is a partner of the sandbox."""
    return make_settings(
        stora_api_url=stora.url,
        stora_client_id=stora.partner.client_id,
        stora_client_secret=stora.partner.client_secret,
    )


@pytest.fixture
def connection_id(parts: Parts, stora: Stora) -> str:
    """A connection of the partner's kind; the log of Stora's calls is empty."""
    made = connect(parts, stora)
    stora.sandbox.gate.log.clear()
    return made


@pytest.fixture
def more_parts(settings: Settings) -> Iterator[Callable[[], Parts]]:
    """Return a function that opens the same installation once more, as another process would."""
    opened: list[Parts] = []

    def open_again() -> Parts:
        opened.append(open_parts(settings))
        return opened[-1]

    yield open_again
    for parts in opened:
        parts.close()
