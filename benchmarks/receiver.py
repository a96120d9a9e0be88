"""The workflow's end: an HTTP server that notes which event came when, and is slow or down on wish.

It runs in a process of its own, one thread around epoll, some 15 µs for each POST.
An event counts as arrived when its request is whole and is going to be answered 2xx.
"""

import heapq
import multiprocessing
import select
import socket
import time
from collections.abc import Collection
from contextlib import suppress
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any

from benchmarks.ports import HOST
from benchmarks.workload import id_in


class Receiver:
    """A context: the receiver runs inside it. Moments are of the monotonic clock."""

    def __enter__(self) -> "Receiver":
        context = multiprocessing.get_context("spawn")
        self._pipe, other = context.Pipe()
        listening = socket.create_server((HOST, 0), backlog=1024)
        self.url = f"http://{HOST}:{listening.getsockname()[1]}/hook"
        self._process = context.Process(target=serve, args=(listening, other), daemon=True)
        self._process.start()
        listening.close()
        self.answer()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._ask("stop")
        self._process.join()

    def answer(self, status: int = 204, after_s: float = 0.0) -> None:
        """Answer so from now on."""
        self._ask("answer", status, after_s)

    def count(self) -> int:
        """Return how many different events have arrived."""
        return int(self._ask("count"))

    def arrivals(self) -> dict[str, list[float]]:
        """Return when each event arrived, once or more often."""
        arrived: dict[str, list[float]] = self._ask("arrivals")
        return arrived

    def unanswered(self) -> int:
        """Return how many requests have arrived and not been answered yet."""
        return int(self._ask("unanswered"))

    def wait_for(self, ids: Collection[str], patience_s: float) -> None:
        """Return when all these events have arrived, or none came for `patience_s` seconds."""
        self._ask("expect", set(ids))
        seen, since = -1, time.monotonic()
        while left := int(self._ask("left")):
            if left != seen:
                seen, since = left, time.monotonic()
            elif time.monotonic() - since > patience_s:
                return
            time.sleep(0.02)

    def _ask(self, *words: object) -> Any:
        self._pipe.send(words)
        return self._pipe.recv()


def serve(listening: socket.socket, pipe: Connection) -> None:
    """Serve until told to stop."""
    _Server(listening, pipe).run()


class _Server:
    def __init__(self, listening: socket.socket, pipe: Connection) -> None:
        self._listening, self._pipe = listening, pipe
        self._status, self._after_s = 204, 0.0
        self._arrived: dict[str, list[float]] = {}
        self._expected: set[str] = set()
        self._clients: dict[int, tuple[socket.socket, bytearray]] = {}
        self._later: list[tuple[float, int, socket.socket, int]] = []  # when, number, whom, status
        self._asked = 0

    def run(self) -> None:
        poll = select.epoll()
        poll.register(self._listening, select.EPOLLIN)
        poll.register(self._pipe, select.EPOLLIN)
        self._poll = poll
        while True:
            wait = max(0.0, self._later[0][0] - time.monotonic()) if self._later else -1
            for fd, _ in poll.poll(wait):
                if fd == self._listening.fileno():
                    client, _address = self._listening.accept()
                    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    poll.register(client, select.EPOLLIN)
                    self._clients[client.fileno()] = (client, bytearray())
                elif fd == self._pipe.fileno():
                    if not self._obey(*self._pipe.recv()):
                        return
                else:
                    self._read(fd)
            now = time.monotonic()
            while self._later and self._later[0][0] <= now:
                _, _, client, status = heapq.heappop(self._later)
                self._reply(client, status)

    def _obey(self, word: str, *values: Any) -> bool:
        answer: object = None
        if word == "answer":
            self._status, self._after_s = values
        elif word == "count":
            answer = len(self._arrived)
        elif word == "expect":
            self._expected = values[0] - self._arrived.keys()
        elif word == "left":
            answer = len(self._expected)
        elif word == "unanswered":
            answer = len(self._later)
        elif word == "arrivals":
            answer = self._arrived
        self._pipe.send(answer)
        return word != "stop"

    def _read(self, fd: int) -> None:
        client, got = self._clients[fd]
        try:
            data = client.recv(65536)
        except OSError:
            data = b""
        if not data:
            self._drop(fd)
            return
        got += data
        end = got.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(got[:end]).lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(got) < end + 4 + length:
            return
        if self._status < 300 and (event_id := id_in(bytes(got[end:]))):
            self._arrived.setdefault(event_id, []).append(time.monotonic())
            self._expected.discard(event_id)
        got.clear()
        self._asked += 1
        if self._after_s:
            when = time.monotonic() + self._after_s
            heapq.heappush(self._later, (when, self._asked, client, self._status))
        else:
            self._reply(client, self._status)

    def _reply(self, client: socket.socket, status: int) -> None:
        length = b"" if status == 204 else b"Content-Length: 0\r\n"
        with suppress(OSError):  # it has gone, which its next event tells
            client.sendall(b"HTTP/1.1 %d -\r\n%s\r\n" % (status, length))

    def _drop(self, fd: int) -> None:
        client, _ = self._clients.pop(fd)
        self._poll.unregister(fd)
        client.close()
