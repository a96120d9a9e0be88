"""Names into addresses without waiting for them."""

import select
import socket
import threading
from collections.abc import Iterator

import pytest

from connector.flows import resolve
from connector.flows.resolve import FRESH_S, Resolver


class Names:
    """Stands in for the name server; lookups wait for `go`."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.go = threading.Event()
        self.go.set()

    def getaddrinfo(self, host: str, _port: object, **_: object) -> list[tuple[object, ...]]:
        """Answer every name but `nowhere` with two addresses, one of them twice."""
        self.asked.append(host)
        self.go.wait(10)
        if host == "nowhere":
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        found = ("10.0.0.1", "10.0.0.2", "10.0.0.1")
        return [(socket.AF_INET, 1, 6, "", (address, 0)) for address in found]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[Names]:
    """Every lookup goes to a stand-in."""
    one = Names()
    monkeypatch.setattr(resolve.socket, "getaddrinfo", one.getaddrinfo)
    yield one
    one.go.set()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic clock, held."""
    now = [1000.0]
    monkeypatch.setattr(resolve, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def resolver() -> Iterator[Resolver]:
    """A resolver with room for two lookups."""
    one = Resolver(max_lookups=2)
    yield one
    one.close()


def wait(resolver: Resolver, count: int = 1) -> dict[str, tuple[str, ...]]:
    """Wait until `count` answers have come."""
    found: dict[str, tuple[str, ...]] = {}
    while len(found) < count:
        assert select.select([resolver], [], [], 5)[0], "the bell rings when there is an answer"
        found.update(resolver.answers())
    return found


def test_an_answer_is_announced_and_kept(
    resolver: Resolver, names: Names, clock: list[float]
) -> None:
    """A name is looked up once, announced, and known for 30 seconds, no longer."""
    assert resolver.ask("a.example") is None
    assert wait(resolver) == {"a.example": ("10.0.0.1", "10.0.0.2")}
    clock[0] += FRESH_S - 0.01
    assert resolver.ask("a.example") == ("10.0.0.1", "10.0.0.2")
    clock[0] += 0.01
    assert resolver.ask("a.example") is None
    wait(resolver)
    assert names.asked == ["a.example"] * 2


def test_a_failure_is_not_kept(resolver: Resolver, names: Names) -> None:
    """A name without addresses is asked for anew each time."""
    for _ in range(2):
        assert resolver.ask("nowhere") is None
        assert wait(resolver) == {"nowhere": ()}
    assert names.asked == ["nowhere"] * 2


def test_one_lookup_for_each_name(resolver: Resolver, names: Names) -> None:
    """Asking again while a lookup runs starts no second one."""
    names.go.clear()
    assert [resolver.ask("a.example") for _ in range(5)] == [None] * 5
    names.go.set()
    wait(resolver)
    assert names.asked == ["a.example"]


def test_lookups_at_the_limit(resolver: Resolver, names: Names) -> None:
    """Two lookups run, a third name does not resolve, and room comes back with an answer."""
    names.go.clear()
    assert resolver.ask("a.example") is None
    assert resolver.ask("b.example") is None
    assert resolver.ask("c.example") == ()
    names.go.set()
    wait(resolver, 2)
    assert resolver.ask("c.example") is None
    wait(resolver)


def test_an_answer_after_the_end_is_unheard(names: Names) -> None:
    """A lookup that outlives its resolver ends quietly."""
    names.go.clear()
    one = Resolver(max_lookups=1)
    one.ask("late.example")
    (thread,) = [t for t in threading.enumerate() if "_look_up" in t.name]
    one.close()
    names.go.set()
    thread.join(5)
    assert not thread.is_alive()
