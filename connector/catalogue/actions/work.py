"""What the team writes down and does: notes, tasks, entries in the timeline."""

from typing import Any, Final

from connector.catalogue.actions.calls import one_call
from connector.catalogue.forms import form, like
from connector.catalogue.inputs import Clear, ObjectId
from connector.catalogue.schemas.work import Note, Task, TimelineEvent

_TASK: Final[dict[str, Any]] = {
    "description": like(Task, "description"),
    "due_at": like(Task, "due_at"),
    "assignee_id": like(Task, "assignee"),
    "site_id": like(Task, "site"),
    "resource_id": like(Task, "resource", help="The contact or unit that the task is about."),
}


def _task_id(verb: str) -> ObjectId:
    return ObjectId("task", f"The task to {verb}.", required=True)


ROWS: Final = (
    one_call(
        "add_note",
        "Adds a note to a contact, unit, subscription or task.",
        "POST",
        "/notes",
        form(
            content=like(Note, "content", required=True),
            resource_id=like(
                Note,
                "resource",
                help="The contact, unit, subscription or task that the note is about.",
                required=True,
            ),
            metadata=like(Note, "metadata"),
        ),
        "note",
    ),
    one_call(
        "create_task",
        "Creates a task for your team.",
        "POST",
        "/tasks",
        form(title=like(Task, "title", required=True), **_TASK, metadata=like(Task, "metadata")),
        "task",
    ),
    one_call(
        "update_task",
        "Changes a task. Fields that are left blank stay as they are.",
        "PATCH",
        "/tasks/{task_id}",
        form(
            task_id=_task_id("change"),
            title=like(Task, "title"),
            **_TASK,
            metadata=like(Task, "metadata", patch=True),
            clear=Clear(*_TASK, "metadata"),
        ),
        "task",
    ),
    one_call(
        "complete_task",
        "Marks a task as done.",
        "POST",
        "/tasks/{task_id}/complete",
        form(task_id=_task_id("complete")),
        "task",
    ),
    one_call(
        "reopen_task",
        "Opens a task again that was done.",
        "POST",
        "/tasks/{task_id}/open",
        form(task_id=_task_id("open again")),
        "task",
    ),
    one_call(
        "add_timeline_event",
        "Adds an entry to the timeline that your team sees in Stora.",
        "POST",
        "/timeline/events",
        form(
            source_id=like(TimelineEvent, "source", required=True),
            template_id=like(TimelineEvent, "template", required=True),
            description=like(TimelineEvent, "description"),
            **{
                f"{relation}_id": like(TimelineEvent, relation)
                for relation in (
                    "contact",
                    "site",
                    "unit",
                    "unit_type",
                    "tenancy",
                    "subscription",
                    "invoice",
                )
            },
            external_id=like(TimelineEvent, "external.id"),
            external_url=like(TimelineEvent, "external.url"),
            variables=like(TimelineEvent, "variables"),
        ),
        "timeline_event",
    ),
)
