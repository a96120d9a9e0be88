"""Whom a gate refuses because they ask too often: they wait, and nobody else does."""

import time

import pytest
from unit.engines.hello import Connect, Serving, hello
from unit.engines.raw import GET

from connector.errors import TooManyRequests
from connector.web import intake
from connector.web.wsgi import Scope

FLOOD = GET.replace(b"GET / ", b"GET /flood ")
HOLD_S = 0.6


async def gate(scope: Scope, _body: bytes) -> None:
    """Refuse one address, and leave the rest to the application."""
    if scope["path"] == "/flood":
        raise TooManyRequests(retry_after=7)


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two may be kept waiting, for a moment."""
    monkeypatch.setattr(intake, "HOLD_S", HOLD_S)
    monkeypatch.setattr(intake, "MAX_HELD", 2)


def test_they_wait_and_the_next_are_answered_at_once(serving: Serving, connect: Connect) -> None:
    """As many as the limit are held for its time; one more is not, and all are told the same."""
    port = serving(hello, gate=gate)
    began = time.monotonic()
    held = [connect(port).send(FLOOD) for _ in range(2)]
    time.sleep(0.1)
    third = connect(port).send(FLOOD).reply()
    assert time.monotonic() - began < HOLD_S
    replies = [third, *(client.reply() for client in held)]
    assert time.monotonic() - began >= HOLD_S
    assert {(each.status, each.headers["retry-after"]) for each in replies} == {(429, "7")}
    began = time.monotonic()
    assert connect(port).send(FLOOD).reply().status == 429
    assert time.monotonic() - began >= HOLD_S  # the places are free again


def test_they_take_nobodys_place(serving: Serving, connect: Connect) -> None:
    """While two are held, the only place of a server is free for who is good."""
    port = serving(hello, gate=gate, threads=1, max_waiting=0)
    began = time.monotonic()
    held = [connect(port).send(FLOOD) for _ in range(2)]
    time.sleep(0.1)
    assert connect(port).send(GET).reply().status == 200
    assert time.monotonic() - began < HOLD_S
    assert [client.reply().status for client in held] == [429, 429]
