"""The load: POSTs over kept connections from one thread, each noted with when it was answered.

    Load(url, 32).as_fast_as_answered(events, seconds=5)    # a closed loop
    Load(url, 32).paced(events, per_second=20)              # by the clock, answered or not

One POST costs 11 µs here, against hundreds in the systems that are measured, and its bytes are made
before the clock runs.
A paced POST that has to wait for a free connection is timed from the moment at which it was due.
"""

import select
import socket
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from urllib.parse import urlsplit

from benchmarks.ports import HOST
from benchmarks.workload import Event

ANSWER_S = 30.0  # when nothing was answered for so long, nothing more is sent
CONNECT_S = 5.0
TICK_S = 0.1


@dataclass(frozen=True, slots=True)
class Sent:
    """One POST: `status` is 0 where no answer came; moments are of the monotonic clock."""

    id: str
    began: float
    ended: float
    status: int

    @property
    def acknowledged(self) -> bool:
        """Whether the answer was a 2xx."""
        return 200 <= self.status < 300


class Load:
    """Sends events to `url` (http, this machine only) over so many connections."""

    def __init__(self, url: str, connections: int) -> None:
        parts = urlsplit(url)
        if parts.hostname != HOST or parts.port is None:
            raise ValueError("the load stays on this machine")
        self._port = parts.port
        self._path = parts.path + (f"?{parts.query}" if parts.query else "")
        self._connections = connections

    def as_fast_as_answered(self, events: Sequence[Event], seconds: float) -> list[Sent]:
        """Send the next event wherever one was answered, until `seconds` are over or none is left.

        Raises ValueError if they ran out: the rate would be that of the supply.
        """
        sent = self._run(self._requests(events), None, seconds)
        if len(sent) == len(events):
            raise ValueError("there were too few events")
        return sent

    def paced(self, events: Sequence[Event], per_second: float) -> list[Sent]:
        """Send all events, one each 1/`per_second` seconds."""
        return self._run(self._requests(events), 1 / per_second, None)

    def all(self, events: Sequence[Event]) -> list[Sent]:
        """Send all events, as fast as they are answered."""
        return self._run(self._requests(events), 0.0, None)

    def reads(self, token: str, count: int, seconds: float) -> list[Sent]:
        """GET the URL with a bearer token again and again, at most `count` times."""
        head = (
            f"GET {self._path} HTTP/1.1\r\nHost: {HOST}:{self._port}\r\n"
            f"Authorization: Bearer {token}\r\n\r\n"
        )
        return self._run([("", head.encode())] * count, None, seconds)

    def _run(
        self, requests: Sequence[tuple[str, bytes]], gap: float | None, seconds: float | None
    ) -> list[Sent]:
        ready = list(reversed(requests))
        sent: list[Sent] = []
        with closing(select.epoll()) as poll, ExitStack() as stack:
            lanes = [
                stack.enter_context(closing(_Lane(self._port, poll)))
                for _ in range(self._connections)
            ]
            idle, by_fd = list(lanes), dict[int, _Lane]()
            due = last = time.monotonic()
            until = None if seconds is None else due + seconds
            while ready or len(idle) < len(lanes):
                now = time.monotonic()
                if until is not None and now >= until:
                    ready.clear()
                while ready and idle and now >= due:
                    lane = idle.pop()
                    lane.event_id, request = ready.pop()
                    lane.began = due if gap else now
                    due += gap or 0.0
                    last = now
                    if lane.send(request):
                        by_fd[lane.fd] = lane
                    else:
                        sent.append(lane.ended(0))
                        idle.append(lane)
                wait = max(0.0, due - time.monotonic()) if ready and idle else TICK_S
                for fd, _ in poll.poll(wait):
                    lane = by_fd[fd]
                    was_busy = lane.is_busy
                    status = lane.read()
                    if was_busy and status is not None:
                        sent.append(lane.ended(status))
                        idle.append(lane)
                        last = sent[-1].ended
                if time.monotonic() - last > ANSWER_S:
                    sent += [lane.ended(0) for lane in lanes if lane.is_busy]
                    break
        return sent

    def _requests(self, events: Sequence[Event]) -> list[tuple[str, bytes]]:
        return [(event.id, self._request(event)) for event in events]

    def _request(self, event: Event) -> bytes:
        head = (
            f"POST {self._path} HTTP/1.1\r\nHost: {HOST}:{self._port}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(event.body)}\r\n"
            f"X-Stora-Signature: {event.signature}\r\n\r\n"
        )
        return head.encode() + event.body


class _Lane:
    """One connection, opened again after it broke."""

    def __init__(self, port: int, poll: select.epoll) -> None:
        self._port, self._poll = port, poll
        self._socket: socket.socket | None = None
        self._got = b""
        self.fd = -1
        self.is_busy = False
        self.event_id, self.began = "", 0.0

    def send(self, request: bytes) -> bool:
        """Send one request; False if there is no connection to be had."""
        self._got = b""
        try:
            if self._socket is None:
                self._socket = socket.create_connection((HOST, self._port), timeout=CONNECT_S)
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.fd = self._socket.fileno()
                self._poll.register(self.fd, select.EPOLLIN)
            self._socket.sendall(request)
        except OSError:
            self.close()
            return False
        self.is_busy = True
        return True

    def read(self) -> int | None:
        """Take what has come; return the status once the answer is whole, 0 if it broke off."""
        assert self._socket is not None
        try:
            data = self._socket.recv(65536)
        except OSError:
            data = b""
        if not data:
            self.close()
            return 0
        self._got += data
        head, found, body = self._got.partition(b"\r\n\r\n")
        if not found or not _is_whole(head.lower(), body):
            return None
        if b"connection: close" in head.lower():
            self.close()
        return int(head[9:12])

    def ended(self, status: int) -> Sent:
        """Return how the request under way, or not even that, has ended."""
        self.is_busy = False
        return Sent(self.event_id, self.began, time.monotonic(), status)

    def close(self) -> None:
        """Close the connection, if there is one; epoll forgets it by itself."""
        if self._socket is not None:
            self._socket.close()
        self._socket = None


def _is_whole(head: bytes, body: bytes) -> bool:
    _, found, after = head.partition(b"content-length:")
    if found:
        return len(body) >= int(after.partition(b"\r\n")[0])
    if b"transfer-encoding: chunked" in head:
        return body.endswith(b"0\r\n\r\n")
    return True
