"""Rows that are one call to Stora: a method, a path with ids from the form, the rest as body."""

import re
from collections.abc import Mapping
from typing import Any, Final

from connector.catalogue.actions.row import Action, Call, Repeat, Story, one, output_of_one
from connector.catalogue.forms import Form, Values, wire
from connector.catalogue.places import PLACES

_REPEAT: Final[Mapping[str, Repeat]] = {"GET": "read", "POST": "post", "PATCH": "patch_safe"}


def one_call(
    key: str, help: str, method: str, path: str, form: type[Form], resource: str, **more: Any
) -> Action:
    """Return the row of an action that makes one call and shows the `resource` that comes back.

    `path` names the fields of the form that it is completed with: `/deals/{deal_id}/win`. All
    other fields go into the body; a form without any sends none. `more` are fields of Action.
    """
    in_path = path_fields(path)

    def story(values: Values) -> Story:
        body = wire(form, values, leave=in_path) if set(form().fields) - set(in_path) else None
        reply = yield Call(method, path.format_map(values), json=body)
        return one(resource, reply)

    return Action(
        key=key,
        kind="action",
        help=help,
        input=form,
        output=output_of_one(resource),
        story=story,
        repeat=_REPEAT[method],
        scopes=(PLACES[resource].scope("read" if method == "GET" else "write"),),
        resource=resource,
        **more,
    )


def path_fields(path: str) -> tuple[str, ...]:
    """Return the names in a path: `deal_id` of `/deals/{deal_id}/win`."""
    return tuple(re.findall(r"{(\w+)}", path))
