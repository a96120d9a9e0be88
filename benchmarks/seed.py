"""Fill an installation with a log of any size: what the benchmark of the pages and the pictures of
them look at.

    .venv/bin/python benchmarks/seed.py --database-url sqlite:////tmp/big.db --deliveries 1000000

One operator with workflows in every state, events of a month, most of them delivered. The same
numbers make the same log, but for its moments, which end now. Prints the connection's id.
"""

import argparse
import json
import math
import random
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, cast

from sqlalchemy import insert

from connector import world
from connector.catalogue.events import EVENT
from connector.catalogue.samples import sample
from connector.catalogue.wording import label_of
from connector.flows.parts import Parts, open_parts
from connector.flows.receive import PAUSED
from connector.flows.tally import tally
from connector.settings import Settings
from connector.store.tables import (
    attempts,
    connections,
    deliveries,
    events,
    refusals,
    upstream_endpoints,
    webhook_endpoints,
)

DAY_MS = 86_400_000
DAYS = 30
BATCH = 5_000
CONNECTION = "conn_5eed000000000001"
WORKFLOWS = (  # name, platform, event types, how it fares
    ("Paid invoices to Xero", "zapier", ("invoice.paid", "invoice.finalized"), "well"),
    ("Gate code for new tenants", "n8n", ("tenancy.started", "unit.occupied"), "well"),
    ("New lead to HubSpot", "zapier", ("contact.created", "deal.created"), "well"),
    ("Overdue: text and task", "make", ("invoice.marked_uncollectible", "unit.overlocked"), "down"),
    ("Contracts to Drive", "power-automate", ("contract.signed",), "denied"),
    ("Welcome e-mail", "zapier", ("order.completed",), "well"),
    ("Move-out checklist", "n8n", ("subscription.ended", "unit.deallocated"), "paused"),
    ("Owner's spreadsheet", "make", ("unit.updated", "unit.available"), "well"),
    ("Won deals to Slack", "activepieces", ("deal.won", "deal.lost"), "quiet"),
    ("Old website form", "custom", ("contact.updated",), "disabled"),
)
ANSWERS = {"down": (500, "The answer was 500."), "denied": (403, "The answer was 403.")}


def main() -> None:
    """Read the options and fill."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--database-url", required=True)
    options.add_argument("--deliveries", type=int, default=1_000_000)
    given = options.parse_args()
    parts = open_parts(Settings.from_environment(database_url=given.database_url))
    try:
        print(seed(parts, given.deliveries))
    finally:
        parts.close()


def seed(parts: Parts, count: int, workflows: int = len(WORKFLOWS)) -> str:
    """Make the operator, its workflows and `count` deliveries; return the connection's id."""
    chance = random.Random(count)  # noqa: S311 (only for a look of chance)
    now = world.now_ms()
    with parts.store.begin() as c:
        c.execute(insert(connections).values(**connection(parts, now)))
        for number in range(workflows):
            c.execute(insert(webhook_endpoints).values(**endpoint(parts, number, now)))
            c.execute(insert(upstream_endpoints).values(**upstream(number, now)))
        if count:
            c.execute(
                insert(refusals).values(
                    endpoint_id=endpoint_id(2), reason="digest", count=3, last_at=now - 7_200_000
                )
            )
    bodies = {
        event_type: json.dumps(sample(event_type), ensure_ascii=False).encode()
        for *_, event_types, _ in WORKFLOWS
        for event_type in event_types
    }
    batch: list[tuple[dict[str, Any], ...]] = []
    for row in rows(count, workflows, bodies, chance, now):
        batch.append(row)
        if len(batch) == BATCH:
            write(parts, batch)
            batch.clear()
    write(parts, batch)
    while tally(parts):
        pass
    return CONNECTION


def rows(
    count: int, workflows: int, bodies: dict[str, bytes], chance: random.Random, now: int
) -> Iterator[tuple[dict[str, Any], ...]]:
    """Yield event, delivery and attempt of each delivery, oldest first."""
    for number in range(count):
        # Denser by day than by night, and a little denser towards now.
        share = (number + 1) / count
        at = now - int(DAYS * DAY_MS * (1 - share) ** 1.1)
        at = min(at + int(3_600_000 * 3 * math.sin(at / DAY_MS * 2 * math.pi)), now)
        which = min(int(chance.expovariate(0.35)), workflows - 1)
        fares = WORKFLOWS[which % len(WORKFLOWS)][3]
        if fares == "quiet" and now - at < 4 * DAY_MS:
            which, fares = 0, "well"
        yield delivery(number, which, fares, at, bodies, chance, now)


def delivery(
    number: int,
    which: int,
    fares: str,
    at: int,
    bodies: dict[str, bytes],
    chance: random.Random,
    now: int,
) -> tuple[dict[str, Any], ...]:
    """Return the rows of one delivery."""
    event_type = chance.choice(WORKFLOWS[which % len(WORKFLOWS)][2])
    keys = {"connection_id": CONNECTION, "endpoint_id": endpoint_id(which)}
    delivery_id = f"dlv_{at:012x}{number & 0xFFFFFFFFFFFF:012x}"
    event_id = f"evt_{number:016x}"
    took = int(chance.lognormvariate(5.2, 0.7))
    status, reason, answer = "delivered", None, 200
    if fares in ANSWERS and now - at < 5 * 3_600_000:
        status, (answer, reason) = "pending", ANSWERS[fares]
    elif fares == "paused" and now - at < DAY_MS:
        status, reason, answer = "pending", PAUSED, None
    elif fares == "disabled" and now - at < 3 * DAY_MS:
        status, reason, answer = "skipped", "The webhook endpoint was disabled.", None
    elif chance.random() < 0.002:
        status, answer = "dead", 502
        reason = "Given up after 6 attempts. The answer was 502."
    elif chance.random() < 0.01:
        resource = label_of(EVENT[event_type].resource)
        status, answer = "skipped", None
        reason = f"The filter wants: {resource} › Status is open"
    ended = status != "pending"
    event = keys | {
        "id": event_id,
        "type": event_type,
        "occurred_at": world.iso(at - 300),
        "received_at": at,
        "body": bodies[event_type],
        "delivery_id": delivery_id,
    }
    row = keys | {
        "id": delivery_id,
        "event_id": event_id,
        "event_type": event_type,
        "status": status,
        "reason": reason,
        "due": None if ended or reason == PAUSED else now + 600_000,
        "attempts": 0 if answer is None else 1 if status == "delivered" else 6,
        "last_status": answer,
        "created_at": at,
        "give_up_at": at + 75 * 3_600_000,
        "finished_at": at + took if ended else None,
    }
    attempt = {
        "connection_id": CONNECTION,
        "delivery_id": delivery_id,
        "number": row["attempts"],
        "started_at": at + 5,
        "duration_ms": max(took - 5, 1),
        "status": answer,
        "error": "",
        "answer_head": head_of(answer),
        "answer": b'{"status": "ok"}' if status == "delivered" else b"upstream unavailable",
    }
    return (event, row) if answer is None else (event, row, attempt)


def write(parts: Parts, batch: list[tuple[dict[str, Any], ...]]) -> None:
    """Write a batch in one transaction; PostgreSQL's COPY takes rows many times faster."""
    with parts.store.begin() as c:
        for number, table in enumerate((events, deliveries, attempts)):
            found = [each[number] for each in batch if len(each) > number]
            if not found:
                continue
            if parts.store.is_sqlite:
                c.execute(insert(table), found)
                continue
            cursor = cast(Any, c.connection.dbapi_connection).cursor()
            with cursor.copy(f"COPY {table.name} ({', '.join(found[0])}) FROM STDIN") as copy:
                for row in found:
                    copy.write_row(list(row.values()))


def head_of(answer: int | None) -> bytes:
    """Return the kept head of an answer."""
    phrase = HTTPStatus(answer or 200).phrase
    return f"HTTP/1.1 {answer} {phrase}\r\nContent-Type: application/json\r\n".encode()


def endpoint_id(number: int) -> str:
    """Return the id of the workflow with that number."""
    return f"we_5eed{number:012x}"


def connection(parts: Parts, now: int) -> dict[str, Any]:
    """Return the operator's row; its credentials work nowhere."""
    return {
        "id": CONNECTION,
        "kind": "partner",
        "status": "active",
        "operator": "Harbour Self Storage",
        "scopes": " ".join(parts.settings.stora_scopes),
        "credentials_sealed": parts.vault.seal("{}"),
        "created_at": now - 60 * DAY_MS,
        "updated_at": now,
    }


def endpoint(parts: Parts, number: int, now: int) -> dict[str, Any]:
    """Return the row of a workflow."""
    name, platform, event_types, fares = WORKFLOWS[number % len(WORKFLOWS)]
    external_id = f"{platform}_{1000 + number}"
    return {
        "connection_id": CONNECTION,
        "id": endpoint_id(number),
        "source": platform,
        "external_id": external_id,
        "name": name if number < len(WORKFLOWS) else f"{name} {number}",
        "api_version": "2025-09",
        "url": f"https://hooks.example.com/{platform}/{number}",
        "event_types": json.dumps(event_types),
        "metadata": json.dumps({"source": platform, "external_id": external_id}),
        "status": "disabled" if fares == "disabled" else "enabled",
        "disabled_at": now - 3 * DAY_MS if fares == "disabled" else None,
        "disabled_reason": "The workflow answered 404 Not Found for 6 hours."
        if fares == "disabled"
        else None,
        "paused_at": now - DAY_MS if fares == "paused" else None,
        "secret_sealed": parts.vault.seal(world.new_signing_secret()),
        "creator": "app_531844f4c4837d61",
        "upstream": "ready",
        "upstream_key": "seed",
        "upstream_key_at": now,
        "created_at": now - (50 - number % 40) * DAY_MS,
        "updated_at": now,
    }


def upstream(number: int, now: int) -> dict[str, Any]:
    """Return the row of a workflow's mirror in Stora."""
    return {
        "connection_id": CONNECTION,
        "id": f"we_57042a{number:010x}",
        "endpoint_id": endpoint_id(number),
        "status": "live",
        "created_at": now,
        "updated_at": now,
    }


if __name__ == "__main__":
    main()
