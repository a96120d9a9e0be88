"""One exchange with Stora is bounded in time and size, and its failures say what is known."""

import gc
import http.server
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from raw import Behave, answer, read_head

from connector import __version__
from connector.errors import StoraUnavailable
from connector.stora.wire import MAX_ANSWER, Wire

Serve = Callable[[Behave], str]


@pytest.fixture
def wire() -> Iterator[Wire]:
    """A wire, closed afterwards."""
    wire = Wire()
    yield wire
    wire.close()


def fails(wire: Wire, url: str, method: str = "POST", deadline_s: float = 5.0) -> StoraUnavailable:
    """Return the error of an exchange."""
    with pytest.raises(StoraUnavailable) as caught:
        wire.exchange(method, url, json={}, deadline_s=deadline_s)
    return caught.value


def drip(head: bytes) -> Behave:
    """Return a behaviour: `head` whole, then a byte each 50 ms."""

    def behave(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(head)
        for _ in range(200):
            connection.sendall(b"x")
            time.sleep(0.05)

    return behave


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nContent-Type: application/json\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Drip: ",
        b"HTT",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 3,
    ],
    ids=["body", "header", "status line", "interim answers"],
)
def test_a_dripping_server_is_left_at_the_deadline(
    raw_server: Serve, wire: Wire, head: bytes
) -> None:
    """A server that sends a byte now and then, wherever in its answer, holds nobody."""
    url = raw_server(drip(head))
    began = time.monotonic()
    assert fails(wire, url, deadline_s=0.5).lost
    assert 0.4 < time.monotonic() - began < 1.5


def test_a_silent_server_is_left_at_the_deadline(raw_server: Serve, wire: Wire) -> None:
    """A server that takes the request and says nothing holds nobody; the effect is unknown."""
    released = threading.Event()
    url = raw_server(lambda connection: (read_head(connection), released.wait(10))[1] and None)
    began = time.monotonic()
    assert fails(wire, url, deadline_s=0.3).lost
    assert time.monotonic() - began < 1.5
    released.set()


def test_a_late_byte_does_not_move_the_deadline(raw_server: Serve, wire: Wire) -> None:
    """A server that falls silent after a byte is left when the whole time is over, not later."""
    released = threading.Event()

    def behave(connection: socket.socket) -> None:
        read_head(connection)
        time.sleep(0.8)
        connection.sendall(b"H")
        released.wait(10)

    began = time.monotonic()
    assert fails(wire, raw_server(behave), deadline_s=1.0).lost
    assert time.monotonic() - began < 1.6
    released.set()


def test_an_answer_just_inside_the_deadline_counts(raw_server: Serve, wire: Wire) -> None:
    """Slow is not late: an answer in two halves within the deadline is taken."""

    def behave(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
        time.sleep(0.3)
        connection.sendall(b"Content-Length: 9\r\n\r\n{" + b'"a": 10}')

    assert wire.exchange("GET", raw_server(behave), deadline_s=5).body == {"a": 10}


def test_a_refused_connection_means_that_nothing_was_sent(wire: Wire) -> None:
    """Where no connection was made, the effect is known: none."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    problem = fails(wire, f"http://127.0.0.1:{port}")
    assert not problem.lost
    assert problem.status == 503


def test_an_unknown_host_means_that_nothing_was_sent(wire: Wire) -> None:
    """A name that has no address is no lost answer."""
    assert not fails(wire, "http://unitwire.invalid").lost


@pytest.mark.parametrize(
    "told", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}", b"not HTTP at all\r\n\r\n"]
)
def test_a_broken_answer_is_lost(raw_server: Serve, wire: Wire, told: bytes) -> None:
    """An answer that breaks off leaves the effect unknown."""

    def behave(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(told)

    assert fails(wire, raw_server(behave)).lost


@pytest.mark.parametrize(
    "behave",
    [
        answer(b"{}", "302 Found", "Location: http://127.0.0.1:1/", "Content-Type: text/html"),
        answer(b"{}", "307 Temporary Redirect", "Content-Type: application/json"),
        answer(b"{}", "304 Not Modified"),
        answer(b"<html>", "200 OK", "Content-Type: text/html"),
        answer(b"{}", "200 OK", "X-No-Type: 1"),
        answer(b"[]"),
        answer(b"{"),
        answer(b"\xff\xfe{}"),
        answer(b'{"a":' * 100_000),
        answer(b'{"a": ' + b"9" * 5_000 + b"}"),
    ],
    ids=[
        *("redirect", "redirect with JSON", "not modified", "HTML", "no type", "a list"),
        *("half", "not UTF-8", "too deep", "too long a number"),
    ],
)
def test_an_answer_that_is_not_storas_own_is_lost(
    raw_server: Serve, wire: Wire, behave: Behave
) -> None:
    """Redirects are not followed, and only a JSON object, declared as one, is an answer."""
    assert fails(wire, raw_server(behave)).lost


def test_an_answer_may_be_empty(raw_server: Serve, wire: Wire) -> None:
    """A 204 has no body and needs no type."""
    found = wire.exchange("DELETE", raw_server(answer(b"", "204 No Content")), deadline_s=5)
    assert (found.status, found.body) == (204, {})


def json_of(size: int) -> bytes:
    """Return a JSON object of `size` bytes."""
    return b'{"a":"' + b"x" * (size - 8) + b'"}'


def test_the_largest_answer_is_taken_and_one_byte_more_is_not(
    raw_server: Serve, wire: Wire
) -> None:
    """The size of an answer is capped, so that it cannot fill the memory."""
    taken = wire.exchange("GET", raw_server(answer(json_of(MAX_ANSWER))), deadline_s=20)
    assert len(taken.body["a"]) == MAX_ANSWER - 8
    assert fails(wire, raw_server(answer(json_of(MAX_ANSWER + 1))), deadline_s=20).lost


PDF = "application/pdf"


def file_of(size: int, kind: bytes = b"application/pdf", status: bytes = b"200 OK") -> Behave:
    """Return a behaviour: answers a file of so many bytes."""

    def behave(connection: socket.socket) -> None:
        read_head(connection)
        head = b"HTTP/1.1 %b\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n"
        connection.sendall(head % (status, kind, size) + b"%" * size)

    return behave


def test_a_file_is_returned_as_it_is(raw_server: Serve, wire: Wire) -> None:
    """The bytes, where a file was asked for; parameters of the content type do not matter."""
    url = raw_server(file_of(5, b"Application/PDF; version=1.7"))
    found = wire.exchange("GET", url, deadline_s=5, accept=PDF)
    assert (found.content, found.body) == (b"%" * 5, {})


def test_a_file_is_asked_for(raw_server: Serve, wire: Wire) -> None:
    """The header says which kind, and nothing else is taken."""
    heads = []

    def behave(connection: socket.socket) -> None:
        heads.append(read_head(connection))
        connection.sendall(b"HTTP/1.1 204 No Content\r\nContent-Type: application/pdf\r\n\r\n")

    wire.exchange("GET", raw_server(behave), deadline_s=5, accept=PDF)
    assert b"accept: application/pdf" in heads[0].lower()


def test_the_largest_file_is_taken_and_one_byte_more_is_not(raw_server: Serve, wire: Wire) -> None:
    """8 MiB."""
    taken = wire.exchange("GET", raw_server(file_of(MAX_ANSWER)), deadline_s=20, accept=PDF)
    assert len(taken.content) == MAX_ANSWER
    with pytest.raises(StoraUnavailable) as caught:
        wire.exchange("GET", raw_server(file_of(MAX_ANSWER + 1)), deadline_s=20, accept=PDF)
    assert caught.value.lost


@pytest.mark.parametrize("kind", [b"text/html", b"application/json"])
def test_another_kind_than_asked_for_is_lost(raw_server: Serve, wire: Wire, kind: bytes) -> None:
    """A page is no invoice."""
    with pytest.raises(StoraUnavailable):
        wire.exchange("GET", raw_server(file_of(2, kind)), deadline_s=5, accept=PDF)


def test_the_error_of_a_file_is_json(raw_server: Serve, wire: Wire) -> None:
    """A refusal is read as always."""
    refused = b'{"error":{"code":"conflict"}}'
    url = raw_server(answer(refused, "409 Conflict"))
    found = wire.exchange("GET", url, deadline_s=5, accept=PDF)
    assert (found.status, found.body["error"]["code"]) == (409, "conflict")


def test_a_compressed_answer_is_not_unpacked(raw_server: Serve, wire: Wire) -> None:
    """Nothing compressed is asked for or unpacked: a small answer stays small."""
    heads: list[bytes] = []

    def behave(connection: socket.socket) -> None:
        heads.append(read_head(connection))
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n"
            b"Content-Length: 4\r\nConnection: close\r\n\r\n\x1f\x8b\x08\x00"
        )

    assert fails(wire, raw_server(behave)).lost
    assert b"Accept-Encoding: identity\r\n" in heads[0]
    assert f"User-Agent: Unitwire/{__version__}\r\n".encode() in heads[0]


def test_nothing_of_the_environment_is_used(
    raw_server: Serve, wire: Wire, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Proxies and netrc of the environment neither see a token nor add one."""
    heads: list[bytes] = []

    def behave(connection: socket.socket) -> None:
        heads.append(read_head(connection))
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
            b"Set-Cookie: a=b; Path=/\r\nConnection: close\r\n\r\n{}"
        )

    (tmp_path / "netrc").write_text("machine 127.0.0.1 login a password b")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    url = raw_server(behave)
    for _ in range(2):
        wire.exchange("GET", url, deadline_s=5)
    assert len(heads) == 2
    assert not any(b"Authorization" in head or b"Cookie" in head for head in heads)


def test_a_connection_is_used_again(wire: Wire) -> None:
    """Calls one after the other share a connection, also after an error."""
    connections = []

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            connections.append(self.client_address)
            self.send_response(404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        for _ in range(3):
            wire.exchange("GET", f"http://127.0.0.1:{server.server_port}", deadline_s=5)
        wire.close()
        server.shutdown()
        thread.join()
    assert len(connections) == 3
    assert len(set(connections)) == 1


def test_threads_do_not_share_and_leave_nothing(raw_server: Serve, wire: Wire) -> None:
    """Each thread has a session of its own, which goes when the thread does."""
    url = raw_server(answer(b"{}"))

    def ask() -> None:
        wire.exchange("GET", url, deadline_s=5)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    gc.collect()
    assert len(wire._sessions) == 0


# ---- TLS ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a key and a certificate for 127.0.0.1 that nobody vouches for."""
    import ipaddress

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loopback")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "loopback.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return file


def over_tls(certificate: Path, behave: Behave) -> Behave:
    """Return `behave` over TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def secured(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as inner:
            behave(inner)

    return secured


def secure(url: str) -> str:
    """Return the same address over TLS."""
    return url.replace("http:", "https:")


def test_a_certificate_nobody_vouches_for_gets_nothing(
    raw_server: Serve, wire: Wire, certificate: Path
) -> None:
    """No token is sent to a server that cannot prove who it is."""
    heads: list[bytes] = []
    url = raw_server(over_tls(certificate, lambda connection: heads.append(read_head(connection))))
    assert not fails(wire, secure(url)).lost
    assert heads == []


def test_the_deadline_holds_over_tls(raw_server: Serve, wire: Wire, certificate: Path) -> None:
    """Dripping does not help a server that speaks TLS either."""
    wire._session().verify = str(certificate)
    whole = secure(raw_server(over_tls(certificate, answer(b'{"a":1}'))))
    assert wire.exchange("GET", whole, deadline_s=5).body == {"a": 1}
    slow = secure(raw_server(over_tls(certificate, drip(b"HTTP/1.1 200 OK\r\nX: "))))
    began = time.monotonic()
    assert fails(wire, slow, deadline_s=0.5).lost
    assert 0.4 < time.monotonic() - began < 1.5


def test_a_fault_of_tls_in_an_answer_is_a_lost_answer(
    raw_server: Serve, wire: Wire, certificate: Path
) -> None:
    """Once the request was sent, a broken TLS stream says nothing about what was done with it."""

    def damage(connection: socket.socket) -> None:
        read_head(connection)
        with socket.socket(fileno=os.dup(connection.fileno())) as bare:
            bare.sendall(b"this is no TLS record")

    wire._session().verify = str(certificate)
    assert fails(wire, secure(raw_server(over_tls(certificate, damage)))).lost
