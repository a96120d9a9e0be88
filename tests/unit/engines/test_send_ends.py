"""How an attempt ends where a target delays, breaks off or does not listen."""

import socket
import time
from collections.abc import Callable

import pytest
from unit.engines.receivers import OK, Make, Receiver, Receivers, hang, post


def drip(start: bytes) -> Callable[[Receiver, socket.socket], None]:
    """Answer one byte at a time, without end."""

    def behave(receiver: Receiver, connection: socket.socket) -> None:
        receiver.read(connection)
        connection.sendall(start)
        while True:
            connection.sendall(b"x")
            time.sleep(0.05)

    return behave


def endless_continue(receiver: Receiver, connection: socket.socket) -> None:
    """Say 100 Continue again and again."""
    receiver.read(connection)
    while True:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("behave", "status"),
    [
        (hang, 0),
        (lambda _receiver, connection: time.sleep(30), 0),
        (drip(b"HTTP/1.1 200 "), 0),
        (drip(b"HTTP/1.1 200 OK\r\nX-Slow: "), 200),
        (drip(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"), 200),
        (endless_continue, 0),
    ],
    ids=["hang", "no-reading", "drip-status", "drip-headers", "drip-body", "continue"],
)
def test_the_deadline_is_total(
    sender: Make,
    receivers: Receivers,
    behave: Callable[[Receiver, socket.socket], None],
    status: int,
) -> None:
    """However a receiver delays, the attempt ends at its deadline, and is no success."""
    began = time.monotonic()
    outcome = post(sender(), receivers(behave).url, deadline_s=0.5, body=b"x" * 100)
    assert (outcome.error, outcome.ok, outcome.status) == ("timeout", False, status)
    assert 0.45 <= time.monotonic() - began < 1.5
    assert outcome.seconds == pytest.approx(0.5, abs=0.5)


def test_just_before_the_deadline_is_in_time(sender: Make, receivers: Receivers) -> None:
    """An answer before the deadline counts."""

    def late(receiver: Receiver, connection: socket.socket) -> None:
        receiver.read(connection)
        time.sleep(0.3)
        connection.sendall(OK)

    assert post(sender(), receivers(late).url, deadline_s=1.0).ok


def reset(connection: socket.socket) -> None:
    """Close with a reset instead of an end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()


@pytest.mark.parametrize(
    ("sent", "status"),
    [(b"", 0), (b"HTTP/1.1 200", 0), (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", 200)],
)
@pytest.mark.parametrize("close", [reset, socket.socket.close])
def test_a_broken_answer_is_no_success(
    sender: Make,
    receivers: Receivers,
    sent: bytes,
    status: int,
    close: Callable[[socket.socket], None],
) -> None:
    """A connection that breaks before the answer is whole is an error, even after a 200."""

    def behave(receiver: Receiver, connection: socket.socket) -> None:
        receiver.read(connection)
        connection.sendall(sent)
        time.sleep(0.05)
        close(connection)

    outcome = post(sender(), receivers(behave).url)
    assert outcome.error in {"reset", "protocol"}
    assert (outcome.status, outcome.ok) == (status, False)


def test_nobody_listens(sender: Make) -> None:
    """A refused connection is an error of connecting."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert post(sender(), f"http://127.0.0.1:{port}/").error == "connect"
