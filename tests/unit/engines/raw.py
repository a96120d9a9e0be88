"""A client that sends exactly the bytes it is told to."""

import contextlib
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from connector.dialect.answers import JSON_TYPE


@dataclass
class Reply:
    """One HTTP answer; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """The error code, after checking that the answer has the one error shape."""
        assert self.headers["content-type"] == JSON_TYPE
        error: dict[str, Any] = json.loads(self.body)["error"]
        assert set(error) == {"code", "details", "links", "message", "request_id", "type"}
        assert error["message"]
        return str(error["code"])


class Client:
    """One connection."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._file = self.socket.makefile("rb")

    def send(self, *parts: bytes) -> "Client":
        """Send, without minding whether the server still listens."""
        with contextlib.suppress(OSError):
            self.socket.sendall(b"".join(parts))
        return self

    def line(self) -> bytes:
        """Read one line."""
        return self._file.readline()

    def reply(self, *, head_only: bool = False) -> Reply:
        """Read one answer; interim ones are passed over."""
        status = int(self.line().split(b" ")[1])
        headers = {}
        while line := self.line().strip():
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        if status == 100:
            return self.reply()
        body = b""
        if not head_only and status not in (204, 304):
            if "content-length" in headers:
                body = self._file.read(int(headers["content-length"]))
            else:
                body = b"".join(self.chunks())
        return Reply(status, headers, body)

    def chunks(self) -> Iterator[bytes]:
        """Read the chunks of a chunked body."""
        while size := int(self.line(), 16):
            yield self._file.read(size)
            self.line()
        self.line()

    def closed(self) -> bool:
        """Wait for the server's end of the connection; nothing may come before it."""
        try:
            return self._file.read(1) == b""
        except ConnectionResetError:
            return True

    def close(self) -> None:
        """Close the connection."""
        self._file.close()
        self.socket.close()


def post(body: bytes = b"", *headers: bytes, length: int | None = None) -> bytes:
    """Return a POST to `/`; `length` declares another length than that of `body`."""
    declared = len(body) if length is None else length
    lines = [b"POST / HTTP/1.1", b"Host: unitwire.test", b"Content-Length: %d" % declared, *headers]
    return b"\r\n".join([*lines, b"", b""]) + body


def chunked(*chunks: bytes) -> bytes:
    """Return a POST to `/` with a chunked body."""
    head = b"POST / HTTP/1.1\r\nHost: unitwire.test\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%s\r\n" % (len(one), one) for one in chunks) + b"0\r\n\r\n"


GET = b"GET / HTTP/1.1\r\nHost: unitwire.test\r\n\r\n"
