"""The actions as tools for assistants (Model Context Protocol): few, so that one is soon found.

For each kind of thing there is one tool that searches and one that changes. Which of its actions
is meant stands in the argument `search` or `action`; the other arguments are the fields of the
actions' forms, side by side, because assistants fill in a flat form best. The form of the action
that is meant decides what is accepted.

    {"name": "change_tasks", "arguments": {"action": "complete_task", "task_id": "task_1"}}

A tool that has one action needs no such argument. The tool CHOICES looks into the picklists.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from marshmallow import ValidationError, validates_schema

from connector.catalogue.actions import ACTIONS
from connector.catalogue.actions.document import SEARCH_OF
from connector.catalogue.actions.row import Action, Kind
from connector.catalogue.describe import Field, describe
from connector.catalogue.fields import Text
from connector.catalogue.forms import Question, Values, form
from connector.catalogue.ids import EXAMPLE_IDS, PICKLIST_OF
from connector.catalogue.inputs import HowMany, ObjectId, OneOf
from connector.catalogue.json_schema import JsonSchema, json_schema
from connector.catalogue.picklists import PICKLIST
from connector.catalogue.places import plural
from connector.catalogue.wording import label_of, words_of
from connector.errors import InvalidContent

CHOICES: Final = "list_choices"

_VERBS: Final[Mapping[Kind, str]] = {"search": "search", "action": "change"}
_ADDS: Final = ("add_", "create_", "find_or_create_")  # these leave everything else as it was


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool; its `actions` are of the same kind, and about the same kind of thing."""

    name: str
    actions: tuple[Action, ...]

    @property
    def selector(self) -> Kind | None:
        """The argument that says which action is meant; None where there is only one."""
        return self.actions[0].kind if len(self.actions) > 1 else None

    def chosen(self, arguments: Mapping[str, Any]) -> tuple[Action, Values]:
        """Return the action that is meant, and what its form is given.

        Raises InvalidContent if none of the tool's actions is named.
        """
        given = dict(arguments)
        if self.selector is None:
            return self.actions[0], given
        key = given.pop(self.selector, None)
        for action in self.actions:
            if action.key == key:
                return action, given
        keys = ", ".join(action.key for action in self.actions)
        raise InvalidContent(
            details=[{"pointer": f"/{self.selector}", "message": f"Must be one of: {keys}."}]
        )

    def document(self, scopes: Collection[str]) -> dict[str, Any] | None:
        """Return it as `tools/list` shows it (MCP: server/tools) to whom `scopes` are given.

        Actions that need others are left out; None if no action is left.
        """
        actions = [each for each in self.actions if set(each.scopes) <= set(scopes)]
        if not actions:
            return None
        reads = all(action.repeat == "read" for action in actions)
        adds = all(action.key.startswith(_ADDS) for action in actions)
        hints = {
            "readOnlyHint": reads,
            "destructiveHint": not reads and not adds,
            "idempotentHint": all(each.repeat in ("read", "patch_safe") for each in actions),
        }
        schema = _input_schema(self.selector, actions)
        if self.selector is None:
            return _document(self.name, actions[0].label, actions[0].help, schema, hints)
        lines = [f"- {action.key}: {action.help}{_needs(action)}" for action in actions]
        text = "\n".join([f"What is done stands in `{self.selector}`:", *lines])
        return _document(self.name, label_of(self.name), text, schema, hints)


def _input_schema(selector: str | None, actions: Sequence[Action]) -> JsonSchema:
    forms = {action.key: _by_key(action) for action in actions}
    keys = dict.fromkeys(key for fields in forms.values() for key in fields)
    schema = json_schema(_leading(_merged(key, forms)) for key in keys)
    if selector:
        choice = {"type": "string", "enum": list(forms), "description": "What is to be done."}
        schema["properties"] = {selector: choice, **schema["properties"]}
        schema["required"] = [selector, *schema.get("required", ())]
    return schema


def _by_key(action: Action) -> dict[str, Field]:
    return {field.key: field for field in describe(action.input)}


def _needs(action: Action) -> str:
    needed = [field.key for field in describe(action.input) if field.required]
    return f" Needs {', '.join(needed)}." if needed else ""


def _merged(key: str, forms: Mapping[str, Mapping[str, Field]]) -> Field:
    """Return the one argument for what the forms of several actions have under the same `key`.

    Its help tells which actions take it, and what it is for each where that differs.
    """
    having = {action: fields[key] for action, fields in forms.items() if key in fields}
    field = next(iter(having.values()))
    texts: dict[str, list[str]] = {}
    for action, each in having.items():
        texts.setdefault(each.help, []).append(action)
    if len(texts) > 1:
        help = " ".join(f"{', '.join(actions)}: {text}" for text, actions in texts.items())
    elif len(having) < len(forms):
        help = f"{field.help} Only with {', '.join(having)}."
    else:
        help = field.help
    required = len(having) == len(forms) and all(each.required for each in having.values())
    return replace(field, help=help, required=required)


def _leading(field: Field) -> Field:
    """Return a field whose help, and that of its children, says where its id is to be found."""
    picklists = [PICKLIST_OF[each] for each in field.resources if each in PICKLIST_OF]
    searches = [
        SEARCH_OF[each] for each in field.resources if each not in PICKLIST_OF and each in SEARCH_OF
    ]
    ways = [f" {CHOICES} has it, in the picklist {' or '.join(picklists)}."] if picklists else []
    ways += [f" Found by {' or '.join(searches)}."] if searches else []
    children = tuple(map(_leading, field.children))
    return replace(field, help=field.help + "".join(ways), children=children)


def _document(
    name: str, title: str, text: str, input_schema: JsonSchema, hints: Mapping[str, bool]
) -> dict[str, Any]:
    return {
        "name": name,
        "title": title,
        "description": text,
        "inputSchema": input_schema | {"additionalProperties": False},
        # Nothing is reached but the operator's own account in Stora.
        "annotations": {"title": title, **hints, "openWorldHint": False},
    }


def _tools() -> Iterable[Tool]:
    """Yield the tools in the order of their first actions."""
    together: dict[str, list[Action]] = {}
    for action in ACTIONS:
        name = f"{_VERBS[action.kind]}_{plural(action.resource)}" if action.resource else action.key
        together.setdefault(name, []).append(action)
    for name, actions in together.items():
        yield Tool(name, tuple(actions))


TOOLS: Final = tuple(_tools())
TOOL: Final[Mapping[str, Tool]] = {tool.name: tool for tool in TOOLS}


def documents_for(scopes: Collection[str]) -> list[dict[str, Any]]:
    """Return all that `tools/list` shows to whom `scopes` are given; the picklists come first."""
    picklists = [name for name, row in PICKLIST.items() if row.scope in scopes]
    first = [_choices_document(picklists)] if picklists else []
    shown = (tool.document(scopes) for tool in TOOLS)
    return first + [document for document in shown if document]


# ---- the tool that looks into the picklists ----------------------------------------------------

_DEPENDS: Final = tuple(dict.fromkeys(name for row in PICKLIST.values() for name in row.depends))


class _Choosing(Question):
    @validates_schema
    def fitting(self, values: Values, **kwargs: Any) -> None:
        """Refuse to narrow a picklist by what its choices do not have."""
        row = PICKLIST.get(values.get("picklist", ""))
        faults = {
            name: [f"The picklist {row.name} cannot be narrowed by this."]
            for name in _DEPENDS
            if row and name in values and name not in row.depends
        }
        if faults:
            raise ValidationError(faults)


def _narrower(name: str) -> Text:
    takers = ", ".join(row.name for row in PICKLIST.values() if name in row.depends)
    help = f"Only those of this {words_of(name)}. For {takers}."
    if name in EXAMPLE_IDS:
        return ObjectId(name, help)
    return Text(help, "available", title=label_of(name))


Choices: Final = form(
    _Choosing,
    picklist=OneOf(tuple(PICKLIST), "What is to be chosen.", required=True),
    q=Text("Only those in which each of these words is found.", "london"),
    **{name: _narrower(name) for name in _DEPENDS},
    limit=HowMany(),
)
"""What the tool CHOICES is given."""


def _choices_document(picklists: Collection[str]) -> dict[str, Any]:
    text = (
        "Lists what can be chosen from, as {value, label}: sites, units, deal stages, staff and so "
        "on. Where another tool asks for an id, give the value."
    )
    schema = json_schema(describe(Choices))
    schema["properties"]["picklist"]["enum"] = list(picklists)
    hints = {"readOnlyHint": True, "destructiveHint": False, "idempotentHint": True}
    return _document(CHOICES, label_of(CHOICES), text, schema, hints)
