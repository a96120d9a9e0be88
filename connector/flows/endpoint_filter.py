"""The filter of one webhook endpoint: kept, changed, and tried on what came before."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, update

from connector import world
from connector.catalogue.events import EVENT
from connector.catalogue.filters import (
    MAX_CLAUSES,
    Clause,
    Place,
    fault_of,
    places,
    unmet,
    write_clauses,
)
from connector.errors import Detail, InvalidContent, InvalidRequest
from connector.flows.endpoints import Endpoint, find, named
from connector.flows.parts import Parts
from connector.flows.receive import read
from connector.flows.unsubscribe import record
from connector.store.tables import deliveries, events
from connector.store.tables import webhook_endpoints as table

TRIED_ON = 40


@dataclass(frozen=True)
class Trial:
    """Of `count` newest events of an endpoint, a filter would have let `matched` through."""

    matched: int
    count: int


def resources_of(endpoint: Endpoint) -> list[str]:
    """Return the resources that an endpoint hears of, each once."""
    known = (EVENT[each].resource for each in endpoint.event_types if each in EVENT)
    return list(dict.fromkeys(known))


def places_of(endpoint: Endpoint) -> list[Place]:
    """Return the fields that its filter may name."""
    return places(resources_of(endpoint))


def checked(endpoint: Endpoint, clauses: Sequence[Clause]) -> None:
    """Raise InvalidContent, naming each fault, for clauses that the endpoint cannot have."""
    resources = resources_of(endpoint)
    faults: list[Detail] = [
        {"pointer": f"/clauses/{number}", "message": f"Condition {number + 1}: {fault}."}
        for number, clause in enumerate(clauses)
        if (fault := fault_of(clause, resources))
    ]
    if len(clauses) > MAX_CLAUSES:
        faults.append({"pointer": "/clauses", "message": f"There are more than {MAX_CLAUSES}."})
    if faults:
        raise InvalidContent("The filter cannot be kept.", details=faults)


def set_filter(
    parts: Parts, connection_id: str, endpoint_id: str, clauses: Sequence[Clause], *, actor: str
) -> None:
    """Keep a filter, or none when there are no clauses; raises NotFound and InvalidContent."""
    with parts.store.begin() as c:
        endpoint = find(c, connection_id, endpoint_id)
        checked(endpoint, clauses)
        c.execute(
            update(table)
            .where(*named(connection_id, endpoint_id))
            .values(filter=write_clauses(clauses) if clauses else None, updated_at=world.now_ms())
        )
        record(c, connection_id, endpoint_id, actor, "filtered")


def try_filter(
    parts: Parts, connection_id: str, endpoint_id: str, clauses: Sequence[Clause]
) -> Trial:
    """Return how many of the newest events would have met `clauses`."""
    # Two looks along a key each: how a join is planned depends on what PostgreSQL knows of its
    # tables just then, and soon after a million deliveries had come in it took 3 s.
    newest = (
        select(deliveries.c.event_id)
        .where(deliveries.c.connection_id == connection_id, deliveries.c.endpoint_id == endpoint_id)
        .order_by(deliveries.c.id.desc())
        .limit(TRIED_ON)
    )
    with parts.store.read() as c:
        wanted = select(events.c.body).where(
            events.c.connection_id == connection_id,
            events.c.endpoint_id == endpoint_id,
            events.c.id.in_(c.execute(newest).scalars().all()),
        )
        bodies = [bytes(each) for each in c.execute(wanted).scalars()]
    return Trial(sum(_meets(body, clauses) for body in bodies), len(bodies))


def _meets(body: bytes, clauses: Sequence[Clause]) -> bool:
    try:
        return unmet(clauses, read(body).data) is None
    except InvalidRequest:
        return False
