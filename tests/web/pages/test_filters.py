"""A filter's values are chosen from what Stora has now, or written by hand where it is away."""

import re
from typing import Any

import pytest
import stage
from acting import books
from broker import OPERATORS, Broker
from web.pages.conftest import Person, signed_in

from connector.catalogue.filters import (
    MAX_CLAUSES,
    Clause,
    fault_of,
    operators_of,
    places,
    read_clauses,
    sentence,
    unmet,
    write_clauses,
)
from connector.catalogue.filters import (
    OPERATORS as COMPARISONS,
)
from connector.factory import app_of
from connector.flows import filter_choices
from connector.flows.filter_choices import SHOWN
from connector.store.tables import webhook_endpoints

PATH = "/workflows/we_1/filter"
SITE, CONTACT, STATUS = "invoice.site.id", "invoice.contact.id", "invoice.status"


@pytest.fixture
def owner(broker: Broker) -> Person:
    """The first operator at a browser, with a workflow that hears of paid invoices and units."""
    connection_id = broker.connections[0]
    types = ("invoice.paid", "unit.updated")
    stage.listen(broker.parts, connection_id=connection_id, event_types=types)
    return signed_in(broker.parts, app_of(broker.parts).test_client(), connection_id)


def ticked(page: str) -> dict[str, bool]:
    """Return the names of the boxes on a page, and whether each is ticked."""
    return {
        name: bool(checked)
        for name, checked in re.findall(r'type="checkbox" name="([^"]+)"( checked)?', page)
    }


def tried(owner: Person, **form: str) -> str:
    """Press any button but Keep."""
    return str(owner.press(PATH, 200, **form).text)


def kept(broker: Broker) -> tuple[Clause, ...]:
    """Return the filter that is kept."""
    (row,) = stage.rows(broker.parts, webhook_endpoints)
    return read_clauses(row.filter or "[]")


def test_sites_are_chosen_by_name(broker: Broker, owner: Person) -> None:
    """The operator's own, as Stora has them now; the page of the workflow tells the name."""
    sites = books(broker, "site")
    page = tried(owner, path0=SITE)
    assert ticked(page) == {f"pick0.{site['id']}": False for site in sites}
    for site in sites:
        assert site["name"] in page
    others = {site["id"] for site in books(broker, "site", 1)} - {site["id"] for site in sites}
    assert not any(id in page for id in others)
    chosen = sites[0]
    page = tried(owner, path0=SITE, op0="is", **{f"pick0.{chosen['id']}": "on"})
    assert ticked(page)[f"pick0.{chosen['id']}"]
    owner.press(PATH, do="keep", path0=SITE, op0="is", **{f"pick0.{chosen['id']}": "on"})
    assert kept(broker) == (Clause(SITE, "is", (chosen["id"],)),)
    assert f"Invoice › Site is {chosen['name']}" in owner.look("/workflows/we_1")
    assert sentence(kept(broker)[0]) == f"Invoice › Site is {chosen['name']}", "a skip's reason"
    assert ticked(owner.look(PATH))[f"pick0.{chosen['id']}"]


def test_a_status_is_chosen(owner: Person, broker: Broker) -> None:
    """From the catalogue; a status that Stora added since, and was written, stays."""
    page = tried(owner, path0=STATUS, value0="new_one")
    assert ticked(page)["pick0.new_one"]
    assert not ticked(page)["pick0.paid"]
    owner.press(PATH, do="keep", path0=STATUS, **{"pick0.paid": "on", "pick0.void": "on"})
    assert kept(broker) == (Clause(STATUS, "is", ("paid", "void")),)


def test_people_are_found_by_name(broker: Broker, owner: Person) -> None:
    """Nobody is offered unasked; who was chosen is told by name, whatever is looked for next."""
    jane, *_ = books(broker, "contact")
    assert ticked(tried(owner, path0=CONTACT)) == {}
    page = tried(owner, path0=CONTACT, words0=jane["full_name"])
    assert f"pick0.{jane['id']}" in ticked(page)
    assert jane["email"] in page
    page = tried(
        owner, path0=CONTACT, words0="nobody of that name", **{f"pick0.{jane['id']}": "on"}
    )
    assert ticked(page) == {f"pick0.{jane['id']}": True}
    assert jane["full_name"] in page
    assert "Nobody is found by that." in tried(owner, path0=CONTACT, words0="nobody of that name")


def test_a_search_that_stora_ignores_finds_nobody_else(broker: Broker, owner: Person) -> None:
    """Who comes back is compared with what was looked for."""
    everybody = books(broker, "contact")
    for number in range(3):
        id = f"con_{number:016x}"
        broker.stora.sandbox.state.put(
            OPERATORS[0],
            "contact",
            id,
            {**everybody[0], "id": id, "full_name": f"Zora {number}", "email": f"z{number}@x.com"},
        )
    assert set(ticked(tried(owner, path0=CONTACT, words0="zora 1"))) == {f"pick0.con_{1:016x}"}


@pytest.mark.parametrize(("count", "searched"), [(SHOWN, False), (SHOWN + 1, True)])
def test_a_long_list_is_searched(broker: Broker, owner: Person, count: int, searched: bool) -> None:
    """40 are offered as they are; of 41 the others are found by words."""
    there = books(broker, "unit")
    for each in there:
        broker.stora.sandbox.state.delete(OPERATORS[0], "unit", each["id"])
    for number in range(count):
        id = f"unit_{number:016x}"
        unit = {**there[0], "id": id, "reference_id": f"Z-{number:03}"}
        broker.stora.sandbox.state.put(OPERATORS[0], "unit", id, unit)
    page = tried(owner, path0="unit.id")
    assert len(ticked(page)) == SHOWN
    assert ('name="words0"' in page) == searched
    last = f"unit_{count - 1:016x}"
    found = ticked(tried(owner, path0="unit.id", words0=f"Z-{count - 1:03}"))
    assert set(found) == {f"pick0.{last}"}


def test_a_value_is_written_by_hand_where_stora_is_away(broker: Broker, owner: Person) -> None:
    """It says why, and the filter is kept all the same."""
    broker.stora.fail("500", method="GET", times=99)
    page = tried(owner, path0=SITE)
    assert 'name="value0"' in page
    assert ticked(page) == {}
    assert "Stora" in page.partition('name="value0"')[2]
    owner.press(PATH, do="keep", path0=SITE, value0="site_1, site_2")
    assert kept(broker) == (Clause(SITE, "is", ("site_1", "site_2")),)


def test_opening_the_page_never_waits_for_stora(
    broker: Broker, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is known is offered; what is not is asked for beside it."""
    with broker.parts.store.begin() as c:
        clauses = [Clause(SITE, "is", ("site_1",)), Clause(CONTACT, "is", ("con_1",))]
        c.execute(webhook_endpoints.update().values(filter=write_clauses(clauses)))
    monkeypatch.setattr(filter_choices, "call_stora", None)
    monkeypatch.setattr(broker.parts.background, "do", lambda *_: True)
    asked = len(broker.stora.calls("GET"))
    page = owner.look(PATH)
    assert re.search(r'name="value0" value="site_1"', page)
    assert ticked(page) == {"pick1.con_1": True}
    assert len(broker.stora.calls("GET")) == asked


def test_a_condition_is_taken_out(owner: Person, broker: Broker) -> None:
    """The others stay as they are."""
    form = {"path0": STATUS, "pick0.paid": "on", "path1": "invoice.number", "value1": "7"}
    page = tried(owner, remove="0", **form)
    assert ticked(page) == {}
    assert re.search(r'name="path0" value="invoice.number"', page)
    assert re.search(r'name="value0" value="7"', page)


@pytest.mark.parametrize(("count", "room"), [(MAX_CLAUSES - 1, True), (MAX_CLAUSES, False)])
def test_there_is_room_for_ten_conditions(owner: Person, count: int, room: bool) -> None:
    """With ten there is no line for another; a page full of choices stays light."""
    form = {f"path{number}": SITE if number % 2 else STATUS for number in range(count)}
    page = tried(owner, **form)
    assert ("Choose a field" in page) == room
    assert len(page) < 75_000


def test_what_others_wrote_in_stora_is_text(broker: Broker, owner: Person) -> None:
    """Names of sites and people, and what was looked for."""
    evil = "<script>alert(1)</script>"
    site, contact = books(broker, "site")[0], books(broker, "contact")[0]
    state = broker.stora.sandbox.state
    state.put(OPERATORS[0], "site", site["id"], {**site, "name": evil})
    state.put(OPERATORS[0], "contact", contact["id"], {**contact, "full_name": evil})
    form = {"path0": SITE, "path1": CONTACT, "words1": evil, "path2": evil, "value2": evil}
    page = owner.press(PATH, 422, **form).text
    assert "&lt;script&gt;" in page
    assert evil not in page


TOTAL, CREATED = "invoice.total.amount", "invoice.created_at"


@pytest.mark.parametrize("op", ["is", "is_not", "at_least", "at_most"])
@pytest.mark.parametrize(
    ("value", "right"), [("14400", True), ("-1", True), ("144.00", False), ("1e3", False)]
)
def test_an_amount_is_written_in_the_smallest_unit(op: str, value: str, right: bool) -> None:
    """A point is refused, since £144.00 would be taken for £1.44; the hint says how."""
    fault = fault_of(Clause(TOTAL, op, (value,)), ["invoice"])
    assert (not fault) == right
    assert right or "14400 is £144.00" in fault


@pytest.mark.parametrize(
    ("path", "offered"),
    [
        (STATUS, ["is", "is_not"]),
        (SITE, ["is", "is_not"]),
        (CREATED, ["at_least", "at_most"]),
        (TOTAL, ["is", "is_not", "at_least", "at_most"]),
        ("invoice.number", ["is", "is_not", "contains"]),
    ],
)
def test_each_kind_has_its_comparisons(owner: Person, path: str, offered: list[str]) -> None:
    """Only those are offered, and only those are kept."""
    place = next(each for each in places(["invoice"]) if each.path == path)
    assert list(operators_of(place)) == offered
    page = tried(owner, path0=path)
    (select,) = re.findall(r'<select id="op0".*?</select>', page)
    assert re.findall(r'value="(\w+)"', select) == offered
    for op in COMPARISONS:
        value = "2026-03-01" if path == CREATED else "14400"
        assert (fault_of(Clause(path, op, (value,)), ["invoice"]) == "") == (op in offered)


@pytest.mark.parametrize(
    ("op", "value", "holds"),
    [
        ("at_least", "2026-03-01", True),
        ("at_most", "2026-03-01", True),
        ("at_least", "2026-03-02", False),
        ("at_most", "2026-02-28", False),
        ("at_least", "2026-03-01T09:30:00Z", True),
        ("at_least", "2026-03-01T09:30:01Z", False),
        ("at_most", "2026-03-01T10:30:00+01:00", True),
        ("at_most", "2026-03-01T10:29:59+01:00", False),
    ],
)
def test_times_are_compared(op: str, value: str, holds: bool) -> None:
    """A day stands for all of it, a time for that moment, in whatever zone it is written."""
    clause = Clause(CREATED, op, (value,))
    assert fault_of(clause, ["invoice"]) == ""
    data = {"invoice": {"created_at": "2026-03-01T09:30:00Z"}}
    assert (unmet([clause], data) is None) == holds


@pytest.mark.parametrize("value", ["yesterday", "2026-02-30", "14400", "2026-03-01T25:00:00Z"])
def test_what_is_no_time_is_refused(value: str) -> None:
    """It would hold for nothing; the hint shows how a time is written."""
    assert "2026-03-01" in fault_of(Clause(CREATED, "at_least", (value,)), ["invoice"])


def test_fields_stand_under_their_resource(owner: Person) -> None:
    """Those with a list to choose from first; the page tells what passes a condition."""
    page = owner.look(PATH)
    groups = re.findall(r'<optgroup label="(\w+)">(.*?)</optgroup>', page)
    assert [label for label, _ in groups] == ["Invoice", "Unit"]
    offered = re.findall(r'value="([^"]+)"', groups[0][1])
    assert offered.index(STATUS) < offered.index(TOTAL)
    assert set(offered) == {place.path for place in places(["invoice"])}
    assert "lets events about every other kind pass" in page


def test_a_stranger_cannot_see_or_change_it(broker: Broker, owner: Person) -> None:
    """Another operator's browser finds nothing there."""
    other = signed_in(broker.parts, app_of(broker.parts).test_client(), broker.connections[1])
    other.look(PATH, 404)
    other.press(PATH, 404, do="keep", path0=STATUS, value0="paid")
    assert kept(broker) == ()


def test_many_choices_fit_into_a_form(owner: Person, broker: Broker) -> None:
    """All that may be chosen in one condition are taken, one more is told."""
    values: dict[str, Any] = {f"pick0.site_{number}": "on" for number in range(50)}
    owner.press(PATH, do="keep", path0=SITE, **values)
    assert len(kept(broker)[0].value) == 50
    page = owner.press(PATH, 422, do="keep", path0=SITE, **values, **{"pick0.site_50": "on"}).text
    assert "give 1 to 50 values" in page
