"""The timeline: what was done through Unitwire, noted in Stora where the operator sees it.

Stora asks this of partners (Stora page: guides/partner-integrations). An entry is a row that is
committed together with the action's own result, and written to Stora afterwards by a dispatcher
(`timeline_writer`): it costs the action no time, survives every process, and its failure is no
failure of the action.

Stora shows an entry by a template and under a source, which are found by name (settings
TIMELINE_SOURCE and TIMELINE_TEMPLATE). Where Stora has none, or the connection may not write
entries, the timeline is `off`, and says why.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, func, insert, select

from connector import world
from connector.catalogue.actions.row import Action
from connector.catalogue.forms import Values
from connector.catalogue.ids import PICKLIST_OF
from connector.catalogue.places import scope
from connector.catalogue.wording import label_of, words_of
from connector.flows import choices
from connector.flows.parts import Parts
from connector.platforms.builders import NAMES
from connector.store.tables import connections
from connector.store.tables import timeline_entries as table

NEEDS: Final = (
    scope("timeline_event", "write"),
    scope("timeline_source", "read"),
    scope("timeline_template", "read"),
)
RELATIONS: Final = (
    "contact",
    "site",
    "invoice",
    "subscription",
    "tenancy",
    "unit",
    "unit_type",
)
# What is said after "via"; a platform that is not known is called by its slug.
_PLATFORMS: Final = {**NAMES, "mcp": "an assistant (MCP)", "custom": "a script"}

# What is said of something after the first word of the action's key was done to it.
_DONE: Final = {
    "add": "added",
    "call": "called",
    "complete": "completed",
    "create": "created",
    "deallocate": "deallocated",
    "finalize": "finalized",
    "find_or_create": "created",
    "grant": "granted",
    "lose": "lost",
    "overlock": "overlocked",
    "remove": "removed",
    "reopen": "reopened",
    "reserve": "reserved",
    "set": "set",
    "update": "updated",
    "win": "won",
}


@dataclass(frozen=True)
class Workflow:
    """The workflow that acts, as far as its builder says: its id on the platform, and its name."""

    id: str | None = None
    name: str | None = None


@dataclass(frozen=True)
class State:
    """How an entry stands: `status` is pending, written, failed or off."""

    status: str
    event_id: str | None = None
    problem: str | None = None

    @property
    def document(self) -> dict[str, Any]:
        """Return it as answers show it."""
        event = {"event": {"id": self.event_id}} if self.event_id else {}
        return {
            "status": self.status,
            **event,
            **({"problem": self.problem} if self.problem else {}),
        }


# ---- what is said ------------------------------------------------------------------------------


def happened(action: Action) -> str:
    """Say what was done: `Contact created`."""
    verb = next(verb for verb in sorted(_DONE, reverse=True) if action.key.startswith(f"{verb}_"))
    return f"{label_of(action.key.removeprefix(f'{verb}_'))} {_DONE[verb]}"


def entry_of(
    action: Action, values: Values, answer: Mapping[str, Any], platform: str, workflow: Workflow
) -> dict[str, Any]:
    """Return the body of an entry, but for its source and template (Stora: create-an-event)."""
    what, where = happened(action), _PLATFORMS.get(platform, platform)
    name = workflow.name or workflow.id
    by = f" by the workflow {name}" if name else ""
    return {
        "description": f"{what} via {where}{by}",
        "variables": {"action": what, "workflow": name or "", "platform": where},
        **({"external": {"id": workflow.id}} if workflow.id else {}),
        **_relations(action, values, answer),
    }


def _relations(action: Action, values: Values, answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the entry hangs on: what the action was about, and what that belongs to."""
    flat = answer.get("flat")
    shown: Mapping[str, Any] = flat if isinstance(flat, Mapping) else {}
    found = {
        relation: shown.get(f"{relation}_id") or values.get(f"{relation}_id")
        for relation in RELATIONS
    }
    return {relation: {"id": id} for relation, id in found.items() if isinstance(id, str)}


# ---- before and after --------------------------------------------------------------------------


def missing(parts: Parts, connection_id: str) -> str | None:
    """Say why the timeline is off, as far as that is known without asking Stora; else None."""
    with parts.store.read() as c:
        granted = c.execute(
            select(connections.c.scopes).where(connections.c.id == connection_id)
        ).scalar_one()
    lacking = [each for each in NEEDS if each not in granted.split()]
    if lacking:
        return f"Connect Stora again and allow {' '.join(lacking)}."
    for resource, name in names_of(parts).items():
        known = choices.known_of(parts, connection_id, PICKLIST_OF[resource])
        if known is not None and id_of(known, name) is None:
            return none_called(resource, name)
    return None


def add(
    c: Connection, connection_id: str, id: str, body: Mapping[str, Any], problem: str | None
) -> None:
    """Insert an entry in `c`: to be written soon, or off because of `problem`."""
    c.execute(
        insert(table).values(
            connection_id=connection_id,
            id=id,
            status="off" if problem else "pending",
            body=json.dumps(body),
            problem=problem,
            due=None if problem else world.now_ms(),
            created_at=world.now_ms(),
        )
    )


def state_of(parts: Parts, connection_id: str, entry_id: str) -> State | None:
    """Return how an entry stands now; None when it is long gone."""
    with parts.store.read() as c:
        row = c.execute(
            select(table).where(table.c.connection_id == connection_id, table.c.id == entry_id)
        ).first()
    return State(row.status, row.event_id, row.problem) if row else None


def summary(parts: Parts, connection_id: str) -> dict[str, Any]:
    """Return how many entries a connection has in each status, and the newest problem."""
    here = table.c.connection_id == connection_id
    with parts.store.read() as c:
        counts = c.execute(
            select(table.c.status, func.count()).where(here).group_by(table.c.status)
        ).all()
        problem = c.execute(
            select(table.c.problem)
            .where(here, table.c.problem.is_not(None), table.c.status != "written")
            .order_by(table.c.id.desc())
            .limit(1)
        ).scalar()
    return {**dict(counts), "problem": problem}


# ---- source and template -------------------------------------------------------------------------


def names_of(parts: Parts) -> dict[str, str]:
    """Return the names of the source and the template that are wanted, by resource."""
    settings = parts.settings
    return {
        "timeline_source": settings.timeline_source,
        "timeline_template": settings.timeline_template,
    }


def id_of(known: list[dict[str, Any]], name: str) -> str | None:
    """Return the id of what is called `name`, in either case."""
    wanted = name.casefold()
    return next((each["value"] for each in known if each["label"].casefold() == wanted), None)


def none_called(resource: str, name: str) -> str:
    """Say that Stora has no `resource` of this name."""
    return f"There is no {words_of(resource)} named {name} in Stora."
