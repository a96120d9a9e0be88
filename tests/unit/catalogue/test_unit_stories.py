"""Stories about units: whose they are, and what locks them."""

from typing import Any

import pytest
from story_stage import Answer, Stora, listed, paths, shown, tell

from connector.catalogue.actions.row import Call
from connector.catalogue.samples import resource_sample

JANE = resource_sample("contact")


def test_the_person_of_a_unit_is_asked_for_step_by_step() -> None:
    """Unit, allocation, tenancy, contact; what Stora sends along is not asked for."""
    stora = Stora()
    assert tell(stora, "find_person_of_unit", unit_id="unit_1").body["contacts"] == [JANE]
    assert [path.split("/")[1] for path in paths(stora)] == [
        "units",
        "unit_allocations",
        "tenancies",
        "contacts",
    ]
    tenancy = resource_sample("tenancy") | {"contact": JANE}
    allocation = resource_sample("unit_allocation") | {"tenancy": tenancy}
    unit = resource_sample("unit") | {"unit_allocation": allocation}
    stora = Stora(lambda call: shown("unit", unit))
    assert tell(stora, "find_person_of_unit", unit_id="unit_1").body["contacts"] == [JANE]
    assert len(stora.calls) == 1


@pytest.mark.parametrize("odd", [None, {}, {"id": None}, {"name": "deleted"}, "text", 5])
def test_a_free_unit_has_nobody(odd: Any) -> None:
    """A unit without an allocation has no person, and that is no error."""
    unit = resource_sample("unit") | {"unit_allocation": odd}
    stora = Stora(lambda call: shown("unit", unit))
    assert tell(stora, "find_person_of_unit", unit_id="unit_1").body["contacts"] == []


def test_the_units_of_a_contact_are_only_theirs() -> None:
    """An allocation of somebody else's, and one that has ended, are left out."""
    tenancies = {
        "ten_1": resource_sample("tenancy") | {"id": "ten_1", "contact": {"id": "con_1"}},
        "ten_2": resource_sample("tenancy") | {"id": "ten_2", "contact": {"id": "con_2"}},
    }
    units = {
        f"unit_{n}": resource_sample("unit") | {"id": f"unit_{n}", "unit_allocation": {"id": held}}
        for n, held in enumerate(["alloc_0", "alloc_1", "alloc_9", "alloc_3"])
    }

    def allocation(n: int, tenancy: Any, unit: Any) -> dict[str, Any]:
        return {"id": f"alloc_{n}", "tenancy": tenancy, "unit": unit}

    page = listed(
        "unit_allocation",
        allocation(0, {"id": "ten_1"}, {"id": "unit_0"}),
        allocation(1, tenancies["ten_2"], units["unit_1"]),
        allocation(2, tenancies["ten_1"], units["unit_2"]),
        allocation(3, {"id": "ten_2"}, {"id": "unit_3"}),
        allocation(4, None, None),
    )

    def script(call: Call) -> Answer:
        id = call.path.rpartition("/")[2]
        if id in tenancies:
            return shown("tenancy", tenancies[id])
        return shown("unit", units[id]) if id in units else page

    stora = Stora(script)
    body = tell(stora, "find_units_of_contact", contact_id="con_1").body
    assert body["units"] == [units["unit_0"]]
    assert stora.calls[0].params["contact_id"] == "con_1"
    assert stora.calls[0].params["expand"] == "tenancy,unit"
    assert paths(stora) == [
        "GET /unit_allocations",
        "GET /tenancies/ten_1",
        "GET /units/unit_0",
        "GET /tenancies/ten_2",
    ]


def test_locking_tells_which_units() -> None:
    """The answer has Stora's words and the ids of the units; the contact is all that is sent."""
    stora = Stora()
    body = tell(stora, "overlock_units", contact_id="con_1").body
    assert (stora.calls[0].path, stora.calls[0].json) == (
        "/units/overlock",
        {"contact_id": "con_1"},
    )
    assert body["success"] == {"message": body["flat"]["message"]}
    assert body["flat"]["unit_ids"] == [resource_sample("unit")["id"]]
