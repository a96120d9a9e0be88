"""Outgoing webhooks on real sockets: what is sent, and how many at once."""

import socket
import threading
import time
from pathlib import Path

import pytest
from unit.engines.receivers import (
    HEADERS,
    LOOPBACK,
    OK,
    Make,
    Receiver,
    Receivers,
    answer,
    finish,
    hang,
    post,
)

from connector.flows.send import Sender
from connector.flows.target import Allow

# ---- what is sent ------------------------------------------------------------------------------


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


def test_a_connection_under_the_number_of_an_old_one_is_heard(
    sender: Make, receivers: Receivers
) -> None:
    """Once an answer has closed its connection, the system gives its descriptor to the next one."""
    receiver = receivers.answering(answer("200 OK", b"", "Connection: close"), close=True)
    one = sender()
    assert [post(one, receiver.url, 1.0).status for _ in range(3)] == [200, 200, 200]
    assert receiver.connections == 3


def test_a_kept_connection_that_was_closed_wakes_it_once(
    sender: Make, receivers: Receivers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A target that closes while nothing is sent to it does not keep the sender busy."""
    receiver = receivers.answering(OK, close=True)
    one = sender()
    assert post(one, receiver.url).ok
    waits = []
    select = one._selector.select
    monkeypatch.setattr(one._selector, "select", lambda wait: (waits.append(wait), select(wait))[1])
    one.poll(0.2)
    assert len(waits) < 10


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


# ---- how many at once --------------------------------------------------------------------------


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
    assert time.monotonic() - began < 1.5


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
