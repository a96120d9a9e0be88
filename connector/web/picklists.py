"""The resource /2025-09/picklists: the live choices of a field, such as sites and deal stages."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Response
from marshmallow import pre_load, validate

from connector.catalogue.fields import Text
from connector.catalogue.picklists import PICKLIST, PICKLISTS, STATIC
from connector.dialect.body import url_fault
from connector.errors import NotFound
from connector.flows.choices import page_of
from connector.web.api import blueprint, caller, many, parts, requires
from connector.web.documents import many_of, texts
from connector.web.queries import Pages
from connector.web.webhook_endpoints import READ

picklists = blueprint("picklists", "The choices of fields, as Stora has them now")

MAX_TEXT: Final = 255
FILTERS: Final = tuple(dict.fromkeys(name for row in PICKLISTS for name in row.depends))
NAMES: Final = (*PICKLIST, *STATIC)
ITEM: Final = texts("value", "label") | {"additionalProperties": True}


def _text(help: str, example: str) -> Text:
    return Text(help, example, validate=validate.Length(1, MAX_TEXT))


class _Query(Pages):
    """Which choices."""

    q = _text("Only those in whose texts each of these words is found.", "north")
    value = _text("The value that the form has: it comes along, whatever page it is on.", "site_1")

    @pre_load
    def leave_out_what_is_empty(self, data: Mapping[str, str], **kwargs: Any) -> dict[str, str]:
        """Leave out what is blank: builders without code send a field that nobody filled in."""
        return {name: text for name, text in data.items() if text}


Choices = _Query.from_dict(
    {name: _text(f"Only those of this {name.replace('_', ' ')}.", "available") for name in FILTERS},
    name="Choices",
)


@picklists.route(
    "/picklists/<name>",
    methods=["GET"],
    parameters=[{"in": "path", "name": "name", "schema": {"enum": list(NAMES)}}],
)
@requires()
@picklists.arguments(Choices, location="query")
@picklists.response(200, many_of("items", ITEM))
def show_picklist(query: dict[str, Any], name: str) -> Response:
    """List the choices of a picklist."""
    if name not in NAMES:
        raise NotFound(f"There is no such picklist. There are: {', '.join(NAMES)}.")
    row = PICKLIST.get(name)
    if row is not None or name == "event_types":
        caller().demand(row.scope if row else READ)
    filters = {each: query[each] for each in FILTERS if each in query}
    for each in filters:
        if row is None or each not in row.depends:
            raise url_fault(each, f"does not narrow {name}")
    page, limit = query["page"], query["limit"]
    found = page_of(
        parts(),
        caller().connection_id,
        name,
        q=query.get("q", ""),
        filters=filters,
        value=query.get("value"),
        page=page,
        limit=limit,
    )
    return many("items", found.items, found.count, page, limit)
