"""The dispatcher delivers what waits."""

from laws.stories.house import HOOK, House, Story
from laws.stories.stora import arrive, event_of
from sqlalchemy import select

from connector.dispatcher import Dispatcher
from connector.store.tables import deliveries


def waiting(house: House, name: str) -> tuple[str, bytes]:
    """Return an event that waits to be delivered, and a dispatcher that has just begun."""
    event = event_of(house, name)
    arrive(house, event)
    return event


def deliver(house: House, _event: tuple[str, bytes]) -> None:
    """Let a dispatcher work for a moment."""
    working = Dispatcher(house.parts)
    try:
        for _ in range(2):
            working.turn(0)
    finally:
        working._ear.close()


def deliver_later(house: House, event: tuple[str, bytes]) -> None:
    """Let another dispatcher go on when leases and waits have run out."""
    house.clock.sleep(60)
    deliver(house, event)


def delivered(house: House, event: tuple[str, bytes]) -> None:
    """It arrived, at least once, always the same, and the log says so."""
    assert set(house.workflows.received[HOOK, event[0]]) == {event[1]}
    with house.parts.store.read() as c:
        status = c.execute(select(deliveries.c.status).where(deliveries.c.event_id == event[0]))
        assert list(status.scalars()) == ["delivered"]


STORIES = {"deliver": Story(waiting, deliver, deliver_later, delivered, 5)}
