"""Laws of what is there and how it is read: they loop over the tables, so a new row is tested."""

from typing import Any

import pytest

from connector.catalogue.places import PLACES
from connector.sandbox.business.kinds import SCHEMAS, fields_of
from connector.sandbox.business.listings import LISTINGS

from .laws import UNKNOWN, every_kind, references, round_trips, weakened
from .shop import Shop


@pytest.mark.parametrize("kind", SCHEMAS)
def test_every_seeded_document_has_its_schema(still, kind):
    """Every key that Stora shows, in the right form; nothing else; and every relation exists."""
    for each in (still, Shop(still.sandbox, "hilltop")):
        for document in each.all(kind):
            assert round_trips(kind, document)
            missing = set(fields_of(kind)) - set(document)
            assert missing <= ({"amount", "percent"} if kind == "coupon" else set())
            assert set(document) <= set(fields_of(kind))
            for kinds, id in references(kind, document):
                assert any(each.get(other, id) for other in kinds), (kind, id)


@every_kind
def test_there_is_something_of_every_kind(still, kind):
    """Timeline events alone are only what others make of them."""
    assert bool(still.all(kind)) == (kind != "timeline_event")


@every_kind
def test_two_operators_share_nothing(still, kind):
    """No id is found twice."""
    both = still, Shop(still.sandbox, "hilltop")
    mine, theirs = ({each["id"] for each in some.all(kind)} for some in both)
    assert not mine & theirs


def test_a_sandbox_that_forgot_comes_back_with_the_same(shop, make):
    """After a reset, and in another process: the same ids."""

    def ids(some: Shop) -> Any:
        return [(kind, [each["id"] for each in some.all(kind)]) for kind in SCHEMAS]

    before = ids(shop)
    shop.new_contact()
    shop.client.post("/_sandbox/reset")
    assert ids(shop) == before == ids(Shop(make()))


@pytest.mark.parametrize(
    ("kind", "statuses"),
    [
        ("contact", {"lead", "customer", "churned"}),
        ("invoice", {"draft", "open", "paid", "uncollectible"}),
        ("unit", {"available", "reserved", "occupied", "overlocked", "unavailable"}),
        ("deal", {"open", "won", "lost"}),
        ("task", {"open", "completed"}),
        ("order", {"draft", "completed"}),
        ("contract", {"pending", "signed"}),
        ("identity_verification", {"processing", "succeeded"}),
    ],
)
def test_the_seeds_show_all_walks_of_life(still, kind, statuses):
    """So that every filter finds something, and most of what can be done has an object."""
    assert {each["status"] for each in still.all(kind)} == statuses


# ---- lists and reads ---------------------------------------------------------------------------


@every_kind
def test_every_kind_is_listed_page_by_page(still, kind):
    """Pages of any size hold everything once; a page too far is empty."""
    place = PLACES[kind]
    whole = still.call("GET", f"{place.path}?limit=100").json
    assert whole["meta"]["pagination"]["count"] == len(whole[place.many]) == len(still.all(kind))

    pages: list[Any] = []
    number: int | None = 1
    while number:
        answer = still.call("GET", f"{place.path}?limit=3&page={number}").json
        pages += answer[place.many]
        assert len(answer[place.many]) <= 3
        number = answer["meta"]["pagination"]["next"]
    assert pages == whole[place.many]
    assert still.done("GET", f"{place.path}?page=1000") == []


@every_kind
@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "page=0", "sort_direction=UP", "limit=3&limit=3", "sort_by=colour"],
)
def test_a_wrong_parameter_is_refused(still, kind, query):
    """422 with the name of the parameter; a list that cannot be sorted ignores `sort_by`."""
    response = still.call("GET", f"{PLACES[kind].path}?{query}")
    if kind == "product_category" and query.startswith("sort_by"):
        assert response.status_code == 200
        return
    assert response.status_code == 422
    assert response.json["error"]["code"] == "invalid_url_param"
    [detail] = response.json["error"]["details"]
    assert detail["pointer"] == "/" + query.partition("=")[0]


@pytest.mark.parametrize(
    ("kind", "key"), [(kind, key) for kind, row in LISTINGS.items() for key in row.sort_by]
)
def test_every_list_is_sorted_as_asked(still, kind, key):
    """Newest first unless asked for otherwise; both directions are each other's reverse."""
    path, many = PLACES[kind].path, PLACES[kind].many

    def values(direction: str) -> list[Any]:
        query = f"{path}?sort_by={key}&sort_direction={direction}&limit=100"
        return [each[key] for each in still.call("GET", query).json[many]]

    assert values("ASC") == sorted(values("ASC")) == values("DESC")[::-1]
    if key == "created_at":
        usual = still.call("GET", f"{path}?limit=100").json[many]
        assert [each[key] for each in usual] == values("DESC")


@every_kind
def test_every_kind_is_read_by_id(still, kind):
    """The document itself; an unknown id and a stranger's are the same 404."""
    place = PLACES[kind]
    next_door = Shop(still.sandbox, "hilltop")
    for document in still.all(kind)[:1]:
        response = still.call("GET", f"{place.path}/{document['id']}")
        if not place.by_id:
            assert response.status_code == 404
            return
        assert response.json[place.one] == document
        for some, id in ((still, UNKNOWN), (next_door, document["id"])):
            error = some.refused("GET", f"{place.path}/{id}", None, 404)
            assert error["code"] == "resource_not_found"


@every_kind
def test_reading_needs_the_scope(shop, sandbox, kind):
    """403, and the message names the scope."""
    place = PLACES[kind]
    needed = place.scope("read")
    token = weakened(sandbox, needed)
    for path in (place.path, f"{place.path}/{UNKNOWN}") if place.by_id else (place.path,):
        response = shop.call("GET", path, Authorization=f"Bearer {token}")
        assert response.status_code == 403
        assert needed in response.json["error"]["message"]


@every_kind
def test_reads_are_json_only(still, kind):
    """CSV is not offered here, nor PDF of what is no paper: 406."""
    response = still.call("GET", PLACES[kind].path, Accept="text/csv")
    assert response.status_code == 406
    assert response.json["error"]["code"] == "invalid_format"
    assert still.call("GET", PLACES[kind].path, Accept="text/html, */*;q=0.1").status_code == 200
