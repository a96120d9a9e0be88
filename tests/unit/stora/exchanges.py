"""What tests of the wire begin with: servers that drip, and exchanges that fail."""

import socket
import time
from collections.abc import Callable

import pytest
from raw import Behave, read_head

from connector.errors import StoraUnavailable
from connector.stora.wire import Wire

Serve = Callable[[Behave], str]


def fails(wire: Wire, url: str, method: str = "POST", deadline_s: float = 5.0) -> StoraUnavailable:
    """Return the error of an exchange."""
    with pytest.raises(StoraUnavailable) as caught:
        wire.exchange(method, url, json={}, deadline_s=deadline_s)
    return caught.value


def drip(head: bytes) -> Behave:
    """Return a behaviour: `head` whole, then a byte each 50 ms."""

    def behave(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(head)
        for _ in range(200):
            connection.sendall(b"x")
            time.sleep(0.05)

    return behave
