"""Fairness: what one connection has due, or how slow its targets are, is in nobody else's way."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler

import pytest
from processes import process
from receiver import receiver
from sqlalchemy import insert
from stage import UPSTREAM_SECRET, connect, listen
from unit.engines.receivers import OK, Receiver, read_request

from connector import world
from connector.catalogue.samples import sample
from connector.flows.parts import Parts
from connector.flows.receive import receive
from connector.stora.signature import sign
from connector.store.tables import deliveries, events

pytestmark = pytest.mark.slow

BOUND_S = 5.0  # by which another's delivery may be late at most
GOOD, EVERY_S = 12, 0.25
ENDPOINTS = 200


def pile_up(parts: Parts, connection_id: str, url: str, count: int) -> None:
    """Let `count` deliveries of a connection be due since long, on many endpoints."""
    connect(parts, connection_id)
    for number in range(ENDPOINTS):
        listen(parts, f"we_{number:03}", connection_id=connection_id, url=url)
    now = world.now_ms()
    rows = [
        {
            "connection_id": connection_id,
            "endpoint_id": f"we_{number % ENDPOINTS:03}",
            "id": f"{number:012x}",
        }
        for number in range(count)
    ]
    event = {"type": "invoice.paid", "received_at": now, "body": b"{}", "repeats": 0}
    due = {
        "event_type": "invoice.paid",
        "status": "pending",
        "due": now - 3_600_000,
        "attempts": 0,
        "created_at": now,
        "give_up_at": now + 3_600_000,
    }
    with parts.store.begin() as c:
        c.execute(
            insert(events),
            [{**row, **event, "delivery_id": f"dlv_{row['id']}"} for row in rows],
        )
        c.execute(
            insert(deliveries),
            [{**row, **due, "event_id": row["id"], "id": f"dlv_{row['id']}"} for row in rows],
        )


def answer_at_once(connection: socket.socket) -> None:
    """Take every webhook at once."""
    while read_request(connection):
        connection.sendall(OK)


def never_answer(connection: socket.socket) -> None:
    """Take the request and stay silent."""
    read_request(connection)
    connection.recv(1)


@pytest.fixture
def target() -> Iterator[Callable[[Callable[[socket.socket], None]], Receiver]]:
    """Return a function that makes a receiver."""
    made: list[Receiver] = []

    def make(behave: Callable[[socket.socket], None]) -> Receiver:
        made.append(Receiver(behave))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.mark.parametrize(
    ("behave", "count"),
    [(answer_at_once, 100_000), (never_answer, 100_000)],
    ids=["a backlog", "slow targets"],
)
def test_a_neighbour_waits_no_longer_than_the_bound(
    parts: Parts,
    target: Callable[[Callable[[socket.socket], None]], Receiver],
    behave: Callable[[socket.socket], None],
    count: int,
) -> None:
    """Beside 100,000 due deliveries of another, on 200 endpoints, each arrives within 5 s."""
    busy = target(behave)
    pile_up(parts, "conn_1", busy.url, count)
    connect(parts, "conn_2")
    with ExitStack() as stack:
        good = stack.enter_context(receiver())
        arrived: dict[str, float] = {}

        def note(handler: BaseHTTPRequestHandler) -> None:
            arrived.setdefault(handler.headers["webhook-id"], time.monotonic())
            handler.send_response(200)
            handler.send_header("Content-Length", "0")
            handler.end_headers()

        good.answer = note
        listen(parts, "we_zzz", connection_id="conn_2", url=good.url)
        stack.enter_context(process(parts, "dispatch"))
        while not busy.connections:  # from when the dispatcher is up
            time.sleep(0.02)
        sent = {}
        for number in range(GOOD):
            event_id = f"evt_{number}"
            body = json.dumps(sample("invoice.paid", event_id=event_id)).encode()
            sent[event_id] = time.monotonic()
            receive(parts, "we_zzz", sign(UPSTREAM_SECRET, body, world.now_ms() // 1000), body)
            time.sleep(EVERY_S)
        end = time.monotonic() + 4 * BOUND_S
        while len(arrived) < GOOD and time.monotonic() < end:
            time.sleep(0.05)
    delays = [arrived[event_id] - at for event_id, at in sent.items()]
    print(f"most {max(delays):.3f} s, median {sorted(delays)[len(delays) // 2]:.3f} s")  # noqa: T201
    assert max(delays) <= BOUND_S
