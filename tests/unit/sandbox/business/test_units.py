"""Units, and who has them."""

import pytest

from .examples import current, owner
from .shop import to


def available(shop):
    """Return a unit that nobody has."""
    return shop.one("unit", status="available")


def test_a_unit_goes_its_way(shop):
    """Available, reserved for a tenancy, handed over to it, available again."""
    unit, tenancy = available(shop), current(shop)
    body = {"tenancy_id": tenancy["id"]}

    reserved = shop.done("POST", f"/units/{unit['id']}/reserve", body)
    assert reserved["status"] == "reserved"
    allocation = shop.get("unit_allocation", reserved["unit_allocation"]["id"])
    assert allocation["reserved_at"]
    assert allocation["granted_access_at"] is None
    assert (allocation["tenancy"], allocation["unit"]) == (to(tenancy), to(unit))
    assert to(allocation) in shop.get("tenancy", tenancy["id"])["unit_allocations"]

    granted = shop.done("POST", f"/units/{unit['id']}/grant_access", body)
    assert granted["status"] == "occupied"
    assert shop.get("unit_allocation", allocation["id"])["granted_access_at"]

    free = shop.done("POST", f"/units/{unit['id']}/deallocate")
    assert (free["status"], free["unit_allocation"]) == ("available", None)
    assert shop.get("unit_allocation", allocation["id"]) is None
    left = shop.get("tenancy", tenancy["id"])["unit_allocations"]
    assert left == tenancy["unit_allocations"]


def test_a_unit_is_handed_over_at_once(shop):
    """Without having been reserved."""
    body = {"tenancy_id": current(shop)["id"]}
    unit = shop.done("POST", f"/units/{available(shop)['id']}/grant_access", body)
    allocation = shop.get("unit_allocation", unit["unit_allocation"]["id"])
    assert unit["status"] == "occupied"
    assert allocation["granted_access_at"] == allocation["reserved_at"]


def test_a_reserved_unit_is_for_its_own_tenancy(shop):
    """409 for any other."""
    unit = shop.one("unit", status="reserved")
    body = {"tenancy_id": current(shop)["id"]}
    error = shop.refused("POST", f"/units/{unit['id']}/grant_access", body, 409)
    assert error["code"] == "conflict"
    assert "another tenancy" in error["message"]


@pytest.mark.parametrize(
    ("verb", "good"),
    [
        ("reserve", {"available"}),
        ("grant_access", {"available", "reserved"}),
        ("deallocate", {"reserved", "occupied", "overlocked", "repossessed"}),
    ],
)
@pytest.mark.parametrize(
    "status", ["available", "reserved", "occupied", "overlocked", "repossessed", "unavailable"]
)
def test_what_is_done_to_a_unit_depends_on_its_state(shop, verb, good, status):
    """Every other state is a conflict."""
    if status == "repossessed":
        shop.play("repossess", shop.one("unit", status="overlocked")["id"])
    unit = shop.one("unit", status=status)
    tenancy = current(shop)["id"]
    if status == "reserved":
        tenancy = shop.get("unit_allocation", unit["unit_allocation"]["id"])["tenancy"]["id"]
    body = None if verb == "deallocate" else {"tenancy_id": tenancy}
    if status in good:
        shop.done("POST", f"/units/{unit['id']}/{verb}", body)
    else:
        error = shop.refused("POST", f"/units/{unit['id']}/{verb}", body, 409)
        assert status in error["message"]


@pytest.mark.parametrize(
    "tenancy", ["", "unit_1", "ten_0000000000000000", None, 5, {"id": "ten_1"}]
)
def test_a_tenancy_has_to_be_named(shop, tenancy):
    """422 at `/tenancy_id`, also for one that has ended or is a stranger's."""
    path = f"/units/{available(shop)['id']}/reserve"
    assert shop.pointers("POST", path, {"tenancy_id": tenancy}) == ["/tenancy_id"]


def test_a_tenancy_that_has_ended_gets_no_unit(shop, stranger):
    """Nor does a stranger's."""
    path = f"/units/{available(shop)['id']}/reserve"
    ended = next(each for each in shop.all("tenancy") if each["ends_at"])
    for tenancy in (ended, stranger.one("tenancy")):
        assert shop.pointers("POST", path, {"tenancy_id": tenancy["id"]}) == ["/tenancy_id"]


def test_overlocking_takes_every_unit_of_a_customer(shop):
    """Those that are occupied; the answer says how many and which."""
    tenancy = current(shop)
    for unit in [each for each in shop.all("unit") if each["status"] == "available"][:1]:
        shop.done("POST", f"/units/{unit['id']}/grant_access", {"tenancy_id": tenancy["id"]})
    body = {"contact_id": tenancy["contact"]["id"]}

    for verb, done, status in (
        ("overlock", "overlocked", "overlocked"),
        ("remove_overlock", "removed from overlock", "occupied"),
    ):
        answer = shop.call("POST", f"/units/{verb}", body).json
        message = f"2 customer units were successfully {done}."
        assert answer["success"] == {"message": message}
        ids = answer["meta"]["unit_ids"]
        assert len(ids) == 2
        assert {shop.get("unit", id)["status"] for id in ids} == {status}
        assert answer["meta"]["request_id"]


def test_overlocking_again_finds_nothing_to_do(shop):
    """No unit, no event, no fault; one unit is spoken of as one."""
    body = {"contact_id": owner(shop, "overlocked")}
    answer = shop.call("POST", "/units/overlock", body).json
    assert answer["meta"]["unit_ids"] == []
    assert shop.told(lambda: shop.done("POST", "/units/overlock", body)) == []
    message = shop.done("POST", "/units/remove_overlock", body)["message"]
    assert message == "1 customer unit was successfully removed from overlock."


@pytest.mark.parametrize("contact", ["", "ten_1", "con_0000000000000000", None])
@pytest.mark.parametrize("verb", ["overlock", "remove_overlock"])
def test_overlocking_needs_a_contact(shop, verb, contact):
    """422 at `/contact_id`."""
    assert shop.pointers("POST", f"/units/{verb}", {"contact_id": contact}) == ["/contact_id"]


def test_a_unit_is_taken_out_of_use(shop):
    """Only an available one, and only one that is out of use comes back."""
    unit = available(shop)
    shop.play("make_available", unit["id"], 409)
    assert shop.play("make_unavailable", unit["id"])["unit"]["status"] == "unavailable"
    shop.play("make_unavailable", unit["id"], 409)
    assert shop.play("make_available", unit["id"])["unit"]["status"] == "available"
    shop.play("repossess", unit["id"], 409)


def test_a_unit_is_built(shop):
    """With the next number of its site, and of the kind and place it was asked for."""
    kind = shop.one("unit_type")
    numbers = {each["reference_id"] for each in shop.all("unit")}
    unit = shop.play("add_unit", kind["id"])["unit"]
    assert unit["reference_id"] not in numbers
    assert (unit["unit_type"], unit["site"]) == (to(kind), kind["site"])
    assert unit["status"] == "available"
