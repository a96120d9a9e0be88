"""Laws of what is written and what follows: they loop over the tables, so a new row is tested."""

import re
from datetime import datetime
from pathlib import Path

import pytest

from connector.catalogue.events import EVENT, EVENT_TYPES
from connector.catalogue.places import PLACES
from connector.sandbox.business.kinds import SCHEMAS
from connector.sandbox.business.plays import PLAYS, VERBS
from connector.sandbox.business.writes import WRITES

from .examples import GOOD, PLAYED, ready, write_at
from .laws import UNKNOWN, every_play, every_write, references, round_trips, weakened

DOCS = Path(__file__).parents[4] / "docs" / "sandbox.md"
_ROW = re.compile(r"^\| `([^`]+)` \| ((?:`[a-z_.]+`(?:, )?)+) \|$", re.MULTILINE)
# What docs/sandbox.md says follows from each write and from each thing that is played.
FOLLOWS = {key: re.findall(r"`([^`]+)`", events) for key, events in _ROW.findall(DOCS.read_text())}


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
