"""The ceiling's POSTs."""

import select
import socket
import time

import pycurl


class Wire:
    """libcurl's multi interface, driven by epoll; `most` connections stay open."""

    def __init__(self, bell: socket.socket, most: int) -> None:
        self.multi = pycurl.CurlMulti()
        self.multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self.multi.setopt(pycurl.M_TIMERFUNCTION, self._set_timer)
        self.multi.setopt(pycurl.M_MAXCONNECTS, most)
        self._timer: float | None = None
        self._bell = bell.fileno()
        self._poll = select.epoll()
        self._poll.register(bell, select.EPOLLIN)
        self._watched: set[int] = set()

    def ended(self, wait_s: float) -> list[pycurl.Curl]:
        """Work until something has ended, the bell rings or `wait_s` is over."""
        until = time.monotonic() + wait_s
        while True:
            next_at = until if self._timer is None else min(until, self._timer)
            rung = False
            for fd, what in self._poll.poll(max(0.0, next_at - time.monotonic())):
                rung |= fd == self._bell
                if fd != self._bell:
                    self.multi.socket_action(fd, bits_of(what))
            now = time.monotonic()
            if self._timer is not None and self._timer <= now:
                self._timer = None
                self.multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
            if (ended := collect(self.multi)) or rung or now >= until:
                return ended

    def _watch(self, what: int, fd: int, _multi: object, _data: object) -> None:
        if what in (pycurl.POLL_REMOVE, pycurl.POLL_NONE):
            if fd in self._watched:
                self._watched.remove(fd)
                self._poll.unregister(fd)
            return
        wanted = {1: select.EPOLLIN, 2: select.EPOLLOUT, 3: select.EPOLLIN | select.EPOLLOUT}[what]
        (self._poll.modify if fd in self._watched else self._poll.register)(fd, wanted)
        self._watched.add(fd)

    def _set_timer(self, after_ms: int) -> None:
        self._timer = None if after_ms < 0 else time.monotonic() + after_ms / 1000


def bits_of(what: int) -> int:
    """Return epoll's events in libcurl's bits; an error is told as both."""
    bad = what & (select.EPOLLERR | select.EPOLLHUP)
    readable = pycurl.CSELECT_IN if bad or what & select.EPOLLIN else 0
    return readable | (pycurl.CSELECT_OUT if bad or what & select.EPOLLOUT else 0)


def handle(target: str) -> pycurl.Curl:
    """Return a handle for POSTs to `target`."""
    curl = pycurl.Curl()
    curl.setopt(pycurl.URL, target)
    curl.setopt(pycurl.POST, 1)
    curl.setopt(pycurl.TIMEOUT, 20)
    curl.setopt(pycurl.NOSIGNAL, 1)
    curl.setopt(pycurl.HTTPHEADER, ["Content-Type: application/json", "Expect:"])
    curl.setopt(pycurl.WRITEFUNCTION, len)
    return curl


def collect(multi: pycurl.CurlMulti) -> list[pycurl.Curl]:
    """Return the handles whose POST has ended."""
    ended: list[pycurl.Curl] = []
    left = 1
    while left:
        left, good, bad = multi.info_read()
        ended += [*good, *(each[0] for each in bad)]
    for curl in ended:
        multi.remove_handle(curl)
    return ended
