"""Notes, tasks, and entries in the timeline."""

import pytest

from .shop import to


@pytest.mark.parametrize("kind", ["contact", "unit", "subscription", "task"])
def test_a_note_is_about_something(shop, kind):
    """One of four kinds; who wrote it is known."""
    body = {"content": "Rang\ntwice", "resource": to(shop.one(kind)), "metadata": {"k": "v"}}
    note = shop.done("POST", "/notes", body)
    assert {key: note[key] for key in body} == body
    assert note["creator"]["id"].startswith("tok_")

    other = to(shop.one("contact"))
    assert shop.done("PATCH", f"/notes/{note['id']}", {"resource": other})["resource"] == other


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"content": " "}, "/content"),
        ({"content": None}, "/content"),
        ({"resource": None}, "/resource"),
        ({"resource": {"id": "site_0"}}, "/resource/id"),
        ({"creator": {"id": "x"}}, "/creator"),
    ],
)
def test_a_wrong_note_is_refused(shop, change, pointer):
    """422 with the pointer of the fault; about a site there are no notes."""
    body = {"content": "Rang", "resource": to(shop.one("contact"))}
    if change == {"resource": {"id": "site_0"}}:
        change = {"resource": to(shop.one("site"))}
    assert shop.pointers("POST", "/notes", body | change) == [pointer]


def test_a_note_is_removed(shop):
    """And is then unknown."""
    id = shop.one("note")["id"]
    assert shop.done("DELETE", f"/notes/{id}") == {"message": "Note deleted successfully."}
    shop.refused("GET", f"/notes/{id}", None, 404)


def test_a_task_is_done_and_to_do_again(shop):
    """Each once: 409 when it is so already; `completed_at` says when."""
    unit = shop.one("unit")
    body = {
        "title": "Mend the door",
        "description": "<p>It sticks.</p>",
        "due_at": "2025-02-27T14:41:00Z",
        "site": unit["site"],
        "assignee": to(shop.one("staff")),
        "resource": to(unit),
        "metadata": {"source": "zapier"},
    }
    task = shop.done("POST", "/tasks", body)
    assert {key: task[key] for key in body} == body
    path = f"/tasks/{task['id']}"
    shop.refused("POST", f"{path}/open", None, 409)

    done = shop.done("POST", f"{path}/complete")
    assert done["status"] == "completed"
    assert done["completed_at"] is not None
    shop.refused("POST", f"{path}/complete", None, 409)

    again = shop.done("POST", f"{path}/open")
    assert (again["status"], again["completed_at"]) == ("open", None)


def test_a_task_is_changed(shop):
    """Null clears all but the title."""
    id = shop.one("task", status="open")["id"]
    keys = ("description", "due_at", "site", "assignee", "resource")
    task = shop.done("PATCH", f"/tasks/{id}", dict.fromkeys(keys))
    assert [task[key] for key in keys] == [None] * 5
    assert shop.pointers("PATCH", f"/tasks/{id}", {"title": None}) == ["/title"]


@pytest.fixture
def entry(shop):
    """A whole entry."""
    return {
        "source": to(shop.one("timeline_source", name="My CRM")),
        "template": to(shop.one("timeline_template", name="Sent Campaign")),
        "contact": to(shop.one("contact")),
        "site": to(shop.one("site")),
        "description": "Sent the spring offer",
        "external": {"id": "deal_98442", "url": "https://crm.example.com/deals/98442"},
        "variables": {"campaign_name": "Spring", "size": 3, "first": True, "more": None},
    }


def test_an_entry_is_kept_and_changed(shop, entry):
    """As it was sent; relations that were not are null."""
    made = shop.done("POST", "/timeline/events", entry)
    assert {key: made[key] for key in entry} == entry
    assert made["invoice"] is None
    changed = shop.done("PATCH", f"/timeline/events/{made['id']}", {"description": "Again"})
    assert changed["description"] == "Again"
    assert shop.done("GET", f"/timeline/events/{made['id']}") == changed


def test_a_template_wants_its_relations(shop, entry):
    """The predefined variables of a template are needed, its custom ones are not."""
    assert shop.pointers("POST", "/timeline/events", entry | {"contact": None}) == ["/contact"]
    id = shop.done("POST", "/timeline/events", entry | {"variables": {}})["id"]
    assert shop.pointers("PATCH", f"/timeline/events/{id}", {"contact": None}) == ["/contact"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"source": None}, "/source"),
        ({"template": {"id": "x"}}, "/template/id"),
        ({"unit": {"id": "x"}}, "/unit/id"),
        ({"external": {"url": "crm"}}, "/external/url"),
        ({"variables": []}, "/variables"),
        ({"variables": {"deep": {"er": 1}}}, "/variables/deep"),
        ({"variables": {"list": [1]}}, "/variables/list"),
    ],
)
def test_a_wrong_entry_is_refused(shop, entry, change, pointer):
    """422 with the pointer of the fault."""
    assert shop.pointers("POST", "/timeline/events", entry | change) == [pointer]
