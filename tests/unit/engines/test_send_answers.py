"""What a target may answer: statuses, headers and bodies of any kind and size."""

import resource
import socket

import pytest
from unit.engines.receivers import OK, Make, Receiver, Receivers, answer, post

from connector.flows.post import (
    MAX_ANSWER_HEADERS,
    MAX_ANSWER_KEPT,
    MAX_ANSWER_READ,
    MAX_HEAD_KEPT,
    MAX_RETRY_AFTER,
)


@pytest.mark.parametrize(
    "status", [200, 201, 202, 204, 299, 300, 304, 400, 404, 410, 429, 500, 599]
)
def test_statuses(sender: Make, receivers: Receivers, status: int) -> None:
    """The status is told as it came; only 2xx is ok."""
    outcome = post(sender(), receivers.answering(answer(f"{status} X")).url)
    assert (outcome.status, outcome.error) == (status, "")
    assert outcome.ok == (200 <= status < 300)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(sender: Make, receivers: Receivers, status: int) -> None:
    """A redirect is the outcome; the place it points at gets no connection."""
    canary = receivers.answering(OK)
    receiver = receivers.answering(answer(f"{status} X", b"", f"Location: {canary.url}"))
    outcome = post(sender(), receiver.url)
    assert (outcome.status, outcome.ok) == (status, False)
    assert canary.connections == 0


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("120", "120"),
        ("  Wed, 21 Oct 2026 07:28:00 GMT ", "Wed, 21 Oct 2026 07:28:00 GMT"),
        ("9" * 500, "9" * MAX_RETRY_AFTER),
        ("\xe9", "\xc3\xa9"),
        ("", ""),
    ],
)
def test_retry_after_is_passed_on(sender: Make, receivers: Receivers, sent: str, kept: str) -> None:
    """Retry-After is handed on as text, cut at a length, whatever is in it."""
    outcome = post(sender(), receivers.answering(answer("503 X", b"", f"retry-AFTER: {sent}")).url)
    assert outcome.retry_after == kept


def test_the_telling_headers_are_kept(sender: Make, receivers: Receivers) -> None:
    """Of the final answer, its status line and what helps its owner; never a cookie."""
    told = ["Server: nginx", "content-TYPE: text/plain", "CF-Ray: 8c1"]
    interim = b"HTTP/1.1 103 Early Hints\r\nServer: early\r\n\r\n"
    sent = interim + answer("503 Service Unavailable", b"", *told, "Set-Cookie: a=b", "X-Other: c")
    head = post(sender(), receivers.answering(sent).url).head
    assert head.decode() == "\r\n".join(["HTTP/1.1 503 Service Unavailable", *told, ""])


@pytest.mark.parametrize("spare", [0, 1])
def test_what_is_kept_of_a_head_is_bounded(sender: Make, receivers: Receivers, spare: int) -> None:
    """1,024 bytes are kept, the next one is not."""
    line, name = "HTTP/1.1 200 OK\r\n", "Server: "
    value = "x" * (MAX_HEAD_KEPT - len(line) - len(name) - 2 + spare)
    head = post(sender(), receivers.answering(answer("200 OK", b"", name + value)).url).head
    assert head.decode() == f"{line}{name}{value}\r\n"[:MAX_HEAD_KEPT]


@pytest.mark.parametrize("size", [MAX_ANSWER_KEPT, MAX_ANSWER_KEPT + 1, MAX_ANSWER_READ])
def test_the_first_kib_is_kept(sender: Make, receivers: Receivers, size: int) -> None:
    """Of an answer, 1,024 bytes are kept for the owner, and the rest is read and dropped."""
    body = bytes(n % 251 for n in range(size))
    outcome = post(sender(), receivers.answering(answer("200 OK", body)).url)
    assert outcome.ok
    assert outcome.answer == body[:MAX_ANSWER_KEPT]


def test_an_answer_over_the_cap_is_cut(sender: Make, receivers: Receivers) -> None:
    """At 64 KiB the connection is kept; one byte more and it is broken off, the status counts."""
    for size, connections in ((MAX_ANSWER_READ, 1), (MAX_ANSWER_READ + 1, 2)):
        receiver = receivers.answering(answer("200 OK", b"x" * size))
        one = sender()
        assert post(one, receiver.url).ok
        assert post(one, receiver.url).ok
        assert receiver.connections == connections


def test_a_huge_answer_costs_no_memory(sender: Make, receivers: Receivers) -> None:
    """200 MB of answer are broken off within the cap; the status counts."""
    sent = 0

    def flood(receiver: Receiver, connection: socket.socket) -> None:
        nonlocal sent
        receiver.read(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 200000000\r\n\r\n")
        for _ in range(2000):
            sent += connection.send(b"x" * 100_000)

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    outcome = post(sender(), receivers(flood).url)
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert (outcome.status, outcome.error, len(outcome.answer)) == (200, "", MAX_ANSWER_KEPT)
    assert grown_kib < 32 * 1024
    assert sent < 50_000_000


def test_compressed_answers_stay_compressed(sender: Make, receivers: Receivers) -> None:
    """No encoding is asked for and none is undone, so no answer can unfold."""
    receiver = receivers.answering(answer("200 OK", b"\x1f\x8bnot gzip", "Content-Encoding: gzip"))
    outcome = post(sender(), receiver.url)
    assert (outcome.ok, outcome.answer) == (True, b"\x1f\x8bnot gzip")
    assert b"ccept" not in receiver.requests[0]


@pytest.mark.parametrize(
    "bytes_sent",
    [
        b"\r\n\r\n", b"hello\r\n\r\n", b"HTTP/0.9 200 OK\r\n\r\n", b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n", b"HTTP/1.1\r\n\r\n", b"SSH-2.0-OpenSSH\r\n", b"\0" * 1000,
        b"HTTP/1.1 -200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)  # fmt: skip
def test_what_is_not_http_is_no_success(
    sender: Make, receivers: Receivers, bytes_sent: bytes
) -> None:
    """Bad status lines and bodies end as an error, never as ok, and never raise."""
    outcome = post(sender(), receivers.answering(bytes_sent, close=True).url)
    assert outcome.error
    assert not outcome.ok


def test_interim_answers_are_not_the_answer(sender: Make, receivers: Receivers) -> None:
    """1xx answers are passed over; if nothing follows them, there was no answer."""
    early = b"HTTP/1.1 103 Early Hints\r\nRetry-After: 5\r\n\r\n"
    assert post(sender(), receivers.answering(early + OK).url).ok
    outcome = post(sender(), receivers.answering(early, close=True).url)
    assert (outcome.status, outcome.ok) == (0, False)
    assert outcome.error


def test_a_flood_of_headers_is_cut(sender: Make, receivers: Receivers) -> None:
    """Headers beyond 64 KiB end the attempt as not HTTP."""

    def flood(receiver: Receiver, connection: socket.socket) -> None:
        receiver.read(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        for number in range(100_000):
            connection.sendall(b"X-%d: %s\r\n" % (number, b"x" * 900))

    outcome = post(sender(), receivers(flood).url)
    assert outcome.error == "protocol"
    assert not outcome.ok
    fits = answer(
        "200 OK", b"", *[f"X-{n}: {'x' * 900}" for n in range(MAX_ANSWER_HEADERS // 1000)]
    )
    assert post(sender(), receivers.answering(fits).url).ok
