"""Drills: what an operator does once in a while, while events go on coming in."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future

import pytest
from clock import Clock, clock  # noqa: F401  the fixture
from flask.testing import FlaskClient
from network import Postman, Workflows
from sqlalchemy import insert
from stage import SECRET, UPSTREAM_SECRET, all_deliveries, connect, listen, rows

from connector import dispatcher, world
from connector.catalogue.samples import sample
from connector.dispatcher import Dispatcher
from connector.flows import rooms, vitals
from connector.flows.deliver import request_of
from connector.flows.deliveries import retry_now
from connector.flows.parts import Parts, open_parts
from connector.flows.prune import DAY_MS, prune
from connector.flows.receive import receive
from connector.flows.reseal import reseal
from connector.flows.send import Outcome
from connector.settings import Settings
from connector.stora.signature import HEADER, sign, verify
from connector.store.secrets import Vault, new_key
from connector.store.tables import deliveries, events, webhook_endpoints

OLD = 3000  # rows that are past their time
PATIENCE_S = 2.0  # that an event waits at most for the lock, on a busy machine
URL = "https://example.com/hook"


@pytest.fixture(autouse=True)
def endpoint(parts: Parts) -> None:
    """One endpoint that listens."""
    connect(parts)
    listen(parts)


def take(parts: Parts, event_id: str, endpoint_id: str = "we_1") -> None:
    """Receive an event."""
    body = json.dumps(sample("invoice.paid", event_id=event_id)).encode()
    receive(parts, endpoint_id, sign(UPSTREAM_SECRET, body, world.now_ms() // 1000), body)


# ---- keys --------------------------------------------------------------------------------------


def test_keys_are_rotated_while_events_come_in(
    parts: Parts, make_settings: Callable[..., Settings]
) -> None:
    """New key in front, restart, rotate, old key away: each event is verified, taken and signed."""
    (old,), new = parts.settings.secret_keys, new_key()
    opened = []

    def restarted(number: int, *keys: str) -> Parts:
        opened.append(open_parts(make_settings(secret_keys=keys)))
        take(opened[-1], f"evt_{number}")
        return opened[-1]

    take(parts, "evt_0")
    both = restarted(1, new, old)
    take(parts, "evt_2")  # a process that has not been started anew yet
    assert sum(count.changed for count in reseal(both)) == sum(count.seen for count in reseal(both))
    only = restarted(3, new)
    now = world.now_ms()
    found = only.ledger.claim(lease="lse_1", now=now, until=now + 1000, count=10, busy=())
    assert len(found) == 4
    for due in found:
        request = request_of(due, only.vault, now)
        assert verify(request.headers[HEADER], due.body, [SECRET], now // 1000).ok
    for each in opened:
        each.close()


# ---- retention ---------------------------------------------------------------------------------


def test_removing_what_is_over_stalls_nobody(parts: Parts) -> None:
    """Thousands of old rows go a few at a time: events are taken in meanwhile, none waits long."""
    long_ago = world.now_ms() - 40 * DAY_MS
    ids = [f"dlv_{long_ago:012x}{number:012x}" for number in range(OLD)]
    whose = {"connection_id": "conn_1", "endpoint_id": "we_1"}
    with parts.store.begin() as c:
        c.execute(
            insert(events),
            [
                whose
                | {"id": f"old_{id}", "type": "t", "received_at": long_ago, "body": b"x" * 1500}
                | {"delivery_id": id}
                for id in ids
            ],
        )
        c.execute(
            insert(deliveries),
            [
                whose
                | {"id": id, "event_id": f"old_{id}", "event_type": "t", "status": "delivered"}
                | {"created_at": long_ago, "give_up_at": long_ago}
                for id in ids
            ],
        )
    removed: Future[int] = Future()
    thread = threading.Thread(target=lambda: removed.set_result(prune(parts)))
    thread.start()
    waits = []
    while not removed.done() or len(waits) < 5:
        began = time.monotonic()
        take(parts, f"evt_{len(waits)}")
        waits.append(time.monotonic() - began)
    thread.join()
    assert removed.result() == OLD
    assert max(waits) < PATIENCE_S
    assert len(all_deliveries(parts)) == len(waits)


# ---- a workflow that fails ---------------------------------------------------------------------


@pytest.fixture
def working(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Workflows, Dispatcher]]:
    """Workflows in this process, and a dispatcher."""
    workflows = Workflows()
    monkeypatch.setattr(dispatcher, "Sender", lambda *_, **__: Postman(workflows))
    made = Dispatcher(parts)
    yield workflows, made
    made._finish()


def work(parts: Parts, made: Dispatcher) -> None:
    """Let the dispatcher do what it can now, its errands included."""
    for _ in range(40):
        made.turn(0)
    made._errands.submit(lambda: None).result(10)


def failing_since(parts: Parts) -> int | None:
    """Return since when the endpoint fails."""
    return next(row.failing_since for row in rows(parts, webhook_endpoints) if row.id == "we_1")


def test_a_workflow_that_fails_is_probed_and_its_backlog_waits(
    parts: Parts,
    working: tuple[Workflows, Dispatcher],
    clock: Clock,  # noqa: F811
    client: FlaskClient,
) -> None:
    """Hundreds wait untried for one probe, /readyz stays well, and then all go out."""
    workflows, made = working
    workflows.answer = lambda _url: Outcome("", 503)
    for number in range(200):
        take(parts, f"evt_{number}")
    work(parts, made)
    tried = sum(map(len, workflows.received.values()))
    assert tried < 30
    assert failing_since(parts) is not None
    untried = sum(row.attempts == 0 for row in all_deliveries(parts))
    assert untried > 170

    clock.sleep(vitals.LATE_S + 1)
    listen(parts, "we_2", url="https://example.com/other")
    take(parts, "evt_other", "we_2")
    work(parts, made)
    assert sum(map(len, workflows.received.values())) == tried + 2, "one probe, and the other's"
    assert client.get("/readyz").status_code == 200

    workflows.answer = lambda _url: Outcome("", 200)
    for _ in range(20):
        clock.sleep(rooms.LAST_PROBE_S)
        work(parts, made)
    assert {row.status for row in all_deliveries(parts)} == {"delivered"}
    assert failing_since(parts) is None


def test_a_probe_goes_within_a_second_of_being_asked_for(
    parts: Parts,
    working: tuple[Workflows, Dispatcher],
    clock: Clock,  # noqa: F811
) -> None:
    """Long before its time, and everything else follows; whoever looks is told when it comes."""
    workflows, made = working
    workflows.answer = lambda _url: Outcome("", 503)
    for number in range(20):
        take(parts, f"evt_{number}")
    work(parts, made)
    tried = sum(map(len, workflows.received.values()))
    (endpoint,) = rows(parts, webhook_endpoints)
    assert world.now_ms() < endpoint.probe_at <= world.now_ms() + 1000 * rooms.LAST_PROBE_S

    workflows.answer = lambda _url: Outcome("", 200)
    clock.sleep(2)
    work(parts, made)
    assert sum(map(len, workflows.received.values())) == tried
    retry_now(parts, "conn_1", "we_1")
    clock.sleep(1)
    work(parts, made)
    assert sum(map(len, workflows.received.values())) > tried
    for _ in range(10):
        clock.sleep(2)
        work(parts, made)
    assert {row.status for row in all_deliveries(parts)} == {"delivered"}
    (endpoint,) = rows(parts, webhook_endpoints)
    assert (endpoint.failing_since, endpoint.probe_at) == (None, None)


def test_a_secret_that_no_key_opens_stops_only_its_own_workflow(
    parts: Parts, working: tuple[Workflows, Dispatcher]
) -> None:
    """After a key was taken away too early, all other workflows get their events."""
    workflows, made = working
    listen(
        parts,
        "we_lost",
        url="https://example.com/lost",
        secret_sealed=Vault((new_key(),)).seal(SECRET),
    )
    take(parts, "evt_lost", "we_lost")
    take(parts, "evt_good")
    work(parts, made)
    assert list(workflows.received) == [(URL, "evt_good")]
    assert {row.event_id: row.status for row in all_deliveries(parts)} == {
        "evt_lost": "pending",
        "evt_good": "delivered",
    }
