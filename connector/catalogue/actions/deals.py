"""Deals: create, update, win, lose, reopen.

A deal has at most one line for a unit type and one for a protection level; forms show the two as
fields. Stora replaces all lines at once (Stora page: Update a Deal), so changing one of them reads
the deal first and sends the other along.
"""

from collections.abc import Generator, Mapping
from typing import Any, Final

from connector.catalogue.actions.calls import one_call
from connector.catalogue.actions.row import (
    Action,
    Call,
    Reply,
    Story,
    document_in,
    documents_in,
    one,
    output_of_one,
)
from connector.catalogue.forms import Values, form, like, wire
from connector.catalogue.inputs import Clear, ObjectId
from connector.catalogue.places import PLACES
from connector.catalogue.schemas.sales import Deal
from connector.errors import Conflict

_DEAL, _STAGE = PLACES["deal"], PLACES["deal_stage"]

# The field of a line in the form, and its `type` in Stora's list of lines.
_LINES: Final = {"unit_type_id": "unit_type", "protection_level_id": "protection"}

_LINE_FIELDS: Final = {
    "unit_type_id": ObjectId("unit_type", "The kind of unit the deal is about.", wire="line_items"),
    "protection_level_id": ObjectId(
        "protection_level", "The cover the deal is about.", wire="line_items"
    ),
}
_DETAILS: Final = {
    "site_id": like(Deal, "site"),
    "assignee_id": like(Deal, "assignee"),
    "starts_at": like(Deal, "starts_at"),
    "note": like(Deal, "note"),
}

_CREATE = form(
    name=like(Deal, "name", required=True),
    contact_id=like(Deal, "contact", required=True),
    stage_id=like(
        Deal, "stage", help="How far the deal has come; your first stage if you say nothing."
    ),
    **_DETAILS,
    **_LINE_FIELDS,
    metadata=like(Deal, "metadata"),
)
_UPDATE = form(
    deal_id=ObjectId("deal", "The deal to change.", required=True),
    name=like(Deal, "name"),
    stage_id=like(Deal, "stage"),
    **_DETAILS,
    **_LINE_FIELDS,
    metadata=like(Deal, "metadata", patch=True),
    clear=Clear(*_DETAILS, *_LINE_FIELDS, "metadata"),
)


# ---- stories -----------------------------------------------------------------------------------


def _create(values: Values) -> Story:
    stage: Values = {} if "stage_id" in values else {"stage": (yield from _first_stage())}
    body = wire(_CREATE, values, leave=_LINES) | stage
    lines = [_line(type, values[key]) for key, type in _LINES.items() if key in values]
    reply = yield Call("POST", _DEAL.path, json=body | ({"line_items": lines} if lines else {}))
    return one("deal", reply)


def _first_stage() -> Generator[Call, Reply, Values]:
    params = {"sort_by": "position", "sort_direction": "ASC", "limit": "1"}
    reply = yield Call("GET", _STAGE.path, params)
    stages = documents_in(reply, _STAGE)
    if not stages:
        raise Conflict("There is no deal stage yet. Create one in Stora, then try again.")
    return {"id": stages[0]["id"]}


def _update(values: Values) -> Story:
    path = f"{_DEAL.path}/{values['deal_id']}"
    body = wire(_UPDATE, values, leave=("deal_id", *_LINES))
    changed = {type: values.get(key) for key, type in _LINES.items() if _is_told(key, values)}
    if changed:
        kept: list[Values] = []
        if len(changed) < len(_LINES):
            deal = document_in((yield Call("GET", path)), _DEAL)
            kept = _other_lines(deal, changed)
        body["line_items"] = kept + [_line(type, id) for type, id in changed.items() if id]
    reply = yield Call("PATCH", path, json=body)
    return one("deal", reply)


def _is_told(key: str, values: Values) -> bool:
    return key in values or key in values.get("clear", ())


def _other_lines(deal: Mapping[str, Any], changed: Values) -> list[Values]:
    """Return the lines of a deal whose type is not among `changed`, as they are sent."""
    lines = deal.get("line_items")
    kept: list[Values] = []
    for line in lines if isinstance(lines, list) else ():
        match line:
            case {"type": str(type), "item": {"id": str(id)}} if type not in changed:
                kept.append(_line(type, id))
    return kept


def _line(type: str, id: str) -> Values:
    return {"type": type, "item": {"id": id}}


# ---- rows --------------------------------------------------------------------------------------


def _deal_id(verb: str) -> ObjectId:
    return ObjectId("deal", f"The deal to {verb}.", required=True)


_WRITE: Final = _DEAL.scope("write")

ROWS: Final = (
    Action(
        key="create_deal",
        kind="action",
        help="Creates a deal for a contact.",
        input=_CREATE,
        output=output_of_one("deal"),
        story=_create,
        repeat="post",
        scopes=(_WRITE,),
        scopes_of=lambda values: () if "stage_id" in values else (_STAGE.scope("read"),),
        resource="deal",
    ),
    Action(
        key="update_deal",
        kind="action",
        help="Changes a deal. Fields that are left blank stay as they are.",
        input=_UPDATE,
        output=output_of_one("deal"),
        story=_update,
        repeat="patch_safe",
        scopes=(_WRITE,),
        scopes_of=lambda values: (
            (_DEAL.scope("read"),) if sum(_is_told(key, values) for key in _LINES) == 1 else ()
        ),
        resource="deal",
    ),
    one_call(
        "win_deal",
        "Marks a deal as won.",
        "POST",
        "/deals/{deal_id}/win",
        form(deal_id=_deal_id("win")),
        "deal",
    ),
    one_call(
        "lose_deal",
        "Marks a deal as lost.",
        "POST",
        "/deals/{deal_id}/lose",
        form(
            deal_id=_deal_id("lose"),
            lost_reason=like(Deal, "lost_reason", required=True, help="Why the deal is lost."),
        ),
        "deal",
    ),
    one_call(
        "reopen_deal",
        "Opens a deal again that was won or lost.",
        "POST",
        "/deals/{deal_id}/reopen",
        form(
            deal_id=_deal_id("open again"),
            stage_id=like(Deal, "stage"),
            assignee_id=like(Deal, "assignee"),
        ),
        "deal",
    ),
)
