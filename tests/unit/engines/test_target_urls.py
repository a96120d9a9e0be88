"""The target guard on URLs: read once or refused, in every spelling, and told what to change."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.engines.addresses import LOOPBACK, NONE, PRIVATE, SHUT

from connector.errors import InvalidContent
from connector.flows.target import MAX_URL, Allow, parse, permitted


def refusal(url: str, allow: Allow = NONE) -> str:
    """Return the message with which `url` is refused; it must point at the field."""
    with pytest.raises(InvalidContent) as caught:
        parse(url, allow)
    (detail,) = caught.value.details
    assert detail["pointer"] == "/url"
    return detail["message"]


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("https://example.com/new_webhook", "https://example.com/new_webhook"),
        ("https://example.com", "https://example.com/"),
        ("https://EXAMPLE.com:443/A", "https://example.com/A"),
        ("https://example.com./x", "https://example.com/x"),
        ("https://example.com:8443/a?b=c&d=%20", "https://example.com:8443/a?b=c&d=%20"),
        ("https://example.com?x", "https://example.com/?x"),
        ("https://example.com/a/../b/./c", "https://example.com/b/c"),
        ("https://example.com:/x", "https://example.com/x"),
        ("https://bücher.example/ü?é", "https://xn--bcher-kva.example/%C3%BC?%C3%A9"),
        ("https://under_score.example/", "https://under_score.example/"),
        ("https://does-not-resolve.invalid/", "https://does-not-resolve.invalid/"),
        ("https://8.8.8.8/", "https://8.8.8.8/"),
        ("https://0x08080808/", "https://8.8.8.8/"),
        ("https://[2606:4700:4700:0:0:0:0:1111]/", "https://[2606:4700:4700::1111]/"),
        ("https://example.com:65535/", "https://example.com:65535/"),
        ("https://example.com:1/", "https://example.com:1/"),
    ],
)
def test_accepted(url: str, canonical: str) -> None:
    """A good URL becomes its one spelling, and that spelling reads as itself."""
    target = parse(url, NONE)
    assert target.url == canonical
    assert parse(canonical, NONE) == target


LITERALS_OF_LOOPBACK = [
    "127.0.0.1", "127.1", "127.0.1", "0x7f000001", "0X7F.1", "0177.0.0.1", "017700000001",
    "2130706433", "127.0.0.1.", "0x7f.0x0.0x0.0x1", "[::1]", "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]", "[::127.0.0.1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[64:ff9b::7f00:1]",
    "[::ffff:0:7f00:1]",
]  # fmt: skip


@pytest.mark.parametrize("host", LITERALS_OF_LOOPBACK)
def test_loopback_in_every_spelling(host: str) -> None:
    """Loopback is seen behind every spelling, and is open only if it is allowed."""
    assert "not on the public Internet" in refusal(f"https://{host}/")
    assert parse(f"https://{host}/", LOOPBACK).literal is not None
    assert parse(f"http://{host}:8080/", LOOPBACK).port == 8080


@pytest.mark.parametrize(
    "host",
    [
        *(f"[{one}]" if ":" in one else one for one in PRIVATE + SHUT),
        "0", "0.0", "0xa9fea9fe", "2852039166", "0251.0376.0251.0376",
        "①②⑦.0.0.1", "127。0。0。1", "127．0．0．1", "１２７.0.0.1", "0x7f。1", "②①③⓪⑦⓪⑥④③③",
        "%31%32%37.0.0.1", "127.0.0.1%00", "[fe80::1%25eth0]", "[::1%25lo]", "[::1%lo]",
        "localhost", "LOCALHOST", "localhost.", "a.localhost", "ⓛocalhost",
        "1.2.3.4.5", "256.256.256.256", "127.0.0.256", "0x100000000", "example.1", "a.0x1", "08.1",
        "", ".", "..", "a..b", ".a", "-a.b", "a-.b", "a" * 64, ".".join(["a" * 63] * 4) + "a",
        "[::1", "::1]", "[v1.x]", "[]", "[127.0.0.1]", "a:b", "exa mple.com", "exa\tmple.com",
        "exa<mple.com", "exa|mple.com", "a,b", "a;b", "a*b", "$(x)",
    ],
)  # fmt: skip
def test_refused_hosts(host: str) -> None:
    """What is not a public address and cannot be a public name is refused at once."""
    assert refusal(f"https://{host}/")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "begin with https://"),
        ("example.com", "begin with https://"),
        ("//example.com/", "begin with https://"),
        ("https:example.com", "begin with https://"),
        ("https:/example.com", "begin with https://"),
        ("HTTPS://example.com/", "begin with https://"),
        ("http://example.com/", "begin with https://"),
        ("http://8.8.8.8/", "begin with https://"),
        ("ftp://example.com/", "begin with https://"),
        ("file:///etc/passwd", "begin with https://"),
        ("javascript:alert(1)", "begin with https://"),
        (" https://example.com/", "spaces"),
        ("https://example.com/ ", "spaces"),
        ("https://example.com/a b", "spaces"),
        ("https://example.com/\n", "control characters"),
        ("https://a\nhttp://b/", "control characters"),
        ("https://example.com/\0", "control characters"),
        ("https://example.com/\x7f", "control characters"),
        ("https://example.com/\u202e", "control characters"),
        ("https://example.com/\ud800", "control characters"),
        ("https://example.com/\u00a0", "spaces"),
        ("https://example.com\\@127.0.0.1/", "backslashes"),
        ("https://user@example.com/", "user name"),
        ("https://user:pass@example.com/", "user name"),
        ("https://@example.com/", "user name"),
        ("https://example.com#@127.0.0.1/", "fragment"),
        ("https://example.com/#", "fragment"),
        ("https://example.com:0/", "port"),
        ("https://example.com:65536/", "port"),
        ("https://example.com:-1/", "port"),
        ("https://example.com:80:80/", "port"),
        ("https://example.com:٣/", "port"),
        ("https://example.com:8o/", "port"),
        ("https:///x", "host"),
        ("https://?x", "host"),
        ("https://example.com/%", "escape"),
        ("https://example.com/%zz", "escape"),
    ],
)
def test_refused_urls(url: str, says: str) -> None:
    """Each kind of bad URL is refused with a message that says what to do."""
    assert says in refusal(url)


def test_an_at_sign_behind_the_host_is_harmless() -> None:
    """Only the part before the path can hold a user name."""
    assert parse("https://example.com/@me?x@y", NONE).host == "example.com"


def test_length_at_the_limit() -> None:
    """2,048 characters are accepted, one more is not, before and after escaping."""
    start = "https://example.com/"
    assert len(parse(start + "a" * (MAX_URL - len(start)), NONE).url) == MAX_URL
    assert "2048" in refusal(start + "a" * (MAX_URL - len(start) + 1))
    assert "2048" in refusal(start + "ü" * 400)


def test_host_name_at_the_limit() -> None:
    """A name of 253 characters and labels of 63 are taken, one more character is not."""
    label = "a" * 63
    longest = ".".join([label, label, label, "a" * 61])
    assert len(parse(f"https://{longest}/", NONE).host) == 253
    assert "host name" in refusal(f"https://{longest}a/")
    assert "host name" in refusal(f"https://{label}a.example/")


def test_http_only_inside_allow() -> None:
    """Plain http is for addresses that a range opens and for localhost, nothing else."""
    assert parse("http://127.0.0.1:9/x", LOOPBACK).url == "http://127.0.0.1:9/x"
    assert parse("http://127.0.0.1:80/x", LOOPBACK).url == "http://127.0.0.1/x"
    assert parse("http://localhost:9/x", LOOPBACK).url == "http://localhost:9/x"
    assert parse("http://localhost/", Allow.of(["::1/128"])).port == 80
    for url in ("http://10.0.0.1/", "http://8.8.8.8/", "http://example.com/"):
        assert refusal(url, LOOPBACK)
    assert refusal("http://localhost/", Allow.of(["10.0.0.0/8"]))


@given(st.text("abc.:/@[]%?#\\0127xf_-é。①\n ", max_size=30))
def test_any_text_is_read_once_or_refused(text: str) -> None:
    """No text raises anything else, and what is accepted is its own canonical form."""
    for url in (text, f"https://{text}", f"http://{text}"):
        try:
            target = parse(url, LOOPBACK)
        except InvalidContent:
            continue
        assert parse(target.url, LOOPBACK) == target
        assert target.url.isascii()


@given(st.text("0123456789.xXabcdef", min_size=1, max_size=15))
def test_no_numeric_spelling_passes_for_a_name(host: str) -> None:
    """Whatever the resolver reads as an address without asking is judged as that address."""
    try:
        found = socket.getaddrinfo(host, None, flags=socket.AI_NUMERICHOST)[0][4][0]
    except (OSError, UnicodeError):
        return
    try:
        target = parse(f"https://{host}/", NONE)
    except InvalidContent:
        assert not permitted(str(found), NONE)
    else:
        assert target.literal == found
        assert permitted(str(found), NONE)


BEGIN = "The URL must begin with https://."


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("ftp://example.com/", BEGIN),
        ("http://example.com/", BEGIN),
        ("https://example.com:0/", "The port must be between 1 and 65535."),
        (
            "https://example.com/a b",
            "The URL must not contain spaces, backslashes or control characters.",
        ),
        (
            "https://example.com/#a",
            "The URL must not have a fragment: leave out the # and what follows.",
        ),
        (
            "https://user@example.com/?next=https://other.example",
            "The URL must not have a user name or password before the host.",
        ),
        ("https://ex%61mple.com/", "The host must be written plainly, without % signs."),
        ("https://example.com/%zz", "Each % in the URL must begin an escape such as %20."),
        (
            "https://example.com:port/",
            "The URL has no valid host and port. Check how it is spelled.",
        ),
        (
            "https://[::127.0.0.360]/",
            "The URL has no valid host and port. Check how it is spelled.",
        ),
        ("https:///path", "The URL has no host."),
        ("https://-a.example/", "The host name is not valid. Check how it is spelled."),
        ("https://1.2.3.4.5/", "The host is neither a name nor a complete address."),
    ],
)
def test_a_refusal_says_what_to_change(url: str, told: str) -> None:
    """Each fault has its own sentence, for whoever pastes the URL."""
    with pytest.raises(InvalidContent) as refused:
        parse(url, NONE)
    assert refused.value.details == [{"pointer": "/url", "message": told}]
