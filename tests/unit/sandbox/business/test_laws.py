"""Laws of the business: they loop over its tables, so that a new row is tested at once."""

import json
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from connector.catalogue.events import EVENT, EVENT_TYPES
from connector.catalogue.fields import List, Reference
from connector.catalogue.places import PLACES
from connector.sandbox.business.kinds import SCHEMAS, fields_of
from connector.sandbox.business.listings import LISTINGS
from connector.sandbox.business.plays import PLAYS, VERBS
from connector.sandbox.business.writes import WRITES

from .conftest import GOOD, PLAYED, Shop, every_kind, every_play, every_write, write_at

DOCS = Path(__file__).parents[4] / "docs" / "sandbox.md"
_ROW = re.compile(r"^\| `([^`]+)` \| ((?:`[a-z_.]+`(?:, )?)+) \|$", re.MULTILINE)
# What docs/sandbox.md says follows from each write and from each thing that is played.
FOLLOWS = {key: re.findall(r"`([^`]+)`", events) for key, events in _ROW.findall(DOCS.read_text())}

UNKNOWN = "x_0000000000000000"


def round_trips(kind: str, document: Any) -> bool:
    """Say whether the catalogue's schema reads and writes a document without changing it."""
    schema = SCHEMAS[kind]()
    texts = {
        json.dumps(each, sort_keys=True) for each in (document, schema.dump(schema.load(document)))
    }
    return len(texts) == 1


def references(kind: str, document: Any) -> list[tuple[tuple[str, ...], str]]:
    """Return what a document refers to: the kinds that it may be, and its id."""
    found = []
    for key, field in fields_of(kind).items():
        inner = field.inner if isinstance(field, List) else field
        if isinstance(inner, Reference) and document[key]:
            values = document[key] if isinstance(document[key], list) else [document[key]]
            found += [(inner.resources, value["id"]) for value in values]
    return found


def ready(shop: Shop, key: str) -> Callable[[], Any]:
    """Prepare a good write, or something to play; return what does it and gives the response."""
    if key in PLAYED:
        verb, id = key.split()[0], PLAYED[key](shop)
        body = {"verb": verb} | ({"id": id} if id else {})
        return lambda: shop.client.post("/_sandbox/play", json=body)
    id, body = GOOD[key](shop)
    row = write_at(key)
    return lambda: shop.call(row.method, row.path.replace("<id>", id), body)


# ---- what is there -----------------------------------------------------------------------------


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


def weakened(sandbox: Any, *missing: str) -> str:
    """Return a token of harbour with all scopes but `missing`."""
    token = sandbox.access.find("harbour-token")
    scopes = [scope for scope in token["scopes"] if scope not in missing]
    assert len(scopes) == len(token["scopes"]) - len(missing)
    sandbox.access.keep_token({**token, "token": "weak", "scopes": scopes})
    return "weak"


# ---- writes ------------------------------------------------------------------------------------


def test_every_row_has_an_example():
    """A row without one would not be tested."""
    assert set(GOOD) == {f"{row.method} {row.path}" for row in WRITES}
    assert {key.split()[0] for key in PLAYED} == set(VERBS)
    assert len(PLAYED) == len(PLAYS)
    assert set(FOLLOWS) <= set(GOOD) | set(PLAYED)


@pytest.mark.parametrize("key", [*GOOD, *PLAYED])
def test_what_follows_is_what_the_paper_says(shop, key):
    """The very events of docs/sandbox.md, each with the resource as it is at that moment."""
    work = ready(shop, key)
    before = len(shop.all("event"))
    assert work().status_code in (200, 201)
    events = [each["event"] for each in shop.all("event")[before:]]
    assert [event["type"] for event in events] == FOLLOWS.get(key, [])
    last = {}
    for event in events:
        [(kind, document)] = event["data"].items()
        assert kind == EVENT[event["type"]].resource
        assert round_trips(kind, document)
        last[kind, document["id"]] = document
    for (kind, id), document in last.items():
        if f"{kind}.updated" in EVENT_TYPES:  # whoever listens to all of these knows how it stands
            assert shop.get(kind, id) == document


def test_all_fifty_events_happen():
    """Whatever a workflow can listen to, the business can let it come about."""
    assert {event for events in FOLLOWS.values() for event in events} == set(EVENT_TYPES)


@every_write
def test_every_write_leaves_good_documents(shop, key):
    """What is answered is what is kept, has its schema, and refers to what exists."""
    row = write_at(key)
    answer = ready(shop, key)().json
    if "success" in answer:
        assert answer["success"]["message"].endswith(".")
    else:
        place = PLACES[row.resource]
        assert shop.get(row.resource, answer[place.one]["id"]) == answer[place.one]
    for kind in SCHEMAS:
        for document in shop.all(kind):
            assert round_trips(kind, document)
            for kinds, id in references(kind, document):
                known = any(shop.get(other, id) for other in kinds)
                assert known or id.startswith("tok_") or row.method == "DELETE"


@every_play
def test_every_play_leaves_good_documents(shop, key):
    """The answer says what came of it, which events were told, how many deliveries are queued."""
    answer = ready(shop, key)().json
    [kind] = set(answer) - {"events", "deliveries"}
    assert shop.get(kind, answer[kind]["id"])["id"] == answer[kind]["id"]
    assert answer["deliveries"] == 0
    assert [event["type"] for event in answer["events"]] == FOLLOWS[key]
    for kind in SCHEMAS:
        for document in shop.all(kind):
            assert round_trips(kind, document)


@every_write
def test_a_write_answers_created_only_for_something_new(shop, key):
    """201 for a POST to a list, else 200."""
    row = write_at(key)
    is_new = row.method == "POST" and row.path == PLACES[row.resource].path
    assert ready(shop, key)().status_code == (201 if is_new else 200)


@every_write
def test_writing_needs_the_scope(shop, sandbox, key):
    """403 before anything else is looked at, and nothing happens."""
    row = write_at(key)
    needed = PLACES[row.resource].scope(row.right)
    id, body = GOOD[key](shop)
    before = shop.documents()
    bearer = f"Bearer {weakened(sandbox, needed)}"
    response = shop.call(
        row.method, row.path.replace("<id>", id or UNKNOWN), body, Authorization=bearer
    )
    sandbox.state.delete("", "access_token", "weak")
    assert response.status_code == 403
    assert needed in response.json["error"]["message"]
    assert shop.documents() == before


@pytest.mark.parametrize("key", [key for key in GOOD if "<id>" in key])
def test_a_write_to_an_unknown_thing_is_refused(shop, stranger, key):
    """An unknown id, and a stranger's: the same 404, whatever the body says."""
    row = write_at(key)
    id, body = GOOD[key](shop)
    for some, other in ((shop, UNKNOWN), (stranger, id)):
        error = some.refused(row.method, row.path.replace("<id>", other), body, 404)
        assert error["code"] == "resource_not_found"


@pytest.mark.parametrize(
    "key", [f"{row.method} {row.path}" for row in WRITES if row.body is not None]
)
def test_a_wrong_body_is_refused(shop, key):
    """An unknown key, a text that nobody can keep, no object, no JSON: nothing happens."""
    row = write_at(key)
    id, body = GOOD[key](shop)
    path = row.path.replace("<id>", id)
    assert "/nonsense" in shop.pointers(row.method, path, body | {"nonsense": 1})
    assert shop.pointers(row.method, path, body | {"\ud800": 1}) == [""]
    assert shop.pointers(row.method, path, []) == [""]
    assert shop.refused(row.method, path, None, 415)["code"] == "unsupported_media_type"
    for field in row.body.fields.values():
        if field.required:
            lacking = {name: value for name, value in body.items() if name != field.name}
            assert shop.pointers(row.method, path, lacking) == [f"/{field.name}"]
            nothing = body | {field.name: None}
            assert shop.pointers(row.method, path, nothing) == [f"/{field.name}"]


@every_write
def test_a_write_is_answered_as_json_only(shop, key):
    """406 before anything is done."""
    row = write_at(key)
    id, body = GOOD[key](shop)
    before = shop.documents()
    response = shop.call(row.method, row.path.replace("<id>", id), body, Accept="application/pdf")
    assert response.status_code == 406
    assert shop.documents() == before


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("contact", "PATCH /contacts/<id>"),
        ("deal", "PATCH /deals/<id>"),
        ("task", "PATCH /tasks/<id>"),
    ],
)
def test_a_change_that_changes_nothing_tells_nobody(shop, kind, key):
    """An empty body, and the values that are there already; `updated_at` stays."""
    id, body = GOOD[key](shop)
    path = write_at(key).path.replace("<id>", id)
    shop.done("PATCH", path, body)
    before = shop.documents()
    for same in ({}, body):
        assert shop.told(lambda same=same: shop.done("PATCH", path, same)) == []
    assert shop.documents() == before


@every_write
def test_the_moment_of_a_write_is_kept(shop, key):
    """Whatever has changed says so in `updated_at`; the moments of a document never run back."""
    ready(shop, key)()
    for kind in SCHEMAS:
        for document in shop.all(kind):
            if "updated_at" in document:
                created, updated = (
                    datetime.fromisoformat(document[name]) for name in ("created_at", "updated_at")
                )
                assert created <= updated


@pytest.mark.parametrize(
    "key",
    [key for key in GOOD if key.startswith("PATCH") and "metadata" in write_at(key).body.fields],
)
def test_metadata_is_merged_everywhere(shop, key):
    """Named keys change, null removes, `{}` clears (Stora page: guides/metadata)."""
    id, _ = GOOD[key](shop)
    path = write_at(key).path.replace("<id>", id)
    for patch, expected in (
        ({"source": "zapier", "k": "v"}, {"source": "zapier", "k": "v"}),
        ({"source": "make", "k": None}, {"source": "make"}),
        ({}, {}),
    ):
        assert shop.done("PATCH", path, {"metadata": patch})["metadata"] == expected


NASTY = (
    *(None, True, 0, -1, 1.5, 2**53, 10**400, "", " ", "\x00", "\ud800", "x" * 300, "now", "٣"),
    *([], [[]], [None], {}, {"id": None}, {"id": ""}, {"id": "x\x00"}, {"id": {"id": "x"}}),
    *({"amount": 1e300}, {"amount": True}, {"": ""}, {"id": "x", "more": []}),
)


@pytest.mark.parametrize(
    "key", [f"{row.method} {row.path}" for row in WRITES if row.body is not None]
)
def test_no_body_breaks_the_house(shop, key):
    """Whatever stands in a field, alone and in a list: taken, or refused with nothing done."""
    row = write_at(key)
    id, good = GOOD[key](shop)
    path = row.path.replace("<id>", id)
    for name in row.body.fields:
        for value in NASTY:
            for body in (good | {name: value}, good | {name: [value]}, good | {name: {"x": value}}):
                before = shop.documents()
                response = shop.call(row.method, path, body)
                assert response.status_code in (200, 201, 409, 422, 400), (body, response.text)
                if response.status_code >= 400:
                    assert shop.documents() == before
