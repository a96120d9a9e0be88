"""Events that arrive together: one transaction for many, and no harm from one to another."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from typing import Any

import pytest
from parallel import on_a_loop
from stage import all_deliveries, received, rows
from unit.flows.claiming import endpoint  # noqa: F401  the fixture

from connector import world
from connector.flows.parts import Parts
from connector.store.db import is_unavailable
from connector.store.ledger import Hook, Received
from connector.store.ledger.inbound import ROWS, Inbound
from connector.store.ledger.together import HOOK_S, Together
from connector.store.tables import events

pytestmark = pytest.mark.usefixtures("endpoint")


@pytest.fixture
def parts(parts: Parts) -> Parts:
    """An installation on SQLite; with PostgreSQL each event has a transaction of its own."""
    if not parts.store.is_sqlite:
        pytest.skip("with SQLite only")
    return parts


def event(event_id: str) -> Received:
    """Return an event with a body of its own."""
    return received(event_id, body=event_id.encode())


@contextmanager
def locked(parts: Parts) -> Iterator[None]:
    """Hold the database's write lock meanwhile, so that what arrives gathers."""
    with closing(parts.store.bare_connection()) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


async def arrive(together: Together, arrivals: list[Received]) -> list[BaseException | None]:
    """Let all arrive at once; return what became of each."""
    return await asyncio.gather(*map(together.record, arrivals), return_exceptions=True)


@pytest.mark.parametrize("count", [1, *(n + d for n in ROWS[:-1] for d in (-1, 0, 1)), 75])
def test_all_that_arrive_at_once_are_there(parts: Parts, count: int) -> None:
    """However many rows a batch has, each event is kept with its own body and delivery, once."""
    told: list[int] = []
    arrivals = [event(f"evt_{number}") for number in range(count)]
    assert not any(on_a_loop(arrive(Together(parts.store, told.append), arrivals)))
    kept = {row.id: (bytes(row.body), row.delivery_id) for row in rows(parts, events)}
    assert kept == {each.event_id: (each.body, each.delivery_id) for each in arrivals}
    found = {(row.event_id, row.id, row.due) for row in all_deliveries(parts)}
    assert found == {(each.event_id, each.delivery_id, each.due) for each in arrivals}
    assert sum(told) == count


def test_what_gathers_is_one_batch(parts: Parts) -> None:
    """While the writer waits for the lock, events join; they are told of at once."""
    told: list[int] = []
    together = Together(parts.store, told.append)

    async def gather() -> None:
        with locked(parts):
            waiting = asyncio.ensure_future(
                arrive(together, [event(f"evt_{number}") for number in range(9)])
            )
            await asyncio.sleep(0.05)
            assert told == []
            assert not waiting.done()
        assert not any(await waiting)

    on_a_loop(gather())
    assert told == [9]


def test_what_comes_while_a_batch_is_written_is_in_the_next(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An event that joined after the rows were taken would be acknowledged and never kept."""
    told: list[int] = []
    together = Together(parts.store, told.append)
    taken, joined, real = threading.Event(), threading.Event(), together._inbound.insert

    def slow(cursor: Any, batch: list[Received]) -> None:
        real(cursor, batch)
        taken.set()
        assert joined.wait(5)

    monkeypatch.setattr(together._inbound, "insert", slow)

    async def both() -> None:
        first = asyncio.ensure_future(together.record(event("evt_1")))
        assert await asyncio.to_thread(taken.wait, 5)
        second = asyncio.ensure_future(together.record(event("evt_2")))
        await asyncio.sleep(0)
        joined.set()
        await asyncio.gather(first, second)

    on_a_loop(both())
    assert {row.id for row in rows(parts, events)} == {"evt_1", "evt_2"}
    assert told == [1, 1]


def test_the_same_event_twice_in_a_batch_is_one_delivery(parts: Parts) -> None:
    """The second is a repeat, as it would be later."""
    twice = [event("evt_a"), event("evt_b"), event("evt_a")]
    assert not any(on_a_loop(arrive(Together(parts.store, int), twice)))
    assert {row.id: row.repeats for row in rows(parts, events)} == {"evt_a": 1, "evt_b": 0}
    assert {row.id for row in all_deliveries(parts)} == {each.delivery_id for each in twice[:2]}


def test_one_that_cannot_be_written_harms_only_itself(parts: Parts) -> None:
    """Its neighbours are kept all the same, and it alone fails."""
    told: list[int] = []
    bad = event("evt_bad")._replace(event_type=None)  # type: ignore[arg-type]
    first, failed, last = on_a_loop(
        arrive(Together(parts.store, told.append), [event("evt_1"), bad, event("evt_2")])
    )
    assert (first, last) == (None, None)
    assert "NOT NULL" in str(failed)
    assert {row.id for row in rows(parts, events)} == {"evt_1", "evt_2"}
    assert sum(told) == 2


def test_a_locked_database_fails_all_that_wait_and_nothing_after(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None is acknowledged while it is locked; what arrives afterwards is kept."""
    monkeypatch.setattr("connector.store.db.BUSY_TIMEOUT_MS", 100)
    together = Together(parts.store, int)

    async def both() -> None:
        with locked(parts):
            refused = await arrive(together, [event("evt_1"), event("evt_2")])
            assert all(isinstance(each, Exception) and is_unavailable(each) for each in refused)
        assert await arrive(together, [event("evt_3")]) == [None]

    on_a_loop(both())
    assert [row.id for row in rows(parts, events)] == ["evt_3"]


def test_what_cannot_succeed_is_not_tried_again(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that is away is asked once for a batch; an event that came alone is tried once."""
    monkeypatch.setattr("connector.store.db.BUSY_TIMEOUT_MS", 100)
    asked, real = [], parts.store.write_soon

    def counted(job: Callable[[Any], None]) -> Future[None]:
        asked.append(job)
        return real(job)

    monkeypatch.setattr(parts.store, "write_soon", counted)

    async def away() -> list[BaseException | None]:
        with locked(parts):
            return await arrive(Together(parts.store, int), [event("evt_1"), event("evt_2")])

    for problem in on_a_loop(away()):
        assert isinstance(problem, Exception)
        assert is_unavailable(problem)
    assert len(asked) == 1
    bad = event("evt_bad")._replace(event_type=None)  # type: ignore[arg-type]
    assert any(on_a_loop(arrive(Together(parts.store, int), [bad])))
    assert len(asked) == 2


def test_who_stops_waiting_leaves_the_others_their_batch(parts: Parts) -> None:
    """A request that is cancelled takes nobody else's event with it."""
    together = Together(parts.store, int)

    async def one_leaves() -> None:
        with locked(parts):
            leaving = asyncio.ensure_future(together.record(event("evt_1")))
            staying = asyncio.ensure_future(together.record(event("evt_2")))
            await asyncio.sleep(0.01)
            leaving.cancel()
            await asyncio.sleep(0.01)
        await staying

    on_a_loop(one_leaves())
    assert {row.id for row in rows(parts, events)} == {"evt_1", "evt_2"}


def test_a_hook_is_looked_up_once_for_a_batch(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its events share what was found for up to `HOOK_S`; one that comes alone finds what is."""
    together = Together(parts.store, int)
    now = 1000.0
    monkeypatch.setattr(world, "monotonic", lambda: now)
    change = "UPDATE webhook_endpoints SET status = ? WHERE id = 'we_1'"
    looked_up: list[str] = []
    look_up = Inbound.find_hook

    def counted(inbound: Inbound, endpoint_id: str) -> Hook | None:
        looked_up.append(endpoint_id)
        return look_up(inbound, endpoint_id)

    monkeypatch.setattr(Inbound, "find_hook", counted)

    def status() -> str:
        hook = together.find_hook("we_1")
        assert hook
        return hook.status

    async def story() -> None:
        nonlocal now
        with closing(parts.store.bare_connection()) as other:
            for each in ("disabled", "active"):
                other.execute(change, [each])
                assert status() == each
            other.execute("BEGIN IMMEDIATE")
            waiting = asyncio.ensure_future(together.record(event("evt_1")))
            await asyncio.sleep(0.01)
            looked_up.clear()
            assert [status() for _ in range(5)] == ["active"] * 5
            assert len(looked_up) == 1
            other.execute(change, ["disabled"])
            other.execute("COMMIT")
            now += HOOK_S
            assert status() == "disabled"
        await waiting

    on_a_loop(story())


def test_an_unknown_hook_is_not_remembered(parts: Parts) -> None:
    """One that is made while a batch gathers is found by the next event."""
    together = Together(parts.store, int)

    async def story() -> None:
        with closing(parts.store.bare_connection()) as other:
            other.execute("BEGIN IMMEDIATE")
            waiting = asyncio.ensure_future(together.record(event("evt_1")))
            await asyncio.sleep(0.01)
            assert together.find_hook("we_new") is None
            other.execute("UPDATE webhook_endpoints SET id = 'we_new' WHERE id = 'we_1'")
            other.execute("COMMIT")
        assert together.find_hook("we_new")
        await waiting

    on_a_loop(story())
