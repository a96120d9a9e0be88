"""Picklists: kept, refreshed behind people's backs, and right after a write."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from acting import JANE, books, break_down, do, first
from broker import OPERATORS, Broker
from parallel import at_once
from sqlalchemy import update

from connector import world
from connector.catalogue.picklists import OFTEN_S, PICKLIST, PICKLISTS, STATIC
from connector.errors import NotFound, StoraUnavailable, Unavailable
from connector.flows import call, choices
from connector.flows.choices import MAX_PAGES, STALE, all_of, changed, known_of, page_of
from connector.flows.disconnect import disconnect
from connector.flows.prune import prune
from connector.store.tables import picklists as table


def fetches(broker: Broker, name: str) -> int:
    """Return how often Stora was asked for the list."""
    return broker.stora.calls("GET").count(f"/2025-09{PICKLIST[name].path}")


def values(broker: Broker, name: str = "units", **options: Any) -> list[str]:
    """Return the values on a page of a picklist."""
    found = page_of(broker.parts, broker.connections[0], name, **options).items
    return [item["value"] for item in found]


def age(broker: Broker, seconds: float) -> None:
    """Let everything that is kept be older."""
    ms = int(seconds * 1000)
    with broker.parts.store.begin() as c:
        c.execute(
            update(table).values(
                fetched_at=table.c.fetched_at - ms, changed_at=table.c.changed_at - ms
            )
        )


def put_unit(broker: Broker, number: int) -> str:
    """Add a unit behind Unitwire's back."""
    unit = books(broker, "unit")[0]
    id = f"unit_{number:016x}"
    broker.stora.sandbox.state.put(
        OPERATORS[0], "unit", id, {**unit, "id": id, "reference_id": f"Z-{number:03}"}
    )
    return id


def until(true: Callable[[], bool], seconds: float = 10) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize("row", PICKLISTS, ids=lambda row: row.name)
def test_every_picklist_has_what_stora_has(broker: Broker, row: Any) -> None:
    """All objects of the list, each with words for people."""
    found = all_of(broker.parts, broker.connections[0], row.name)
    assert {item["value"] for item in found} == {each["id"] for each in books(broker, row.resource)}
    assert all(item["label"] for item in found)
    assert found


@pytest.mark.parametrize("name", STATIC)
def test_what_is_the_same_for_all_is_not_fetched(broker: Broker, name: str) -> None:
    """Stora is not asked for it."""
    before = len(broker.stora.sandbox.gate.log)
    assert all_of(broker.parts, broker.connections[0], name)
    assert len(broker.stora.sandbox.gate.log) == before


def test_an_unknown_picklist(broker: Broker) -> None:
    """It is told, and Stora is not asked."""
    with pytest.raises(NotFound):
        values(broker, "no_such_list")


def test_it_is_fetched_once_while_it_is_fresh(broker: Broker) -> None:
    """The second look costs no call."""
    assert values(broker) == values(broker)
    assert fetches(broker, "units") == 1


def test_all_pages_are_fetched(broker: Broker) -> None:
    """A list longer than a page of Stora's is whole, and can be paged here."""
    ids = {put_unit(broker, number) for number in range(150)}
    found = values(broker, limit=100) + values(broker, page=2, limit=100)
    assert len(found) == len(set(found)) == len(books(broker, "unit"))
    assert ids <= set(found)
    assert fetches(broker, "units") == 2


def test_a_list_without_end_is_cut(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    """No list takes more than its share of the rate."""
    monkeypatch.setattr(choices, "PAGE", 1)
    monkeypatch.setattr(choices, "MAX_PAGES", 3)
    assert len(values(broker)) == 3
    assert fetches(broker, "units") == 3
    assert MAX_PAGES <= 30


def test_old_choices_are_served_and_fetched_anew(broker: Broker) -> None:
    """Nobody waits: what is kept comes at once, and the next look has the new ones."""
    old = values(broker)
    new = put_unit(broker, 1)
    age(broker, OFTEN_S)
    assert values(broker) == old
    until(lambda: new in values(broker))
    assert fetches(broker, "units") == 2


@pytest.mark.parametrize(("seconds", "is_waited_for"), [(-5, False), (0, True)])
def test_very_old_choices_are_waited_for(broker: Broker, seconds: int, is_waited_for: bool) -> None:
    """After ten lives nobody would believe them."""
    values(broker)
    new = put_unit(broker, 1)
    age(broker, OFTEN_S * STALE + seconds)
    assert (new in values(broker)) is is_waited_for
    until(lambda: fetches(broker, "units") == 2)


def test_very_old_choices_are_better_than_none(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When Stora is away they are served all the same."""
    monkeypatch.setattr(call, "PAUSES_S", ())
    old = values(broker)
    age(broker, OFTEN_S * STALE)
    break_down(broker, "500", path="/2025-09/units", method="GET")
    assert values(broker) == old


def test_after_a_write_of_ours_it_is_right(broker: Broker) -> None:
    """A unit that an action has freed is offered as available at the very next look."""
    allocation = books(broker, "unit_allocation")[0]
    unit = allocation["unit"]["id"]
    assert unit not in values(broker, filters={"status": "available"})
    do(broker, "deallocate_unit", {"unit_id": unit})
    assert unit in values(broker, filters={"status": "available"})


def test_a_write_elsewhere_leaves_it_alone(broker: Broker) -> None:
    """Creating a contact does not cost a list of units."""
    values(broker)
    do(broker, "create_contact", JANE)
    values(broker)
    assert fetches(broker, "units") == 1


def test_what_was_fetched_before_a_write_does_not_count(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list whose fetching began before the write and ended after it is fetched again."""
    real = choices._documents

    def slow(*arguments: Any) -> Any:
        found = real(*arguments)
        put_unit(broker, 1)
        time.sleep(0.005)
        with broker.parts.store.begin() as c:
            changed(c, broker.connections[0], "unit")
        return found

    with monkeypatch.context() as writing:
        writing.setattr(choices, "_documents", slow)
        values(broker)
    assert known_of(broker.parts, broker.connections[0], "units") is None
    assert f"unit_{1:016x}" in values(broker)


def test_after_a_write_an_error_is_told(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is known to be wrong is never served, not even when Stora is away."""
    monkeypatch.setattr(call, "PAUSES_S", ())
    values(broker)
    time.sleep(0.005)
    with broker.parts.store.begin() as c:
        changed(c, broker.connections[0], "unit")
    break_down(broker, "500", path="/2025-09/units", method="GET")
    with pytest.raises(StoraUnavailable):
        values(broker)


def test_many_at_once_fetch_once(broker: Broker) -> None:
    """Whoever comes while it is being fetched waits for that."""
    found = at_once(8, lambda _: values(broker))
    assert found == [found[0]] * 8
    assert fetches(broker, "units") == 1


def test_a_fetcher_that_died_is_replaced(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it may live it is waited for; when its time is up somebody else fetches."""

    def die(*arguments: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr(choices, "_documents", die)
        dying.setattr(choices, "_end_lease", lambda *arguments: None)
        with pytest.raises(SystemExit):
            values(broker)
    with pytest.raises(Unavailable):
        all_of(broker.parts, broker.connections[0], "units", wait_s=0)
    with broker.parts.store.begin() as c:
        c.execute(update(table).values(fetching_until=world.now_ms()))
    assert values(broker)


def test_the_current_value_always_comes_along(broker: Broker) -> None:
    """From another page, from outside the filter, or from outside the list: with its label."""
    last = values(broker, limit=100)[-1]
    assert values(broker, limit=2, value=last)[0] == last
    assert len(values(broker, limit=2, value=last)) == 3
    assert values(broker, q="no such words", value=last) == [last]
    assert last not in values(broker, limit=2, page=2, value=last)
    new = put_unit(broker, 1)
    (item,) = page_of(
        broker.parts, broker.connections[0], "units", q="no such words", value=new
    ).items
    assert item["label"] == "Z-001"


@pytest.mark.parametrize("value", ["unit_none", "../contacts", ".", "a/b", "é", "x" * 255])
def test_a_value_that_stora_does_not_know(broker: Broker, value: str) -> None:
    """It is left out, whatever it looks like, and leads nowhere else."""
    assert value not in values(broker, value=value)
    assert all(path.startswith("/2025-09/units") for path in broker.stora.calls("GET")[-1:])


def test_choices_are_narrowed(broker: Broker) -> None:
    """By words, and by what the picklist depends on."""
    site = first(broker, "site")
    expected = {each["id"] for each in books(broker, "unit") if each["site"]["id"] == site}
    assert set(values(broker, filters={"site": site})) == expected
    unit = books(broker, "unit")[0]
    assert unit["id"] in values(broker, q=unit["reference_id"].lower())


def test_each_connection_has_its_own(broker: Broker) -> None:
    """One operator's choices are never another's."""
    mine = {item["value"] for item in all_of(broker.parts, broker.connections[0], "units")}
    theirs = {item["value"] for item in all_of(broker.parts, broker.connections[1], "units")}
    assert not mine & theirs


def test_what_was_kept_goes_with_the_connection(broker: Broker) -> None:
    """Names of sites and staff are the operator's; those who stay keep theirs."""
    for connection_id in broker.connections:
        all_of(broker.parts, connection_id, "staff")
    disconnect(broker.parts, broker.connections[0])
    prune(broker.parts)
    assert known_of(broker.parts, broker.connections[0], "staff") is None
    assert known_of(broker.parts, broker.connections[1], "staff")
