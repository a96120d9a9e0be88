"""What a server on a raw socket does, byte by byte."""

import socket
from collections.abc import Callable

Behave = Callable[[socket.socket], None]


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
