"""Servers on real loopback sockets: one that misbehaves byte by byte, and the sandbox."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from werkzeug.serving import make_server

from connector.flows.parts import Parts, open_parts
from connector.sandbox import Operator, Partner, Sandbox, create_sandbox
from connector.settings import Settings

Behave = Callable[[socket.socket], None]
ORIGIN = "http://127.0.0.1:8080"  # the default of UNITWIRE_PUBLIC_URL
HARBOUR, HILLTOP = "harbour", "hilltop"


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


def read_head(connection: socket.socket) -> bytes:
    """Return the head of a request."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            break
        data += more
    return data


def answer(body: bytes, status: str = "200 OK", *headers: str) -> Behave:
    """Return a behaviour: one whole JSON answer, then the end."""

    def behave(connection: socket.socket) -> None:
        read_head(connection)
        head = "\r\n".join(
            [
                f"HTTP/1.1 {status}",
                f"Content-Length: {len(body)}",
                *(headers or ["Content-Type: application/json"]),
                "Connection: close",
            ]
        )
        connection.sendall(head.encode() + b"\r\n\r\n" + body)

    return behave


# ---- the sandbox -------------------------------------------------------------------------------


class Stora:
    """The sandbox on a socket, and what a test does to it."""

    def __init__(self, url: str, sandbox: Sandbox, partner: Partner) -> None:
        self.url, self.sandbox, self.partner = url, sandbox, partner

    def calls(self, method: str, path: str) -> int:
        """Return how often the public API was called so."""
        return sum(
            entry["method"] == method and entry["path"] == path for entry in self.sandbox.gate.log
        )

    def fail(self, **fault: object) -> None:
        """Let something go wrong (see connector.sandbox.faults)."""
        self.dial("PUT", "faults", api=[fault])

    def end_tokens(self, how: str, operator: str = HARBOUR) -> None:
        """Let what the partner holds of an operator expire, or revoke it."""
        self.dial("POST", "tokens", operator=operator, do=how)

    def dial(self, method: str, name: str, **body: object) -> None:
        """Turn a dial of the sandbox."""
        url = f"{self.url}/_sandbox/{name}"
        assert requests.request(method, url, json=body, timeout=30).ok

    def consent(self, url: str, operator: str = HARBOUR, decision: str = "allow") -> dict[str, str]:
        """Decide on Stora's consent page; return what the browser brings back."""
        form = {
            **{name: values[0] for name, values in parse_qs(urlsplit(url).query).items()},
            "operator": operator,
            "decision": decision,
        }
        page = url.partition("?")[0]
        answer = requests.post(page, data=form, allow_redirects=False, timeout=30)
        assert answer.status_code == 303, answer.text
        target, _, query = answer.headers["Location"].partition("?")
        assert target == f"{ORIGIN}/connect/callback"
        given = {name: values[0] for name, values in parse_qs(query).items()}
        return {"code": "", "error": "", "error_description": "", "iss": "", **given}


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
    server = make_server("127.0.0.1", 0, sandbox, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield Stora(f"http://127.0.0.1:{server.server_port}", sandbox, partner)
    server.shutdown()
    thread.join()
    server.server_close()
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
def more_parts(settings: Settings) -> Iterator[Callable[[], Parts]]:
    """Return a function that opens the same installation once more, as another process would."""
    opened: list[Parts] = []

    def open_again() -> Parts:
        opened.append(open_parts(settings))
        return opened[-1]

    yield open_again
    for parts in opened:
        parts.close()
