"""The load: POSTs over kept connections from one thread, each noted with when it was answered.

    Load(url, 32).as_fast_as_answered(events, seconds=5)    # a closed loop
    Load(url, 32).paced(events, per_second=20)              # by the clock, answered or not

One POST costs some 20 µs here, against several hundred in any system that is measured, and its
bytes are made before the clock runs.
A paced POST that has to wait for a free connection is timed from the moment at which it was due.
"""

import select
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from benchmarks.ports import HOST
from benchmarks.workload import Event

ANSWER_S = 30.0  # how long the last answers are waited for


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
        self._port, self._path = parts.port, parts.path
        self._lanes = [_Lane(parts.port) for _ in range(connections)]

    def as_fast_as_answered(self, events: Sequence[Event], seconds: float) -> list[Sent]:
        """Send the next event wherever one was answered, until `seconds` are over or none is left.

        Raises ValueError if they ran out: the rate would be that of the supply.
        """
        sent = self._run(events, None, time.monotonic() + seconds)
        if len(sent) == len(events):
            raise ValueError("there were too few events")
        return sent

    def paced(self, events: Sequence[Event], per_second: float) -> list[Sent]:
        """Send all events, one each 1/`per_second` seconds."""
        return self._run(events, 1 / per_second, None)

    def all(self, events: Sequence[Event]) -> list[Sent]:
        """Send all events, as fast as they are answered."""
        return self._run(events, 0.0, None)

    def _run(self, events: Sequence[Event], gap: float | None, until: float | None) -> list[Sent]:
        ready = [(event.id, self._request(event)) for event in events]
        ready.reverse()
        sent: list[Sent] = []
        idle = list(self._lanes)
        busy: dict[int, _Lane] = {}
        poll = select.epoll()
        start = due = time.monotonic()
        if until is not None:
            until += start - time.monotonic()
        while ready or busy:
            now = time.monotonic()
            if until is not None and now >= until:
                ready.clear()
            while ready and idle and now >= due:
                lane = idle.pop()
                event_id, request = ready.pop()
                began = due if gap else now
                due += gap or 0.0
                if lane.send(poll, event_id, request, began):
                    busy[lane.fd] = lane
                else:
                    idle.append(lane)
                    sent.append(Sent(event_id, began, time.monotonic(), 0))
            if not busy and not ready:
                break
            wait = max(0.0, due - time.monotonic()) if ready and idle else 0.5
            for fd, _ in poll.poll(wait):
                status = busy[fd].read(poll)
                if status is not None:
                    lane = busy.pop(fd)
                    idle.append(lane)
                    sent.append(Sent(lane.event_id, lane.began, time.monotonic(), status))
            if (
                not ready
                and busy
                and time.monotonic() - max(lane.began for lane in busy.values()) > ANSWER_S
            ):
                sent += [Sent(lane.event_id, lane.began, now, 0) for lane in busy.values()]
                break
        for lane in self._lanes:
            lane.close()
        poll.close()
        return sent

    def _request(self, event: Event) -> bytes:
        head = (
            f"POST {self._path} HTTP/1.1\r\nHost: {HOST}:{self._port}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(event.body)}\r\n"
            f"X-Stora-Signature: {event.signature}\r\n\r\n"
        )
        return head.encode() + event.body


class _Lane:
    """One connection, opened again after it broke."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None
        self._got = b""
        self.fd = -1
        self.event_id, self.began = "", 0.0

    def send(self, poll: select.epoll, event_id: str, request: bytes, began: float) -> bool:
        """Send one request; False if there is no connection to be had."""
        self.event_id, self.began, self._got = event_id, began, b""
        try:
            if self._socket is None:
                self._socket = socket.create_connection((HOST, self._port), timeout=5)
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.fd = self._socket.fileno()
                poll.register(self.fd, select.EPOLLIN)
            self._socket.sendall(request)
        except OSError:
            self.close()
            return False
        return True

    def read(self, poll: select.epoll) -> int | None:
        """Take what has come; return the status once the answer is whole, 0 if it broke off."""
        assert self._socket is not None
        try:
            data = self._socket.recv(65536)
        except OSError:
            data = b""
        if not data:
            poll.unregister(self.fd)
            self.close()
            return 0
        self._got += data
        head, found, body = self._got.partition(b"\r\n\r\n")
        if not found or not _is_whole(head.lower(), body):
            return None
        if b"connection: close" in head.lower():
            poll.unregister(self.fd)
            self.close()
        return int(head[9:12])

    def close(self) -> None:
        """Close the connection, if there is one."""
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
