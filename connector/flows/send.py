"""Outgoing webhooks: many POSTs in flight on one thread, none of which can do harm.

The receiver is hostile until proven otherwise. So each POST has one deadline for everything, from
the look-up of the name to the last byte; the target guard sees the very address that is dialled;
one target holds only its share of what is in flight; and `post.py` cuts every answer short.

libcurl's `socket_action` interface is driven by epoll here, since `curl_multi_fdset` cannot take
descriptors above 1023; this also lets a doorbell of the caller's interrupt the wait.
"""

import selectors
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

import certifi
import pycurl

from connector.errors import InvalidContent
from connector.flows import target
from connector.flows.post import Error, Post, header_lines
from connector.flows.resolve import Resolver
from connector.flows.target import Allow, Target, addresses_of_localhost
from connector.world import monotonic

CONNECT_TIMEOUT_S = 10.0


class Outcome(NamedTuple):
    """How one POST ended.

    `status` is the final HTTP status, 0 if none came. `error` is empty when the answer is whole,
    or was cut here for being too long. An answer that broke off after its status line has both:
    the receiver may have failed halfway. `retry_after` is the header as it came, `head` the status
    line and the telling headers (at most 1,024 bytes), `answer` the first 1,024 bytes of the body,
    `seconds` the time since `start`.
    """

    key: str
    status: int = 0
    error: Error = ""
    retry_after: str = ""
    head: bytes = b""
    answer: bytes = b""
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether the receiver has taken the webhook: a whole answer with a 2xx status."""
        return not self.error and 200 <= self.status < 300


class _Job(NamedTuple):
    key: str
    to: Target
    lines: list[str]
    body: bytes
    began: float
    until: float


class Sender:
    """POSTs to many targets at once. All of it belongs to one thread.

    `max_in_flight` and `per_target` (host and port) bound what runs at the same time. `doorbell`
    is a descriptor that ends `poll` early when it becomes readable; the caller empties it.
    `ca_file` holds the certificate authorities that are trusted, by default certifi's.
    """

    def __init__(
        self,
        allow: Allow,
        *,
        max_in_flight: int = 256,
        per_target: int = 32,
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
        ca_file: str | None = None,
        doorbell: int | None = None,
    ) -> None:
        self._allow = allow
        self._max_in_flight = max_in_flight
        self._per_target = per_target
        self._connect_timeout_s = connect_timeout_s
        self._ca_file = ca_file or certifi.where()
        self._parse = lru_cache(maxsize=4096)(lambda url: target.parse(url, allow))
        self._busy: Counter[tuple[str, int]] = Counter()
        self._waiting: dict[str, list[_Job]] = {}
        self._idle: list[Post] = []
        self._running: dict[pycurl.Curl, tuple[Post, _Job]] = {}
        self._done: list[Outcome] = []
        self._timer: float | None = None
        self._resolver = Resolver(max_lookups=2 * max_in_flight)
        self._doorbell = doorbell
        self._selector = selectors.DefaultSelector()
        self._watched: set[int] = set()  # what of it is libcurl's
        self._resting: set[int] = set()  # what of that waits for another POST
        self._selector.register(self._resolver, selectors.EVENT_READ)
        if doorbell is not None:
            self._selector.register(doorbell, selectors.EVENT_READ)
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._set_timer)
        self._multi.setopt(pycurl.M_MAXCONNECTS, max_in_flight)

    @property
    def in_flight(self) -> int:
        """How many POSTs have begun and not ended."""
        return len(self._running) + sum(map(len, self._waiting.values()))

    def start(
        self, key: str, url: str, headers: Mapping[str, str], body: bytes, deadline_s: float
    ) -> bool:
        """Begin to POST `body` to `url`; `poll` gives the outcome, within `deadline_s` seconds.

        Returns False, and does nothing, while there is no room in all or for this target. A URL
        that the guard refuses, now or since settings changed, ends as `refused_target`.
        Raises ValueError for a header that could not be sent as one line of printable ASCII.
        """
        lines = header_lines(headers)
        try:
            to = self._parse(url)
        except InvalidContent:
            self._done.append(Outcome(key, error="refused_target"))
            return True
        place = (to.host, to.port)
        if self.in_flight >= self._max_in_flight or self._busy[place] >= self._per_target:
            return False
        self._busy[place] += 1
        now = monotonic()
        job = _Job(key, to, lines, body, now, now + deadline_s)
        local = (to.literal,) if to.literal else addresses_of_localhost(to.host, self._allow)
        addresses = local or self._resolver.ask(to.host)
        if addresses is None:
            self._waiting.setdefault(to.host, []).append(job)
        else:
            self._dial(job, addresses)
        return True

    def poll(self, timeout_s: float) -> list[Outcome]:
        """Work until something has ended, the doorbell rings or `timeout_s` is over.

        Returns what has ended since the last call, in no order; may be empty.
        """
        until = monotonic() + timeout_s
        rung = False
        while True:
            wait = 0.0 if self._done else self._next_deadline(until) - monotonic()
            for key, events in self._selector.select(max(0.0, wait)):
                if key.fileobj is self._resolver:
                    self._take_answers()
                elif key.fd == self._doorbell:
                    rung = True
                elif key.fd in self._resting:
                    self._forget(key.fd)
                else:
                    # The selectors' bits for read and write are those of CURL_CSELECT_IN and _OUT.
                    self._multi.socket_action(key.fd, events)
            now = monotonic()
            if self._timer is not None and self._timer <= now:
                self._timer = None
                self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
            self._give_up_waiting(now)
            self._collect()
            if self._done or rung or now >= until:
                done, self._done = self._done, []
                return done

    def close(self) -> None:
        """Break off whatever is in flight; the receivers may or may not have got it."""
        for post, _ in self._running.values():
            self._multi.remove_handle(post.curl)
            self._idle.append(post)
        self._multi.close()
        for post in self._idle:
            post.curl.close()
        self._selector.close()
        self._resolver.close()

    def _next_deadline(self, until: float) -> float:
        ends = [job.until for jobs in self._waiting.values() for job in jobs]
        return min([until, *ends] if self._timer is None else [until, self._timer, *ends])

    def _take_answers(self) -> None:
        for host, addresses in self._resolver.answers():
            for job in self._waiting.pop(host, ()):
                self._dial(job, addresses)

    def _give_up_waiting(self, now: float) -> None:
        for host, jobs in list(self._waiting.items()):
            self._waiting[host] = [job for job in jobs if job.until > now]
            for job in jobs:
                if job.until <= now:
                    self._end(job, error="timeout")
            if not self._waiting[host]:
                del self._waiting[host]

    def _dial(self, job: _Job, addresses: tuple[str, ...]) -> None:
        """Hand the POST to libcurl with its addresses, if the guard lets all of them pass."""
        left_s = job.until - monotonic()
        if not addresses:
            self._end(job, error="dns")
        elif not all(target.permitted(one, self._allow) for one in addresses):
            self._end(job, error="refused_target")
        elif left_s <= 0:
            self._end(job, error="timeout")
        else:
            post = self._idle.pop() if self._idle else self._new_post()
            post.load(job.to, addresses, job.lines, job.body, left_s)
            self._running[post.curl] = (post, job)
            self._multi.add_handle(post.curl)

    def _new_post(self) -> Post:
        return Post(self._allow, self._ca_file, self._connect_timeout_s, self._forget)

    def _collect(self) -> None:
        left = 1
        while left:
            left, good, bad = self._multi.info_read()
            for curl, code in [*((one, pycurl.E_OK) for one in good), *(one[:2] for one in bad)]:
                post, job = self._running.pop(curl)
                self._multi.remove_handle(curl)
                self._end(job, *post.result(code))
                self._idle.append(post)

    def _end(
        self,
        job: _Job,
        status: int = 0,
        error: Error = "",
        retry_after: str = "",
        head: bytes = b"",
        answer: bytes = b"",
    ) -> None:
        place = (job.to.host, job.to.port)
        self._busy[place] -= 1
        if not self._busy[place]:
            del self._busy[place]
        seconds = monotonic() - job.began
        self._done.append(Outcome(job.key, status, error, retry_after, head, answer, seconds))

    def _watch(self, what: int, fd: int, _multi: pycurl.CurlMulti, _data: object) -> None:
        """Register what libcurl wants to hear of a socket (CURLMOPT_SOCKETFUNCTION).

        A socket that is done with stays registered, since it soon carries the next POST: taking it
        out and in again took a tenth of all that a POST costs.
        """
        if what in (pycurl.POLL_REMOVE, pycurl.POLL_NONE):
            self._resting.add(fd)
            return
        self._resting.discard(fd)
        if fd in self._watched:
            self._selector.modify(fd, what)
        else:
            self._watched.add(fd)
            self._selector.register(fd, what)

    def _forget(self, fd: int) -> None:
        """Hear no more of a socket: it was closed from afar, or its number is a new one's."""
        self._resting.discard(fd)
        if fd in self._watched:
            self._watched.remove(fd)
            self._selector.unregister(fd)

    def _set_timer(self, after_ms: int) -> None:
        """Note when libcurl wants to be called again (CURLMOPT_TIMERFUNCTION); -1 is never."""
        self._timer = None if after_ms < 0 else monotonic() + after_ms / 1000
