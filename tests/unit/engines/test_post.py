"""The rules of one POST, each set by name, and how what libcurl tells is understood."""

from typing import Any

import pycurl
import pytest

from connector.flows import post
from connector.flows.post import (
    MAX_ANSWER_HEADERS,
    MAX_ANSWER_KEPT,
    MAX_ANSWER_READ,
    Post,
    header_lines,
)
from connector.flows.target import Allow, Target

TARGET = Target("https://name.example:8443/hook", "name.example", 8443)


class Handle:
    """Stands in for libcurl's handle: keeps what is set, tells the status that it was given."""

    status = 0

    def __init__(self) -> None:
        self.options: dict[int, Any] = {}

    def setopt(self, option: int, value: Any) -> None:
        """Keep an option."""
        self.options[option] = value

    def getinfo(self, what: int) -> int:
        """Return the status of the answer."""
        assert what == pycurl.RESPONSE_CODE
        return self.status


@pytest.fixture
def one(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A POST, loaded, on a handle that sends nothing."""
    monkeypatch.setattr(post.pycurl, "Curl", Handle)
    made = Post(Allow(), "/ca.pem", 2.5, lambda _: None)
    made.load(TARGET, ["192.0.2.1", "192.0.2.2"], ["A: b"], b"{}", 1.5)
    return made


def test_no_rule_is_left_to_a_default_of_libcurl(one: Any) -> None:
    """What must hold whichever libcurl was built how is said, and nothing else is set."""
    assert one.curl.options == {
        pycurl.POST: 1,
        pycurl.FOLLOWLOCATION: 0,
        pycurl.PROTOCOLS: pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS,
        pycurl.USERAGENT: "",
        pycurl.PROXY: "",
        pycurl.NETRC: pycurl.NETRC_IGNORED,
        pycurl.HTTP_VERSION: pycurl.CURL_HTTP_VERSION_1_1,
        pycurl.HTTP09_ALLOWED: 0,
        pycurl.PATH_AS_IS: 1,
        pycurl.SSL_VERIFYPEER: 1,
        pycurl.SSL_VERIFYHOST: 2,
        pycurl.SSLVERSION: pycurl.SSLVERSION_TLSv1_2,
        pycurl.CAINFO: "/ca.pem",
        pycurl.CONNECTTIMEOUT_MS: 2500,
        pycurl.MAXAGE_CONN: 30,
        pycurl.NOSIGNAL: 1,
        pycurl.OPENSOCKETFUNCTION: one._open,
        pycurl.HEADERFUNCTION: one._take_header,
        pycurl.WRITEFUNCTION: one._take_body,
        pycurl.URL: "https://name.example:8443/hook",
        pycurl.RESOLVE: ["+name.example:8443:192.0.2.1,192.0.2.2"],
        pycurl.HTTPHEADER: ["A: b"],
        pycurl.POSTFIELDS: b"{}",
        pycurl.TIMEOUT_MS: 1500,
    }


def test_an_address_in_the_url_needs_no_name(one: Any) -> None:
    """Where the host is an address itself, libcurl is told of no other."""
    one.load(Target("https://192.0.2.1/", "192.0.2.1", 443, "192.0.2.1"), [], [], b"", 1)
    assert one.curl.options[pycurl.RESOLVE] == []


@pytest.mark.parametrize("left_s", [0.0001, 0, -5])
def test_a_deadline_that_is_over_is_no_endless_one(one: Any, left_s: float) -> None:
    """To libcurl 0 means for ever, so the least that it is told is a millisecond."""
    one.load(TARGET, [], [], b"", left_s)
    assert one.curl.options[pycurl.TIMEOUT_MS] == 1


def test_a_header_that_cannot_be_sent_is_named() -> None:
    """The fault is told with the header's name and without its value, which may be secret."""
    with pytest.raises(ValueError, match="cannot") as refused:
        header_lines({"X-A": "é"})
    assert str(refused.value) == "header 'X-A' cannot be sent: its value must be printable ASCII"


def test_headers_as_libcurl_takes_them() -> None:
    """An empty one ends in a semicolon, and the two that libcurl would add are taken out."""
    lines = header_lines({"X-A": "b\tc", "X-Empty": " "})
    assert lines == ["X-A: b\tc", "X-Empty;", "Expect:", "Accept:"]


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (pycurl.E_COULDNT_RESOLVE_HOST, "dns"),
        (pycurl.E_COULDNT_CONNECT, "connect"),
        (pycurl.E_OPERATION_TIMEDOUT, "timeout"),
        (pycurl.E_SSL_CONNECT_ERROR, "tls"),
        (pycurl.E_PEER_FAILED_VERIFICATION, "tls"),
        (pycurl.E_GOT_NOTHING, "reset"),
        (pycurl.E_SEND_ERROR, "reset"),
        (pycurl.E_RECV_ERROR, "reset"),
        (pycurl.E_PARTIAL_FILE, "reset"),
        (pycurl.E_UNSUPPORTED_PROTOCOL, "protocol"),
        (pycurl.E_OK, "protocol"),
    ],
)
def test_without_an_answer_the_error_says_why(one: Any, code: int, error: str) -> None:
    """Each result of libcurl has its word; a good one without an answer was not HTTP."""
    assert one.result(code) == (0, error, "", b"", b"")


@pytest.mark.parametrize(
    ("status", "told"), [(103, (0, "protocol")), (199, (0, "protocol")), (200, (200, ""))]
)
def test_an_interim_status_is_none(one: Any, status: int, told: tuple[int, str]) -> None:
    """Below 200 there was no answer yet."""
    one.curl.status = status
    assert one.result(pycurl.E_OK)[:2] == told


def test_what_broke_off_has_status_and_error(one: Any) -> None:
    """After a status line the receiver may have failed halfway: both are told."""
    one.curl.status = 200
    assert one.result(pycurl.E_PARTIAL_FILE)[:2] == (200, "reset")


def test_a_refused_address_counts_only_without_an_answer(one: Any) -> None:
    """Where another address of the name has answered, that answer is the outcome."""
    one._refused = True
    assert one.result(pycurl.E_COULDNT_CONNECT)[:2] == (0, "refused_target")
    one.curl.status = 200
    assert one.result(pycurl.E_OK)[:2] == (200, "")


def test_a_body_is_read_to_its_cap_and_kept_in_part(one: Any) -> None:
    """The byte after the cap breaks off, and what was cut here is whole for us."""
    one.curl.status = 200
    assert one._take_body(b"a" * (MAX_ANSWER_KEPT - 1)) is None
    assert one._take_body(b"bc") is None
    assert one._take_body(b"d" * (MAX_ANSWER_READ - MAX_ANSWER_KEPT - 1)) is None
    assert one.result(pycurl.E_PARTIAL_FILE)[1] == "reset"
    assert one._take_body(b"e") == 0
    kept = b"a" * (MAX_ANSWER_KEPT - 1) + b"b"
    assert one.result(pycurl.E_WRITE_ERROR) == (200, "", "", b"", kept)


def test_headers_are_read_to_their_cap(one: Any) -> None:
    """64 KiB of them pass, in however many lines; the byte after breaks off."""
    half = b"X: " + b"x" * (MAX_ANSWER_HEADERS // 2 - 3)
    assert one._take_header(half) is None
    assert one._take_header(half) is None
    assert one._take_header(b"x") == 0
