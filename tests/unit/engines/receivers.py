"""Receivers on real loopback sockets, which behave as badly as a test wants."""

import contextlib
import socket
import threading
from collections.abc import Callable

from connector.flows.send import Outcome, Sender
from connector.flows.target import Allow

LOOPBACK = Allow.of(["127.0.0.0/8"])
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
HEADERS = {"Content-Type": "application/json", "User-Agent": "Unitwire/test"}
Make = Callable[..., Sender]


def read_request(connection: socket.socket) -> bytes:
    """Return one whole request with a Content-Length, or what came before the other side left."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return data
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
    )
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def answer(status: str, body: bytes = b"", *headers: str) -> bytes:
    """Return a whole HTTP answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Receiver:
    """A TCP server that treats each connection with `behave(connection)`, and counts."""

    def __init__(self, behave: Callable[[socket.socket], None], host: str = "127.0.0.1") -> None:
        self.connections = 0
        self.requests: list[bytes] = []
        self._behave = behave
        self._open: list[socket.socket] = []
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, 0), family=family, backlog=256)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"
        threading.Thread(target=self._accept, daemon=True).start()

    def read(self, connection: socket.socket) -> bytes:
        """Read one request and keep it."""
        request = read_request(connection)
        if request:
            self.requests.append(request)
        return request

    def close(self) -> None:
        """Close everything, so that whoever waits on it ends."""
        for one in [self._listener, *self._open]:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            self._behave(connection)


class Receivers:
    """Makes receivers, and closes them at the end of the test."""

    def __init__(self) -> None:
        self.all: list[Receiver] = []

    def __call__(self, behave: Callable[[Receiver, socket.socket], None]) -> Receiver:
        """Start a receiver that treats each connection with `behave`."""
        receiver = Receiver(lambda connection: behave(receiver, connection))
        self.all.append(receiver)
        return receiver

    def answering(self, answer: bytes, *, close: bool = False) -> Receiver:
        """Start a receiver that answers every request with these bytes."""

        def behave(receiver: Receiver, connection: socket.socket) -> None:
            while receiver.read(connection):
                connection.sendall(answer)
                if close:
                    connection.close()
                    return

        return self(behave)


def hang(receiver: Receiver, connection: socket.socket) -> None:
    """Read, and never answer."""
    receiver.read(connection)
    connection.recv(1)


def finish(sender: Sender, timeout_s: float = 10.0) -> dict[str, Outcome]:
    """Poll until nothing is in flight; outcomes by key."""
    outcomes: dict[str, Outcome] = {}
    for _ in range(1000):
        for outcome in sender.poll(timeout_s if sender.in_flight else 0):
            assert outcome.key not in outcomes, "one outcome for each start"
            outcomes[outcome.key] = outcome
        if not sender.in_flight:
            return outcomes
    raise AssertionError("it does not end")


def post(sender: Sender, url: str, deadline_s: float = 5.0, body: bytes = b"{}") -> Outcome:
    """POST once and return the outcome."""
    assert sender.start("it", url, HEADERS, body, deadline_s)
    return finish(sender)["it"]
