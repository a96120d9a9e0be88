"""Relations written out."""

import pytest

from connector.catalogue.fields import List, Reference
from connector.catalogue.places import PLACES, scope
from connector.sandbox.business.expand import MAX_EXPAND
from connector.sandbox.business.kinds import SCHEMAS, fields_of

from .examples import GOOD
from .shop import to

RELATIONS = [
    (kind, key)
    for kind in PLACES
    if kind != "webhook_endpoint"
    for key, field in fields_of(kind).items()
    if isinstance(field.inner if isinstance(field, List) else field, Reference)
]


def without(sandbox, *scopes):
    """Return a token of harbour that lacks some scopes."""
    token = sandbox.access.find("harbour-token")
    left = [scope for scope in token["scopes"] if scope not in scopes]
    sandbox.access.keep_token({**token, "token": "weak", "scopes": left})
    return {"Authorization": "Bearer weak"}


@pytest.mark.parametrize(("kind", "key"), RELATIONS)
def test_every_relation_can_be_written_out(still, kind, key):
    """The whole object in place of its id, on a list; null stays null."""
    place = PLACES[kind]
    plain = still.done("GET", f"{place.path}?limit=100")
    whole = still.done("GET", f"{place.path}?limit=100&expand={key}")
    for before, after in zip(plain, whole, strict=True):
        references = before[key] if isinstance(before[key], list) else [before[key]]
        expanded = after[key] if isinstance(after[key], list) else [after[key]]
        for reference, document in zip(references, expanded, strict=True):
            if reference is None:
                assert document is None
                continue
            assert document["id"] == reference["id"]
            assert set(document) > {"id"}
        assert {**after, key: None} == {**before, key: None}


@pytest.mark.parametrize(
    ("kind", "way", "needed"),
    [
        ("order", "contact", "contact"),
        ("order", "line_items.item", "unit_type"),
        ("deal", "line_items.item", "unit_type"),
        ("unit", "unit_allocation.tenancy.contact", "tenancy"),
        ("note", "resource", "contact"),
        ("task", "creator", "staff"),
    ],
)
def test_each_resource_on_the_way_needs_its_scope(shop, sandbox, kind, way, needed):
    """403 that names it; the list alone does not need it."""
    path = PLACES[kind].path
    weak = without(sandbox, scope(needed, "read"))
    assert shop.call("GET", path, **weak).status_code == 200
    response = shop.call("GET", f"{path}?expand={way}", **weak)
    assert response.status_code == 403
    assert scope(needed, "read") in response.json["error"]["message"]


def test_lines_of_an_order_need_no_scope_of_their_own(shop, sandbox):
    """They are a part of it."""
    weak = without(sandbox, "public.unit_type:read")
    response = shop.call("GET", "/orders?expand=line_items", **weak)
    assert response.json["orders"][0]["line_items"][0]["quantity"] == 1


def test_several_ways_and_deeper_ones(still):
    """The documented example, and a way through three resources."""
    order = still.one("order", status="completed")
    shown = still.done("GET", f"/orders/{order['id']}?expand=contact,line_items,line_items.item")
    assert shown["contact"] == still.get("contact", order["contact"]["id"])
    assert shown["line_items"][0]["item"]["name"] == "Locker"
    assert set(shown["site"]) == {"id"}

    unit = still.one("unit", status="occupied")
    shown = still.done("GET", f"/units/{unit['id']}?expand=unit_allocation.tenancy.contact")
    assert "@example.com" in shown["unit_allocation"]["tenancy"]["contact"]["email"]


def test_lines_that_are_a_part_need_not_be_named_apart(still):
    """`line_items.item` reaches through them; `line_items` alone changes nothing."""
    deal = still.one("deal")
    path = f"/deals/{deal['id']}?expand"
    assert still.done("GET", f"{path}=line_items") == deal
    item = still.done("GET", f"{path}=line_items.item")["line_items"][0]["item"]
    assert item["name"] == "Locker"


@pytest.mark.parametrize(
    "way",
    [
        "",
        ",",
        "colour",
        "contact,",
        "contact.colour",
        "name",
        "id",
        "creator.name",
        "contact..site",
    ],
)
def test_a_way_that_leads_nowhere_is_refused(still, way):
    """422 at `/expand`, also of a list that holds nothing."""
    for path in (f"/deals?expand={way}", f"/deals?page=1000&expand={way}"):
        response = still.call("GET", path)
        assert response.status_code == 422
        assert response.json["error"]["details"][0]["pointer"] == "/expand"


def test_a_way_has_a_length(still):
    """As long as allowed, not one longer."""
    longest = "contact," * (MAX_EXPAND // 8) + "site"
    assert len(longest) == MAX_EXPAND
    assert still.call("GET", f"/deals?expand={longest}").status_code == 200
    assert still.call("GET", f"/deals?expand={longest[:-4]}stage").status_code == 422


def test_who_made_something_is_named(shop, sandbox):
    """A person as a whole, a token and an application by name, each with its scope."""
    shop.done("POST", *GOOD_TASK)
    task = shop.done("GET", "/tasks?expand=creator")[0]
    assert task["creator"] == {"id": task["creator"]["id"], "name": "Access token"}
    weak = without(sandbox, "public.access_token:read")
    assert shop.call("GET", "/tasks?expand=creator", **weak).status_code == 403

    old = shop.done("GET", f"/tasks/{shop.one('task')['id']}?expand=creator")
    assert old["creator"]["email"].endswith("@harbour.example.com")


GOOD_TASK = ("/tasks", {"title": "Sweep the yard"})


def test_a_write_is_answered_as_asked(shop, sandbox):
    """With relations written out; a way that leads nowhere refuses before anything is done."""
    _, body = GOOD["POST /deals"](shop)
    assert "email" in shop.done("POST", "/deals?expand=contact", body)["contact"]
    shop.refused("POST", "/deals?expand=colour", body, 422)
    weak = without(sandbox, "public.contact:read")
    before = shop.documents()
    assert shop.call("POST", "/deals?expand=contact", body, **weak).status_code == 403
    assert shop.documents() == before


def test_what_was_deleted_stays_an_id(shop):
    """There is nothing else left of it."""
    contact = shop.new_contact()
    deal = shop.done("POST", "/deals", {"name": "N", "contact": to(contact)})
    shop.done("DELETE", f"/contacts/{contact['id']}")
    shown = shop.done("GET", f"/deals/{deal['id']}?expand=contact")
    assert shown["contact"] == to(contact)


def test_all_kinds_are_known():
    """Whatever a field may refer to can be written out, or is somebody who made it."""
    for kind, key in RELATIONS:
        field = fields_of(kind)[key]
        inner = field.inner if isinstance(field, List) else field
        assert set(inner.resources) <= set(SCHEMAS) | {"application", "access_token"}
