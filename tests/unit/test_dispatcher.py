"""The dispatcher against real receivers, on both databases."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from clock import Clock
from network import Postman, Workflows
from receiver import Receiver, receiver
from stage import SECRET, UPSTREAM_SECRET, all_deliveries, connect, listen, rows

from connector import dispatcher, world
from connector.catalogue.samples import sample
from connector.dispatcher import Dispatcher
from connector.flows.deliveries import Filter, replay, replay_many
from connector.flows.parts import Parts
from connector.flows.receive import receive
from connector.flows.rooms import FIRST_ROOM
from connector.stora.signature import sign, verify
from connector.store.db import sqlite_driver
from connector.store.tables import attempts, webhook_endpoints


@pytest.fixture
def workflow() -> Iterator[Receiver]:
    """A workflow that answers 200 unless told otherwise."""
    with receiver() as found:
        yield found


@contextmanager
def running(parts: Parts) -> Iterator[Dispatcher]:
    """Run a dispatcher in a thread, and stop it."""
    made, stop = Dispatcher(parts), threading.Event()
    thread = threading.Thread(target=made.run, args=(stop,))
    thread.start()
    try:
        yield made
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()


def take(parts: Parts, event_id: str, endpoint_id: str = "we_1") -> bytes:
    """Receive one signed invoice.paid and return its bytes."""
    body = json.dumps(sample("invoice.paid", event_id=event_id)).encode()
    receive(parts, endpoint_id, sign(UPSTREAM_SECRET, body, world.now_ms() // 1000), body)
    return body


def eventually(condition: object, seconds: float = 10) -> bool:
    """Whether `condition()` becomes true within `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():  # type: ignore[operator]
            return True
        time.sleep(0.02)
    return False


def statuses(parts: Parts) -> list[str]:
    """Return the statuses of all deliveries."""
    return [row.status for row in all_deliveries(parts)]


def test_an_event_arrives_byte_for_byte_and_signed(parts: Parts, workflow: Receiver) -> None:
    """What Stora sent is what the workflow gets, and the attempt is in the log."""
    connect(parts)
    listen(parts, url=f"{workflow.url}/hook?x=1")
    with running(parts):
        body = take(parts, "evt_1")
        (arrival,) = workflow.wait_for(1)
        assert eventually(lambda: statuses(parts) == ["delivered"])
    assert (arrival.path, arrival.body) == ("/hook?x=1", body)
    assert verify(arrival.headers["X-Stora-Signature"], body, [SECRET], world.now_ms() // 1000).ok
    assert arrival.headers["webhook-id"] == "evt_1"
    (attempt,) = rows(parts, attempts)
    assert (attempt.number, attempt.status, attempt.error) == (1, 200, "")


def test_what_was_due_before_the_start_is_sent(parts: Parts, workflow: Receiver) -> None:
    """A dispatcher that starts finds what waits, without any bell."""
    connect(parts)
    listen(parts, url=workflow.url)
    for number in range(250):  # more than one claim
        take(parts, f"evt_{number}")
    with running(parts):
        arrivals = workflow.wait_for(250)
        assert eventually(lambda: set(statuses(parts)) == {"delivered"})
    assert {a.headers["webhook-id"] for a in arrivals} == {f"evt_{n}" for n in range(250)}


def test_a_failure_is_tried_again_later(
    parts: Parts, workflow: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After 500 the same event comes again under the same id, and the log has both attempts."""
    monkeypatch.setattr("connector.flows.deliver.SCHEDULE_S", (0.05, 0.05, 3600))
    connect(parts)
    listen(parts, url=workflow.url)
    workflow.answer = 500
    with running(parts):
        take(parts, "evt_1")
        workflow.wait_for(2)
        workflow.answer = 200
        assert eventually(lambda: statuses(parts) == ["delivered"])
    assert len({a.headers["webhook-id"] for a in workflow.arrivals}) == 1
    assert [row.status for row in rows(parts, attempts)] == [500, 500, 200]


def test_a_target_that_is_not_allowed_is_never_reached(
    parts: Parts, workflow: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With loopback shut, nothing arrives, and the reason is told."""
    from connector.flows.target import Allow

    connect(parts)
    listen(parts, url=workflow.url.replace("http://", "https://"))
    shut = type(parts)(**{**vars(parts), "allow": Allow()})
    with running(shut):
        take(shut, "evt_1")
        assert eventually(lambda: len(rows(parts, attempts)) == 1)
    assert workflow.arrivals == []
    (delivery,) = all_deliveries(parts)
    assert delivery.status == "pending"
    assert "not allowed" in delivery.reason


def test_a_disabled_endpoint_gets_nothing_more(parts: Parts, workflow: Receiver) -> None:
    """What waits when the endpoint is disabled is skipped at its turn."""
    connect(parts)
    listen(parts, url=workflow.url)
    take(parts, "evt_1")
    with parts.store.begin() as connection:
        connection.execute(webhook_endpoints.update().values(status="disabled"))
    with running(parts):
        assert eventually(lambda: statuses(parts) == ["skipped"])
    assert workflow.arrivals == []


def test_a_slow_target_keeps_its_lease(
    parts: Parts, workflow: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An attempt that outlasts the lease is not made twice, not even by a second dispatcher."""
    monkeypatch.setattr(dispatcher, "LEASE_MS", 600)
    monkeypatch.setattr(dispatcher, "RENEW_MS", 200)
    monkeypatch.setattr(dispatcher, "POLL_S", 0.05)

    def slow(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(1.5)
        handler.send_response(200)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    workflow.answer = slow
    connect(parts)
    listen(parts, url=workflow.url)
    with running(parts), running(parts):
        take(parts, "evt_1")
        assert eventually(lambda: statuses(parts) == ["delivered"])
    assert len(workflow.arrivals) == 1


def test_stopping_lets_what_is_in_flight_end(parts: Parts, workflow: Receiver) -> None:
    """An attempt that is under way when the dispatcher is stopped still counts."""

    def slow(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(0.5)
        handler.send_response(204)
        handler.end_headers()

    workflow.answer = slow
    connect(parts)
    listen(parts, url=workflow.url)
    with running(parts):
        take(parts, "evt_1")
        workflow.wait_for(1)
    assert statuses(parts) == ["delivered"]


def test_what_ended_while_the_database_was_away_is_not_sent_again(
    parts: Parts, workflow: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is saved when the database is back, before anything is claimed, its lease long over."""
    monkeypatch.setattr(dispatcher, "LEASE_MS", 200)
    connect(parts)
    listen(parts, url=f"{workflow.url}/hook")
    take(parts, "evt_1")
    away = threading.Event()

    def unless_away(work: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **more: Any) -> Any:
            if away.is_set():
                raise sqlite_driver().OperationalError("the database is away")
            return work(*arguments, **more)

        return run

    def answer(handler: BaseHTTPRequestHandler) -> None:
        away.set()
        handler.send_response(200)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    workflow.answer = answer
    for name in ("claim", "save", "renew"):
        monkeypatch.setattr(parts.ledger, name, unless_away(getattr(parts.ledger, name)))
    with running(parts):
        workflow.wait_for(1)
        time.sleep(1)  # longer than the lease
        away.clear()
        assert eventually(lambda: all_deliveries(parts)[0].status == "delivered")
    (delivery,) = all_deliveries(parts)
    assert (delivery.attempts, len(workflow.arrivals)) == (1, 1)


def test_replaying_sends_the_same_event_again(parts: Parts, workflow: Receiver) -> None:
    """A replay goes out under the same id, and its attempt is added to the log."""
    connect(parts)
    listen(parts, url=workflow.url)
    with running(parts):
        take(parts, "evt_1")
        assert eventually(lambda: statuses(parts) == ["delivered"])
        replay(parts, "conn_1", all_deliveries(parts)[0].id)
        assert len(workflow.wait_for(2)) == 2
        assert eventually(lambda: statuses(parts) == ["delivered"])
        assert replay_many(parts, "conn_1", Filter(), preview=True) == 1
        assert replay_many(parts, "conn_1", Filter(statuses=("dead",)), preview=False) == 0
        assert replay_many(parts, "conn_1", Filter(), preview=False) == 1
        assert len(workflow.wait_for(3)) == 3
        assert eventually(lambda: statuses(parts) == ["delivered"])
    assert {a.headers["webhook-id"] for a in workflow.arrivals} == {"evt_1"}
    assert [row.number for row in rows(parts, attempts)] == [1, 2, 3]


def test_a_workflow_that_hangs_does_not_stop_another(
    parts: Parts, workflow: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With hundreds of events for a target that never answers, another gets its own at once."""
    release = threading.Event()
    monkeypatch.setattr(dispatcher, "GRACE_S", 0.1)
    with receiver() as stuck:
        stuck.answer = lambda _handler: release.wait(20) and None
        connect(parts)
        listen(parts, "we_1", url=workflow.url)
        listen(parts, "we_2", url=stuck.url)
        for number in range(300):
            take(parts, f"evt_{number}", "we_2")
        with running(parts):
            stuck.wait_for(FIRST_ROOM)
            take(parts, "evt_good", "we_1")
            assert len(workflow.wait_for(1, 3)) == 1
            assert len(stuck.arrivals) == FIRST_ROOM
        assert statuses(parts).count("pending") == 300
        release.set()


def test_one_that_was_frozen_beyond_its_leases_goes_on(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It claims again what it has under way itself, and both outcomes are understood."""
    workflows = Workflows()
    postman = Postman(workflows, lambda: True)
    monkeypatch.setattr(dispatcher, "Sender", lambda *_, **__: postman)
    connect(parts)
    listen(parts)
    take(parts, "evt_1")
    clock = Clock()
    monkeypatch.setattr(world, "time", clock)
    frozen = Dispatcher(parts)
    frozen.turn(0)
    clock.sleep(dispatcher.LEASE_MS / 1000 + 1)
    frozen.turn(0)
    postman._holds = lambda: False
    frozen.turn(0)
    frozen.turn(0)
    assert statuses(parts) == ["delivered"]
    assert len(workflows.received["https://example.com/hook", "evt_1"]) == 2
    assert [row.number for row in rows(parts, attempts)] == [1, 2]
    frozen._finish()
