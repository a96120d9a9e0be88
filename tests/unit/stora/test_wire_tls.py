"""An exchange over TLS: no token for who cannot prove who it is, and the same deadline."""

import os
import socket
import ssl
import time
from pathlib import Path

import pytest
from certificates import self_signed
from raw import Behave, answer, read_head
from unit.stora.exchanges import Serve, drip, fails

from connector.stora.wire import Wire


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a key and a certificate for 127.0.0.1 that nobody vouches for."""
    file = tmp_path_factory.mktemp("tls") / "loopback.pem"
    file.write_bytes(self_signed("127.0.0.1"))
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
