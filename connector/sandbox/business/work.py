"""What the team writes down and does: notes, tasks, and what others add to the timeline."""

from connector.errors import Conflict
from connector.sandbox.business.bodies import body
from connector.sandbox.business.books import Books, Success, wrong
from connector.sandbox.metadata import merged
from connector.sandbox.state import Document

NEW_NOTE = body("note", required=("content", "resource"), optional=("metadata",))
CHANGED_NOTE = body("note", firm=("content", "resource"), optional=("metadata",), patch=True)

_TASK = ("description", "due_at", "site", "assignee", "resource", "metadata")
NEW_TASK = body("task", required=("title",), optional=_TASK)
CHANGED_TASK = body("task", firm=("title",), optional=_TASK, patch=True)

_ENTRY = (
    *("contact", "site", "invoice", "subscription", "tenancy", "unit", "unit_type"),
    *("description", "external", "variables"),
)
NEW_ENTRY = body("timeline_event", required=("source", "template"), optional=_ENTRY)
CHANGED_ENTRY = body("timeline_event", firm=("source", "template"), optional=_ENTRY)


# ---- notes -------------------------------------------------------------------------------------


def add_note(books: Books, _: Document, wanted: Document) -> Document:
    """Write a note on a contact, a unit, a subscription or a task."""
    books.check("note", wanted)
    return books.add("note", **wanted)


def change_note(books: Books, note: Document, wanted: Document) -> Document:
    """Change what `wanted` names."""
    books.check("note", wanted)
    return books.change("note", note, **merged(note, wanted))


def remove_note(books: Books, note: Document, _: Document) -> Success:
    """Remove a note."""
    books.remove("note", note)
    return Success("Note deleted successfully.")


# ---- tasks -------------------------------------------------------------------------------------


def add_task(books: Books, _: Document, wanted: Document) -> Document:
    """Give the team something to do."""
    books.check("task", wanted)
    return books.add("task", **wanted, status="open")


def change_task(books: Books, task: Document, wanted: Document) -> Document:
    """Change what `wanted` names."""
    books.check("task", wanted)
    return books.change("task", task, **merged(task, wanted))


def complete_task(books: Books, task: Document, _: Document) -> Document:
    """Have a task done; raise `Conflict` when it is done."""
    if task["status"] == "completed":
        raise Conflict("The task is already completed.")
    return books.change("task", task, "completed", status="completed", completed_at=books.now)


def open_task(books: Books, task: Document, _: Document) -> Document:
    """Have a task to do again; raise `Conflict` when it is to be done."""
    if task["status"] == "open":
        raise Conflict("The task is already open.")
    return books.change("task", task, "reopened", status="open", completed_at=None)


# ---- timeline ----------------------------------------------------------------------------------


def add_entry(books: Books, _: Document, wanted: Document) -> Document:
    """Add an entry to the timeline."""
    books.check("timeline_event", wanted)
    _fill_gaps(books, wanted)
    return books.add("timeline_event", **wanted)


def change_entry(books: Books, entry: Document, wanted: Document) -> Document:
    """Change what `wanted` names."""
    books.check("timeline_event", wanted)
    _fill_gaps(books, entry | wanted)
    return books.change("timeline_event", entry, **wanted)


def _fill_gaps(books: Books, entry: Document) -> None:
    """Refuse an entry without what its template wants of Stora's own objects.

    The custom variables of a template are not enforced (Stora page: create-an-event).
    """
    template = books.get("timeline_template", entry["template"]["id"])
    for name in template["variables"]["predefined"]:
        if not entry.get(name):
            raise wrong(f"/{name}", "The template of the entry needs this.")
