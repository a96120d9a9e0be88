"""Where a POST may go: the addresses that are dialled, and the certificates believed."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import certifi
import pycurl
import pytest
from certificates import self_signed
from unit.engines.receivers import OK, Make, Receiver, Receivers, finish, post

from connector.flows import resolve
from connector.flows.post import Post
from connector.flows.target import Allow, Target

# ---- addresses ---------------------------------------------------------------------------------


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
    one = Post(Allow(), certifi.where(), 1, lambda _: None)
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
    assert time.monotonic() - began < 0.9
    rest = finish(one)
    assert len(rest) == 100
    assert {outcome.error for outcome in rest.values()} == {"timeout"}
    assert time.monotonic() - began < 2


# ---- TLS ---------------------------------------------------------------------------------------


@pytest.fixture
def tls_receiver(receivers: Receivers, tmp_path: Path) -> tuple[Receiver, Path]:
    """A receiver that speaks TLS with a self-signed certificate for localhost."""
    path = tmp_path / "localhost.pem"
    path.write_bytes(self_signed("localhost"))
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
