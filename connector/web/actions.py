"""The resource /2025-09/actions: what a workflow can do and look up in Stora, and doing it.

All rows of the catalogue go through one view. Who repeats a POST sends the same Idempotency-Key,
or the id of the workflow's run, and gets the first answer again (see flows.act).
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

from flask import Blueprint, Response, request
from marshmallow import Schema, validate

from connector.catalogue.actions import ACTION, ACTIONS
from connector.catalogue.actions.document import to_document
from connector.catalogue.actions.examples import sample_input
from connector.catalogue.actions.row import Action
from connector.catalogue.describe import describe
from connector.catalogue.fields import Text
from connector.catalogue.json_schema import JsonSchema, json_schema
from connector.dialect.answers import answer
from connector.dialect.body import load, read_object
from connector.errors import InvalidRequest, NotFound
from connector.flows.act import act
from connector.flows.timeline import Workflow
from connector.web.api import blueprint, caller, meta, one, parts, requires
from connector.web.documents import META, one_of, texts
from connector.web.idempotency import HEADER as KEY
from connector.web.idempotency import TOKEN_SCHEMA, token_header

actions = blueprint("actions", "What a workflow can do and look up in Stora")

MAX_SEARCH: Final = 255
MAX_NAME: Final = 255
RUN_ID = "Unitwire-Run-Id"
WORKFLOW_ID, WORKFLOW_NAME = "Unitwire-Workflow-Id", "Unitwire-Workflow-Name"
HEADERS: Final = {
    KEY: "A value of your own for this one thing, such as a UUID: a repeat with the same value "
    "within 24 hours gets the first answer again, or goes on where the first was cut off.",
    RUN_ID: "The id of the workflow's run, instead of the key: within a run, the same action on "
    "the same input is done once.",
    WORKFLOW_ID: "The workflow's id on its platform, for the timeline in Stora.",
    WORKFLOW_NAME: "The workflow's name, percent-encoded UTF-8, for the timeline in Stora.",
}

_LISTED: Final = {"type": "array", "items": {"type": "object"}}
_ACTION: Final = texts("key", "label", "kind", "help", "scope")
ROW: Final[JsonSchema] = _ACTION | {
    "properties": _ACTION["properties"]
    | {"danger": {"type": "boolean"}, "input": _LISTED, "output": _LISTED}
}
TIMELINE: Final[JsonSchema] = {
    "type": "object",
    "description": "The entry in Stora's timeline; only where something was changed.",
    "properties": {
        "status": {"type": "string", "enum": ["pending", "written", "failed", "off"]},
        "event": {"type": "object", "properties": {"id": {"type": "string"}}},
        "problem": {"type": "string"},
    },
    "required": ["status"],
}


class Search(Schema):
    """Which actions."""

    kind = Text(
        "Only actions, or only searches.", "search", validate=validate.OneOf(["action", "search"])
    )
    q = Text(
        "Only those in whose texts each of these words is found.",
        "create contact",
        validate=validate.Length(max=MAX_SEARCH),
    )


@actions.route("/actions", methods=["GET"])
@requires()
@actions.arguments(Search, location="query")
@actions.response(200, one_of("actions", {"type": "array", "items": ROW}))
def list_actions(query: dict[str, Any]) -> Response:
    """List actions and searches with their fields."""
    words = query.get("q", "").casefold().split()
    found = [
        to_document(action)
        for action in ACTIONS
        if query.get("kind") in (None, action.kind)
        and all(word in f"{action.key} {action.label} {action.help}".casefold() for word in words)
    ]
    return answer({"actions": found, "meta": meta()})


@actions.route("/actions/<key>", methods=["GET"])
@requires()
@actions.response(200, one_of("action", ROW))
def show_action(key: str) -> Response:
    """Show one action or search with its fields."""
    return one("action", to_document(_action(key)))


@requires()
def run_action(key: str) -> Response:
    """Carry out an action or a search on the fields in the body."""
    action = _action(key)
    caller().demand(*action.scopes)
    done = act(
        parts(),
        caller(),
        action,
        load(action.input(), read_object(request)),
        key=token_header(KEY),
        run_id=token_header(RUN_ID),
        workflow=Workflow(token_header(WORKFLOW_ID), _workflow_name()),
    )
    told = meta() | ({"curies": list(done.curies)} if done.curies else {})
    if done.timeline is not None:
        told["timeline"] = done.timeline.document
    return answer({**done.answer, "meta": told})


# Not by the blueprint's own `route`: the OpenAPI document has a path for each action instead.
Blueprint.add_url_rule(actions, "/actions/<key>", "run_action", run_action, methods=["POST"])


def _action(key: str) -> Action:
    if key not in ACTION:
        raise NotFound("There is no such action.")
    return ACTION[key]


def _workflow_name() -> str | None:
    name = unquote(request.headers.get(WORKFLOW_NAME, "")).strip()
    if len(name) > MAX_NAME or not name.isprintable():
        raise InvalidRequest(f"{WORKFLOW_NAME} has up to {MAX_NAME} printable characters.")
    return name or None


# ---- the OpenAPI document ----------------------------------------------------------------------


def operation(action: Action) -> Mapping[str, Any]:
    """Return an action as an operation of OpenAPI 3.1, with its schemas and an example."""
    headers = HEADERS if action.repeat != "read" else {}
    answered = json_schema(action.output)
    answered["properties"]["meta"] = META | {
        "properties": META["properties"]
        | ({} if action.repeat == "read" else {"timeline": TIMELINE})
    }
    return {
        "operationId": action.key,
        "summary": action.label,
        "description": action.help,
        "tags": ["actions"],
        "parameters": [
            {
                "name": name,
                "in": "header",
                "required": False,
                "description": help,
                "schema": {"type": "string"} if name == WORKFLOW_NAME else TOKEN_SCHEMA,
            }
            for name, help in headers.items()
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": json_schema(describe(action.input)) | {"additionalProperties": False},
                    "example": sample_input(action),
                }
            },
        },
        "responses": {
            "200": {
                "description": "What came of it.",
                "content": {"application/json": {"schema": answered}},
            },
            "default": {"$ref": "#/components/responses/DEFAULT_ERROR"},
        },
    }
