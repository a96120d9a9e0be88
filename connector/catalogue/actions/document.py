"""Actions as JSON, for whoever builds a form or a package from them.

    {key, label, kind: action|search, help, scope, danger, input: […], output: […]}

`scope` is a list with spaces between (RFC 6749 section 3.3). A field is

    {key, label, kind, help, required, example, choices?, closed?, picklist?, search?, item?,
     children?}

`kind` is one of `describe.KINDS`. An id comes from a `picklist`, or from the results of a `search`.
"""

from collections.abc import Mapping
from typing import Any, Final

from connector.catalogue.actions import ACTIONS
from connector.catalogue.actions.row import Action
from connector.catalogue.describe import Field, describe

# By resource: the search that finds one without knowing its id.
SEARCH_OF: Final[Mapping[str, str]] = {
    str(action.resource): action.key
    for action in reversed(ACTIONS)
    if action.key == f"find_{action.resource}" or action.key.startswith("list_")
}


def to_document(action: Action) -> dict[str, Any]:
    """Return an action as JSON."""
    return {
        "key": action.key,
        "label": action.label,
        "kind": action.kind,
        "help": action.help,
        "scope": " ".join(action.scopes),
        "danger": action.danger,
        "input": [field_document(field) for field in describe(action.input)],
        "output": [field_document(field) for field in action.output],
    }


def field_document(field: Field) -> dict[str, Any]:
    """Return a field as JSON; what it does not have is left out."""
    more = {
        "choices": [{"value": each.value, "label": each.label} for each in field.choices],
        "closed": field.closed,
        "picklist": field.picklist,
        "search": search_for(field),
        "item": field.item,
        "children": [field_document(child) for child in field.children],
    }
    return {
        "key": field.key,
        "label": field.label,
        "kind": field.kind,
        "help": field.help,
        "required": field.required,
        "example": field.example,
        **{key: value for key, value in more.items() if value},
    }


def search_for(field: Field) -> str | None:
    """Return the key of the search whose results fill an id in a form; None with a picklist."""
    if field.kind != "text" or field.picklist:
        return None
    return next((SEARCH_OF[each] for each in field.resources if each in SEARCH_OF), None)
