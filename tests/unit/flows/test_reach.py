"""Whether Stora can reach this installation: really called, over real sockets and real TLS."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from certificates import self_signed
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from connector import world
from connector.flows import look as look_module
from connector.flows import reach
from connector.flows.look import MAX_BODY, Seen, look
from connector.flows.reach import CLOCK_WARN_S, RENEW_DAYS, Finding, clock, public_url
from connector.settings import Settings
from connector.store.secrets import Vault, new_key

VAULT = Vault((new_key(),))
FAR = 400  # days


def settings(server: HTTPServer, **changes: Any) -> Settings:
    """Return settings under which both Unitwire and Stora are at `server`."""
    url = server.url_for("").rstrip("/")
    return Settings(**{"public_url": url, "stora_api_url": url, **changes})


def answer_as(server: HTTPServer, vault: Vault) -> None:
    """Let `server` be an installation with the keys of `vault`."""

    def healthz(request: Request) -> Response:
        return Response(json.dumps({"proof": vault.prove(request.args["challenge"])}))

    server.expect_request("/healthz").respond_with_handler(healthz)


def address(settings: Settings) -> Finding:
    """Return what is found of the public URL."""
    return next(each for each in public_url(settings, VAULT) if each.name == "address")


# ---- the address -------------------------------------------------------------------------------


def test_it_is_this_installation_that_answers(httpserver: HTTPServer) -> None:
    """Also when the key that it signs with is one of the older ones."""
    answer_as(httpserver, VAULT)
    assert address(settings(httpserver)).status == "ok"
    old, new = new_key(), new_key()
    httpserver.clear()
    answer_as(httpserver, Vault((old,)))
    [found] = public_url(settings(httpserver), Vault((new, old)))
    assert found.status == "ok"


def test_another_installation_is_told_apart(httpserver: HTTPServer) -> None:
    """It answers 200, as Unitwire does, and cannot prove itself."""
    answer_as(httpserver, Vault((new_key(),)))
    found = address(settings(httpserver))
    assert found.status == "fail"
    assert "not this Unitwire" in found.says
    assert "UNITWIRE_SECRET_KEYS" in found.mend


@pytest.mark.parametrize(
    "body", ["", "<html>", "[]", '{"proof": 1}', '{"proof": "é"}', "nul", "[" * 16_000]
)
def test_whatever_else_answers_is_not_unitwire(httpserver: HTTPServer, body: str) -> None:
    """A page of somebody's, or JSON of another shape."""
    httpserver.expect_request("/healthz").respond_with_data(body)
    assert address(settings(httpserver)).status == "fail"


@pytest.mark.parametrize("status", [301, 404, 502])
def test_another_status_is_told(httpserver: HTTPServer, status: int) -> None:
    """A redirect is not followed: Stora would not follow it either."""
    elsewhere = {"Location": httpserver.url_for("/elsewhere")}
    httpserver.expect_request("/healthz").respond_with_data("", status, elsewhere)
    found = address(settings(httpserver))
    assert found.status == "fail"
    assert f"answers {status}" in found.says
    assert [request.path for request, _ in httpserver.log] == ["/healthz"]


def test_nobody_there_is_told() -> None:
    """On this machine, what to start is told."""
    found = address(Settings(public_url="http://127.0.0.1:1"))
    assert found.status == "fail"
    assert "unitwire serve" in found.mend


def test_a_name_that_is_not_known_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody can call it then."""
    monkeypatch.setattr(reach, "look", lambda _url: Seen("name", "Could not resolve host"))
    found = address(Settings(public_url="https://unitwire.example.com"))
    assert found.status == "fail"
    assert "unitwire.example.com is not known" in found.says


def test_a_network_that_cannot_call_itself_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows yet, and the way to find out is told."""
    monkeypatch.setattr(reach, "look", lambda _url: Seen("silence", "Connection timed out"))
    found = address(Settings(public_url="https://unitwire.example.com"))
    assert found.status == "warn"
    assert "https://unitwire.example.com/healthz" in found.mend


def test_an_address_of_this_machine_only_is_enough_for_the_sandbox(httpserver: HTTPServer) -> None:
    """But not for Stora."""
    answer_as(httpserver, VAULT)
    assert address(settings(httpserver)).status == "ok"
    far = settings(httpserver, stora_api_url="https://public-api.stora.co")
    found = address(far)
    assert found.status == "warn"
    assert "UNITWIRE_PUBLIC_URL" in found.mend


def test_the_route_answers_a_challenge_and_nothing_else(client: Any, parts: Any) -> None:
    """Only a word of the right form is answered; without one nothing is proven."""
    word = world.new_token()
    proof = client.get("/healthz", query_string={"challenge": word}).json["proof"]
    assert parts.vault.proves(word, proof)
    assert not parts.vault.proves(world.new_token(), proof)
    for other in ("", "x", f"{word}x", "é" * 43):
        assert "proof" not in client.get("/healthz", query_string={"challenge": other}).json


# ---- the certificate ---------------------------------------------------------------------------


@pytest.fixture
def secure(tmp_path: Path) -> Callable[..., Any]:
    """Return a function that serves by TLS, with a certificate that ends in so many days."""

    @contextmanager
    def serve(days: float) -> Iterator[tuple[HTTPServer, str]]:
        pem = tmp_path / "certificate.pem"
        pem.write_bytes(self_signed("localhost", days))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        with HTTPServer(host="localhost", ssl_context=context) as server:
            answer_as(server, VAULT)
            yield server, str(pem)

    return serve


def found_by_tls(server: HTTPServer, pem: str, monkeypatch: pytest.MonkeyPatch) -> list[Finding]:
    """Return what is found of a server whose certificate is trusted."""
    monkeypatch.setattr(reach, "look", lambda url: look(url, pem))
    return list(public_url(settings(server), VAULT))


@pytest.mark.parametrize(
    ("days", "status"), [(RENEW_DAYS, "warn"), (RENEW_DAYS + 0.1, "ok"), (FAR, "ok")]
)
def test_the_days_that_a_certificate_has_left_are_told(
    secure: Any, monkeypatch: pytest.MonkeyPatch, days: float, status: str
) -> None:
    """Whole days; below two weeks whatever renews it has failed."""
    with secure(days) as (server, pem):
        first, second = found_by_tls(server, pem, monkeypatch)
    assert (first.name, first.status) == ("address", "ok")
    assert (second.name, second.status) == ("certificate", status)
    whole = int(days) - (days == int(days))  # a moment has gone by since it was made
    assert f"for {whole} more days" in second.says


def test_a_certificate_that_has_ended_is_told(secure: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """In words, and nothing is asked of who shows it."""
    with secure(-1) as (server, pem):
        [found] = found_by_tls(server, pem, monkeypatch)
        assert server.log == []
    assert (found.name, found.status) == ("certificate", "fail")
    assert "expired" in found.says


def test_a_certificate_of_nobodys_is_told(secure: Any) -> None:
    """Self-signed: no public authority vouches for it."""
    with secure(FAR) as (server, _):
        [found] = public_url(settings(server), VAULT)
    assert found.status == "fail"
    assert "self-signed" in found.says


def test_a_port_without_tls_is_told(httpserver: HTTPServer) -> None:
    """An https address behind which plain HTTP is spoken."""
    plain = httpserver.url_for("").rstrip("/").replace("http:", "https:")
    [found] = public_url(settings(httpserver, public_url=plain), VAULT)
    assert (found.name, found.status) == ("certificate", "fail")
    assert "does not speak TLS" in found.says


# ---- the clock ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("apart_s", "status"),
    [
        (0, "ok"),
        (1, "ok"),
        (2, "ok"),
        (CLOCK_WARN_S - 1, "ok"),
        (CLOCK_WARN_S, "warn"),
        (120, "warn"),
        (121, "fail"),
    ],
)
@pytest.mark.parametrize("direction", [1, -1])
def test_a_wrong_clock_is_told_to_the_second(
    monkeypatch: pytest.MonkeyPatch, apart_s: int, status: str, direction: int
) -> None:
    """Warned of from 30 s, and a fault beyond the time that a signature may be off."""
    at = 1_800_000_000_500  # the half second that a Date cuts off, on average
    date = formatdate(at / 1000 + direction * apart_s, usegmt=True)
    monkeypatch.setattr(reach, "look", lambda _url: Seen(status=404, date=date, at=at))
    found = clock(Settings(signature_tolerance=120))
    assert (found.name, found.status) == ("clock", status)
    side = "behind" if direction > 0 else "ahead of"
    told = f"{apart_s} s {side} Stora's" if apart_s > 1 else "to the second"
    assert told in found.says
    assert bool(found.mend) == (status != "ok")


def test_the_clock_is_compared_with_a_real_answer(httpserver: HTTPServer) -> None:
    """Whatever its status: the same clock is not a second off."""
    httpserver.expect_request("/").respond_with_data("", 404)
    assert clock(settings(httpserver)).says == "The clock agrees with Stora's, to the second."


@pytest.mark.parametrize(
    "date",
    ["", "yesterday", "Mon, 99 Jan 2025 00:00:00 GMT", f"Mon, 01 Jan 2025 00:00:00 +{'9' * 99}"],
)
def test_a_date_that_cannot_be_read_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, date: str
) -> None:
    """What answers without a proper Date tells nothing about the clock."""
    monkeypatch.setattr(reach, "look", lambda _url: Seen(status=200, date=date, at=1))
    assert clock(Settings()).status == "warn"


def test_a_stora_that_does_not_answer_is_a_warning() -> None:
    """And the setting is named."""
    found = clock(Settings(stora_api_url="http://127.0.0.1:1"))
    assert found.status == "warn"
    assert "UNITWIRE_STORA_API_URL" in found.mend


# ---- one look ----------------------------------------------------------------------------------


def test_a_look_has_one_deadline(monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer) -> None:
    """Whoever drips or hangs holds nobody longer than that."""
    monkeypatch.setattr(look_module, "ANSWER_S", 0.2)
    gone = threading.Event()

    def hang(_request: Request) -> Response:
        gone.wait(5)
        return Response("")

    httpserver.expect_request("/").respond_with_handler(hang)
    began = world.monotonic()
    assert look(httpserver.url_for("/")).fault == "silence"
    assert world.monotonic() - began < 2
    gone.set()


@pytest.mark.parametrize("size", [MAX_BODY - 1, MAX_BODY, MAX_BODY + 1, 10 * MAX_BODY])
def test_no_more_is_kept_than_is_needed(httpserver: HTTPServer, size: int) -> None:
    """A body without end is cut, and what came is an answer."""
    httpserver.expect_request("/").respond_with_data(b"x" * size)
    seen = look(httpserver.url_for("/"))
    assert (seen.fault, seen.status) == ("", 200)
    assert len(seen.body) == min(size, MAX_BODY)
