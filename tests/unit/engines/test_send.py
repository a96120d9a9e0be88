"""Outgoing webhooks against receivers that misbehave, on real sockets."""

import datetime
import resource
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import certifi
import pycurl
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from unit.engines.receivers import LOOPBACK, OK, Receiver, Receivers, finish

from connector.flows import resolve
from connector.flows.post import (
    MAX_ANSWER_HEADERS,
    MAX_ANSWER_KEPT,
    MAX_ANSWER_READ,
    MAX_HEAD_KEPT,
    MAX_RETRY_AFTER,
    Post,
)
from connector.flows.send import Outcome, Sender
from connector.flows.target import Allow, Target

Make = Callable[..., Sender]
HEADERS = {"Content-Type": "application/json", "User-Agent": "Unitwire/test"}


def post(sender: Sender, url: str, deadline_s: float = 5.0, body: bytes = b"{}") -> Outcome:
    """POST once and return the outcome."""
    assert sender.start("it", url, HEADERS, body, deadline_s)
    return finish(sender)["it"]


def answer(status: str, body: bytes = b"", *headers: str) -> bytes:
    """Return a whole HTTP answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


# ---- what is sent --------------------------------------------------------------------------------


def test_the_request_is_exactly_what_was_given(sender: Make, receivers: Receivers) -> None:
    """Path, headers and body arrive as given; libcurl adds Host and the length, nothing else."""
    receiver = receivers.answering(OK)
    body = bytes(range(256))
    url = f"{receiver.url}?a=%2F&b"
    assert post(sender(), url, body=body).ok
    assert receiver.requests == [
        b"POST /hook?a=%2F&b HTTP/1.1\r\n"
        + f"Host: 127.0.0.1:{receiver.port}\r\n".encode()
        + b"Content-Type: application/json\r\nUser-Agent: Unitwire/test\r\nContent-Length: 256\r\n"
        + b"\r\n"
        + body
    ]


@pytest.mark.parametrize("size", [0, 1, 1024 * 1024, 1024 * 1024 + 1, 3_000_000])
def test_no_body_waits_for_a_hundred_continue(
    sender: Make, receivers: Receivers, size: int
) -> None:
    """Bodies of any size go out at once: `Expect: 100-continue` is never sent."""
    receiver = receivers.answering(OK)
    assert post(sender(), receiver.url, body=b"x" * size).ok
    (request,) = receiver.requests
    assert b"expect" not in request.partition(b"\r\n\r\n")[0].lower()
    assert request.endswith(b"\r\n\r\n" + b"x" * size)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-A", "a\r\nX-B: b"), ("X-A", "a\n"), ("X-A", "\0"), ("X-A", "é"), ("X-A", "\x7f"),
        ("X A", "a"), ("X-A:", "a"), ("", "a"), ("X\r\n", "a"), ("Ä", "a"),
    ],
)  # fmt: skip
def test_no_header_can_carry_another(sender: Make, name: str, value: str) -> None:
    """A header that is not one line of printable ASCII is refused, and nothing begins."""
    one = sender()
    with pytest.raises(ValueError, match="cannot be sent"):
        one.start("it", "http://127.0.0.1:1/", {name: value}, b"", 1)
    assert one.in_flight == 0
    assert one.poll(0) == []


def test_an_empty_header_value_is_sent(sender: Make, receivers: Receivers) -> None:
    """A header without a value goes out as such, rather than being left out."""
    receiver = receivers.answering(OK)
    one = sender()
    one.start("it", receiver.url, {"X-Empty": ""}, b"", 5)
    assert finish(one)["it"].ok
    assert b"\r\nX-Empty:\r\n" in receiver.requests[0]


def test_the_environment_has_no_say(
    sender: Make, receivers: Receivers, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Neither proxy variables nor a netrc file change where or what is sent."""
    receiver, proxy = receivers.answering(OK), receivers.answering(OK)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "https_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert post(sender(), receiver.url).ok
    assert proxy.connections == 0
    assert b"uthorization" not in receiver.requests[0]


def test_connections_are_kept(sender: Make, receivers: Receivers) -> None:
    """POSTs one after the other to the same target share one connection."""
    receiver = receivers.answering(OK)
    one = sender()
    for _ in range(5):
        assert post(one, receiver.url).ok
    assert (receiver.connections, len(receiver.requests)) == (1, 5)


def test_a_kept_connection_that_was_closed_is_replaced(sender: Make, receivers: Receivers) -> None:
    """A target that closes after its answer gets the next POST on a new connection."""
    receiver = receivers.answering(OK, close=True)
    one = sender()
    assert post(one, receiver.url).ok
    assert post(one, receiver.url).ok
    assert receiver.connections == 2


def test_nothing_is_left_from_one_post_to_the_next(sender: Make, receivers: Receivers) -> None:
    """A handle that is used again carries no header, body, answer or Retry-After over."""
    first = receivers.answering(answer("503 No", b"long answer", "Retry-After: 7"))
    second = receivers.answering(answer("204 No Content"))
    one = sender()
    assert one.start("a", first.url, {"X-First": "1"}, b"first body", 5)
    assert finish(one)["a"].retry_after == "7"
    assert one.start("b", second.url, {}, b"", 5)
    outcome = finish(one)["b"]
    assert (outcome.status, outcome.retry_after, outcome.answer) == (204, "", b"")
    assert b"X-First" not in second.requests[0]
    assert b"first body" not in second.requests[0]


def test_cookies_are_not_kept(sender: Make, receivers: Receivers) -> None:
    """A target that sets a cookie does not get it back."""
    receiver = receivers.answering(answer("200 OK", b"", "Set-Cookie: a=b; Path=/"))
    one = sender()
    post(one, receiver.url)
    post(one, receiver.url)
    assert b"ookie" not in receiver.requests[1]


# ---- what comes back -----------------------------------------------------------------------------


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


# ---- how it ends ---------------------------------------------------------------------------------


def hang(receiver: Receiver, connection: socket.socket) -> None:
    """Read, and never answer."""
    receiver.read(connection)
    connection.recv(1)


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
    assert outcome.seconds == pytest.approx(0.5, abs=0.2)


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


# ---- how many at once ----------------------------------------------------------------------------


def test_limits_in_flight(sender: Make, receivers: Receivers) -> None:
    """At each limit the next start is turned away, and room comes back when one ends."""
    slow, other = receivers(hang), receivers(hang)
    one = sender(max_in_flight=3, per_target=2)

    def start(key: str, receiver: Receiver) -> bool:
        return one.start(key, receiver.url, {}, b"{}", 0.5)

    assert [start("a", slow), start("b", slow), start("c", slow)] == [True, True, False]
    assert [start("c", other), start("d", other)] == [True, False]
    assert one.in_flight == 3
    assert set(finish(one)) == {"a", "b", "c"}
    assert start("e", slow)


def test_many_at_once(sender: Make, receivers: Receivers) -> None:
    """A thousand POSTs end once each, with no more connections than may be in flight."""
    receiver = receivers.answering(OK)
    one = sender(max_in_flight=50, per_target=50)
    left = [str(number) for number in range(1000)]
    ended: list[str] = []
    while len(ended) < 1000:
        while left and one.start(left[-1], receiver.url, HEADERS, left[-1].encode(), 10):
            left.pop()
        for outcome in one.poll(5):
            assert outcome.ok
            ended.append(outcome.key)
    assert sorted(ended, key=int) == [str(number) for number in range(1000)]
    assert {request.rpartition(b"\r\n")[2] for request in receiver.requests} == {
        key.encode() for key in ended
    }
    assert receiver.connections <= 50


def test_bad_receivers_do_not_slow_a_good_one(sender: Make, receivers: Receivers) -> None:
    """With twenty hanging targets in flight, a good one is served at once."""
    one = sender()
    for number in range(20):
        assert one.start(f"bad{number}", receivers(hang).url, {}, b"{}", 2)
    began = time.monotonic()
    assert one.start("good", receivers.answering(OK).url, {}, b"{}", 2)
    assert [(outcome.key, outcome.ok) for outcome in one.poll(2)] == [("good", True)]
    assert time.monotonic() - began < 0.5


def test_the_doorbell_ends_a_poll(sender: Make) -> None:
    """A datagram on the doorbell wakes a waiting poll, which returns without an outcome."""
    bell, ring = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with bell, ring:
        one = sender(doorbell=bell.fileno())
        threading.Timer(0.1, ring.send, [b"!"]).start()
        began = time.monotonic()
        assert one.poll(5) == []
        assert time.monotonic() - began < 1
        assert bell.recv(1) == b"!"
        began = time.monotonic()
        assert one.poll(0.1) == []
        assert time.monotonic() - began >= 0.1


def test_close_breaks_off(receivers: Receivers) -> None:
    """Closing ends at once, whatever is in flight."""
    one = Sender(Allow.of(["127.0.0.0/8"]))
    one.start("it", receivers(hang).url, {}, b"{}", 30)
    one.poll(0.1)
    began = time.monotonic()
    one.close()
    assert time.monotonic() - began < 1


def test_nothing_is_left_open(receivers: Receivers) -> None:
    """After use and close, a sender has given back every descriptor."""
    receiver, folder = receivers.answering(OK), Path("/proc/self/fd")
    if not folder.exists():
        pytest.skip("needs Linux's /proc")
    theirs = Sender(LOOPBACK)  # whatever is opened once for the whole process
    assert post(theirs, receiver.url).ok
    theirs.close()
    receiver.close()
    before = len(list(folder.iterdir()))
    one = Sender(LOOPBACK)
    for number in range(20):
        one.start(str(number), f"http://127.0.0.1:{receiver.port}/", {}, b"", 1)
        one.start(f"{number} refused", "https://10.0.0.1/", {}, b"", 1)
    finish(one)
    one.close()
    assert len(list(folder.iterdir())) == before


# ---- where it may go -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1", "0x7f000001", "0177.0.0.1", "2130706433", "①②⑦.0.0.1",
        "127。0。0。1", "localhost", "a.localhost", "[::ffff:127.0.0.1]", "[::127.0.0.1]", "[::1]",
        "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "0", "0.0", "me:x@127.0.0.1", "x\\@127.0.0.1",
        "%31%32%37.0.0.1", "[::1%25lo]", "127.0.0.1.",
    ],
)  # fmt: skip
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_no_spelling_reaches_loopback(
    sender: Make, receivers: Receivers, scheme: str, host: str
) -> None:
    """Without a range that allows it no URL reaches loopback: the canary gets no connection."""
    canary = receivers.answering(OK)
    outcome = post(sender(Allow()), f"{scheme}://{host}:{canary.port}/")
    assert (outcome.error, outcome.status) == ("refused_target", 0)
    assert canary.connections == 0


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, list[str] | None]]:
    """Stand in for the name server: names with their addresses; None never answers."""
    book: dict[str, list[str] | None] = {}
    over = threading.Event()

    def getaddrinfo(host: str, _port: object, **_: object) -> list[tuple[object, ...]]:
        addresses = book.get(host, [])
        if addresses is None:
            over.wait(30)
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return [(socket.AF_INET, 1, 6, "", (address, 0)) for address in addresses]

    monkeypatch.setattr(resolve.socket, "getaddrinfo", getaddrinfo)
    yield book
    over.set()


@pytest.mark.parametrize("answers", [["127.0.0.1"], ["::1"], ["::ffff:127.0.0.1", "10.0.0.1"]])
def test_a_name_that_leads_inside_is_refused(
    sender: Make, receivers: Receivers, names: dict[str, list[str] | None], answers: list[str]
) -> None:
    """A name is judged by the addresses it has when it is dialled."""
    canary = receivers.answering(OK)
    names["rebind.example"] = answers
    outcome = post(sender(Allow()), f"https://rebind.example:{canary.port}/")
    assert outcome.error == "refused_target"
    assert canary.connections == 0


@pytest.mark.parametrize("inside", ["127.0.0.2", "10.0.0.1", "::ffff:10.0.0.1"])
def test_a_name_that_also_leads_inside_is_refused_whole(
    sender: Make, receivers: Receivers, names: dict[str, list[str] | None], inside: str
) -> None:
    """One address that is not permitted is enough, wherever it stands among the others."""
    good = receivers.answering(OK)
    one = sender(Allow.of(["127.0.0.1/32"]))
    for number, answers in enumerate((["127.0.0.1", inside], [inside, "127.0.0.1"])):
        names[f"both{number}.example"] = answers
        outcome = post(one, f"https://both{number}.example:{good.port}/", 0.5)
        assert outcome.error == "refused_target"
    assert good.connections == 0


@pytest.mark.parametrize("host", ["localhost", "a.localhost"])
def test_localhost_asks_nobody(
    sender: Make, receivers: Receivers, names: dict[str, list[str] | None], host: str
) -> None:
    """localhost and what is under it are loopback, as far as it is allowed, without a look-up."""
    names[host] = ["10.0.0.1"]
    receiver = receivers.answering(OK)
    assert post(sender(), f"http://{host}:{receiver.port}/").ok


@pytest.mark.parametrize("host", ["127.0.0.1", "name.example"])
def test_the_guard_stands_at_the_socket(receivers: Receivers, host: str) -> None:
    """Even if everything before it let an address pass, libcurl gets no socket for it."""
    canary = receivers.answering(OK)
    url = f"http://{host}:{canary.port}/"
    one = Post(Allow(), certifi.where(), 1)
    one.load(Target(url, host, canary.port), ["127.0.0.1"], [], b"{}", 1)
    with pytest.raises(pycurl.error):
        one.curl.perform()
    assert one.result(pycurl.E_COULDNT_CONNECT)[:2] == (0, "refused_target")
    assert canary.connections == 0
    one.curl.close()


def test_a_name_without_addresses(sender: Make, names: dict[str, list[str] | None]) -> None:
    """A name that does not resolve is an error of the look-up."""
    assert post(sender(), "https://nowhere.example/").error == "dns"


def test_a_name_server_that_hangs_holds_up_nobody_else(
    sender: Make, names: dict[str, list[str] | None], receivers: Receivers
) -> None:
    """A hundred names that never resolve time out; a good target beside them is served at once."""
    one = sender()
    for number in range(100):
        names[f"hang{number}.example"] = None
        assert one.start(f"bad{number}", f"https://hang{number}.example/", {}, b"", 1)
    began = time.monotonic()
    names["good.example"] = ["10.0.0.1"]
    assert one.start("good", "https://good.example/", {}, b"", 1)
    assert [(outcome.key, outcome.error) for outcome in one.poll(1)] == [("good", "refused_target")]
    assert time.monotonic() - began < 0.5
    rest = finish(one)
    assert len(rest) == 100
    assert {outcome.error for outcome in rest.values()} == {"timeout"}
    assert time.monotonic() - began < 2


# ---- TLS -----------------------------------------------------------------------------------------


def certificate(folder: Path, host: str) -> Path:
    """Write a self-signed certificate for `host` with its key; return the file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    today = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{host}.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def tls_receiver(receivers: Receivers, tmp_path: Path) -> tuple[Receiver, Path]:
    """A receiver that speaks TLS with a self-signed certificate for localhost."""
    path = certificate(tmp_path, "localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)

    def behave(receiver: Receiver, connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            while receiver.read(secure):
                secure.sendall(OK)

    return receivers(behave), path


def test_tls_with_a_trusted_certificate(sender: Make, tls_receiver: tuple[Receiver, Path]) -> None:
    """A certificate for the name, signed by a trusted authority, is accepted."""
    receiver, path = tls_receiver
    assert post(sender(ca_file=str(path)), f"https://localhost:{receiver.port}/").ok


def test_a_self_signed_receiver_gets_nothing(
    sender: Make, tls_receiver: tuple[Receiver, Path]
) -> None:
    """A certificate that nobody trusted has signed ends as an error of TLS; no byte of HTTP."""
    receiver, _ = tls_receiver
    assert post(sender(), f"https://localhost:{receiver.port}/").error == "tls"
    assert receiver.requests == []


def test_a_certificate_for_another_name_gets_nothing(
    sender: Make, tls_receiver: tuple[Receiver, Path]
) -> None:
    """A trusted certificate for another name is refused as well."""
    receiver, path = tls_receiver
    for host in ("127.0.0.1", "other.localhost"):
        url = f"https://{host}:{receiver.port}/"
        assert post(sender(ca_file=str(path)), url).error == "tls"
    assert receiver.requests == []


def test_plain_http_on_a_tls_port(sender: Make, receivers: Receivers) -> None:
    """A receiver that does not speak TLS is an error of TLS."""
    receiver = receivers.answering(OK)
    assert post(sender(), f"https://127.0.0.1:{receiver.port}/", 1).error in {"tls", "timeout"}
