"""Events that arrive together: one transaction for many, and no harm from one to another."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

import pytest
from parallel import on_a_loop
from stage import all_deliveries, received, rows
from unit.flows.claiming import endpoint  # noqa: F401  the fixture

from connector import world
from connector.errors import Unavailable
from connector.flows.parts import Parts
from connector.store.db import LANES, is_unavailable
from connector.store.ledger import Hook, Received
from connector.store.ledger.inbound import ROWS, Inbound
from connector.store.ledger.together import HOOK_S, Together
from connector.store.tables import events

pytestmark = pytest.mark.usefixtures("endpoint")


on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def event(event_id: str) -> Received:
    """Return an event with a body of its own."""
    return received(event_id, body=event_id.encode())


@contextmanager
def held_up(parts: Parts) -> Iterator[None]:
    """Keep every writer busy meanwhile, so that what arrives gathers."""
    over = threading.Event()
    for _ in range(1 if parts.store.is_sqlite else LANES):
        parts.store.write_soon(lambda _: over.wait(30))
    try:
        yield
    finally:
        over.set()


@contextmanager
def locked(parts: Parts) -> Iterator[None]:
    """Hold SQLite's write lock meanwhile."""
    with parts.store.begin():
        yield


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
    """While every writer is at work, events join; they are told of at once."""
    told: list[int] = []
    together = Together(parts.store, told.append)

    async def gather() -> None:
        with held_up(parts):
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
    """The second is a repeat, as it would be later, and so is the third."""
    told: list[int] = []
    twice = [event("evt_b"), event("evt_a"), event("evt_b"), event("evt_b")]
    assert not any(on_a_loop(arrive(Together(parts.store, told.append), twice)))
    assert told == [4]
    assert {row.id: row.repeats for row in rows(parts, events)} == {"evt_a": 0, "evt_b": 2}
    assert {row.id for row in all_deliveries(parts)} == {each.delivery_id for each in twice[:2]}


def test_one_that_cannot_be_written_harms_only_itself(parts: Parts) -> None:
    """Its neighbours are kept all the same, and it alone fails."""
    told: list[int] = []
    bad = event("evt_bad")._replace(event_type=None)  # type: ignore[arg-type]
    first, failed, last = on_a_loop(
        arrive(Together(parts.store, told.append), [event("evt_1"), bad, event("evt_2")])
    )
    assert (first, last) == (None, None)
    assert "not null" in str(failed).lower().replace("-", " ")
    assert {row.id for row in rows(parts, events)} == {"evt_1", "evt_2"}
    assert sum(told) == 2


@on_sqlite  # PostgreSQL waits
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


@on_sqlite  # PostgreSQL waits
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
        with held_up(parts):
            leaving = asyncio.ensure_future(together.record(event("evt_1")))
            staying = asyncio.ensure_future(together.record(event("evt_2")))
            await asyncio.sleep(0.01)
            leaving.cancel()
            await asyncio.sleep(0.01)
        await staying

    on_a_loop(one_leaves())
    assert {row.id for row in rows(parts, events)} == {"evt_1", "evt_2"}


def watched(
    monkeypatch: pytest.MonkeyPatch, change: Callable[[Hook | None], Hook | None]
) -> list[tuple[str, ...]]:
    """Return what hooks will be asked for; what is found is put through `change`."""
    asked: list[tuple[str, ...]] = []
    find_hook, find_hooks = Inbound.find_hook, Inbound.find_hooks

    def one(inbound: Inbound, endpoint_id: str) -> Hook | None:
        asked.append((endpoint_id,))
        return change(find_hook(inbound, endpoint_id))

    def many(inbound: Inbound, endpoint_ids: Sequence[str]) -> dict[str, Hook | None]:
        asked.append(tuple(endpoint_ids))
        return {key: change(hook) for key, hook in find_hooks(inbound, endpoint_ids).items()}

    monkeypatch.setattr(Inbound, "find_hook", one)
    monkeypatch.setattr(Inbound, "find_hooks", many)
    return asked


def test_a_hook_is_looked_up_once_for_all_that_come_together(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They share what was found for up to `HOOK_S`; an event that comes alone finds what is."""
    together = Together(parts.store, int)
    now, status = 1000.0, "active"
    monkeypatch.setattr(world, "monotonic", lambda: now)
    asked = watched(monkeypatch, lambda hook: hook and hook._replace(status=status))

    async def found() -> str:
        hook = await together.find_hook("we_1")
        assert hook
        return hook.status

    async def story() -> None:
        nonlocal now, status
        for status in ("disabled", "active"):
            assert await found() == status
        with held_up(parts):
            waiting = asyncio.ensure_future(together.record(event("evt_1")))
            await asyncio.sleep(0)
            asked.clear()
            assert [await found() for _ in range(5)] == ["active"] * 5
            assert asked == []
            status = "disabled"
            assert await found() == "active"
            now += HOOK_S
            assert await found() == await found() == "disabled"
            assert len(asked) == 1
        await waiting
        status = "active"
        assert await found() == "active"

    on_a_loop(story())


def test_an_unknown_hook_is_not_remembered(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is made while a batch gathers is found by the next event."""
    together = Together(parts.store, int)
    there = False
    watched(monkeypatch, lambda hook: hook if there else None)

    async def story() -> None:
        nonlocal there
        with held_up(parts):
            waiting = asyncio.ensure_future(together.record(event("evt_1")))
            await asyncio.sleep(0)
            assert await together.find_hook("we_1") is None
            there = True
            assert await together.find_hook("we_1")
        await waiting

    on_a_loop(story())


@on_postgresql
def test_who_asks_at_the_same_moment_shares_the_question(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One look over the network serves all that wait for it, and nobody who comes afterwards.

    A request that is cancelled takes nobody else's answer with it.
    """
    together = Together(parts.store, int)
    asked = watched(monkeypatch, lambda hook: hook)

    async def story() -> None:
        names = ["we_1", "we_2", "we_none", "we_1", "we_2", "we_1"]
        asking = [asyncio.ensure_future(together.find_hook(name)) for name in names]
        await asyncio.sleep(0)
        asking.pop().cancel()
        found = await asyncio.gather(*asking)
        assert [hook and hook.endpoint_id for hook in found] == [
            "we_1",
            "we_2",
            None,
            "we_1",
            "we_2",
        ]
        assert asked == [("we_1", "we_2", "we_none")]
        assert await together.find_hook("we_1")
        assert asked[1:] == [("we_1",)]

    on_a_loop(story())


@on_postgresql
def test_a_database_that_is_away_is_waited_for_once(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many hooks are wanted meanwhile, they are one more question and not one each."""
    together, begun, over = Together(parts.store, int), threading.Event(), threading.Event()
    asked: list[tuple[str, ...]] = []

    def away(_inbound: Inbound, endpoint_ids: Sequence[str]) -> dict[str, Hook | None]:
        asked.append(tuple(endpoint_ids))
        begun.set()
        assert over.wait(10)
        raise Unavailable

    monkeypatch.setattr(Inbound, "find_hooks", away)

    async def story() -> None:
        first = asyncio.ensure_future(together.find_hook("we_1"))
        assert await asyncio.to_thread(begun.wait, 5)
        later = [asyncio.ensure_future(together.find_hook(f"we_{n}")) for n in range(50)]
        await asyncio.sleep(0)
        over.set()
        told = await asyncio.gather(first, *later, return_exceptions=True)
        assert all(isinstance(each, Unavailable) for each in told)

    on_a_loop(story())
    assert asked == [("we_1",), tuple(f"we_{n}" for n in range(50))]


@on_postgresql
def test_what_the_replica_does_not_have_is_not_written_again(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch whose commit was not confirmed is refused as a whole, after one try."""
    tried, real = [], parts.store.write_soon

    def counted(job: Callable[[Any], None]) -> Future[None]:
        tried.append(job)
        return real(job)

    def unconfirmed(_info: object) -> None:
        raise Unavailable

    monkeypatch.setattr(parts.store, "write_soon", counted)
    monkeypatch.setattr("connector.store.db.confirm", unconfirmed)
    arrivals = [event(f"evt_{number}") for number in range(5)]
    told = on_a_loop(arrive(Together(parts.store, int), arrivals))
    assert all(isinstance(each, Unavailable) for each in told)
    assert len(tried) == 1


@on_postgresql
def test_what_waits_for_a_frozen_database_holds_up_no_end(parts: Parts) -> None:
    """What has not begun when the store is closed is let go: who wanted it has gone."""
    over, ran = threading.Event(), threading.Event()
    begun = [parts.store.ask_soon(lambda: over.wait(10))]
    begun += [parts.store.write_soon(lambda _: over.wait(10)) for _ in range(LANES)]
    waiting = [parts.store.ask_soon(ran.set), parts.store.write_soon(lambda _: ran.set())]
    threading.Timer(0.2, over.set).start()
    parts.store.close()
    assert [each.result() for each in begun] == [True] * (1 + LANES)
    assert all(each.cancelled() for each in waiting)
    assert not ran.is_set()


@on_postgresql
def test_batches_that_repeat_each_other_never_wait_in_a_circle(parts: Parts) -> None:
    """Rows are locked in one order, whichever order the events came in."""
    ids = [f"evt_{number:02d}" for number in range(40)]

    async def story() -> None:
        for _ in range(10):
            crowds = [Together(parts.store, int) for _ in range(4)]
            orders = [list(map(event, each)) for each in (ids, ids[::-1]) * 2]
            for told in await asyncio.gather(*map(arrive, crowds, orders)):
                assert not any(told)

    on_a_loop(story())
    assert {row.repeats for row in rows(parts, events)} == {39}
