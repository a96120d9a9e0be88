"""Call Stora's API: for whatever there is no action for, within the permissions of the token.

The path is taken only if it is one of Stora's resources, spelled plainly: letters, digits, `_`,
`-` between single slashes. So nothing is left to be read in two ways: no dots, no escapes, no
query, no other host. Webhook endpoints are Unitwire's own business and stay out.

The scopes follow from the path and from what is expanded: Stora sends related objects along for
whoever holds the connection, which may be allowed more than the token that asks.
"""

import itertools
import re
from typing import Any, Final

from marshmallow import ValidationError, validates_schema

from connector.catalogue import API_VERSION
from connector.catalogue.actions.row import Action, Call, CounterExample, Outcome, Story, curies_in
from connector.catalogue.describe import Field, describe
from connector.catalogue.fields import Text, Variables
from connector.catalogue.forms import MAX_QUESTION, Form, Values
from connector.catalogue.inputs import OneOf
from connector.catalogue.places import Place, place_at, scope
from connector.catalogue.schemas import RESOURCES

_PATH: Final = re.compile(r"(/[A-Za-z0-9_-]{1,100}){1,6}")
_NAME: Final = re.compile(r"[a-z_]{1,40}(\[[a-z0-9._:-]{0,40}\])?")
_NOT_HERE: Final = "webhook_endpoint"
_PARTS: Final = ("order_line_item",)  # a part of an order, with no scope of its own


class AnyCall(Form):
    """One call, in Stora's own terms."""

    method = OneOf(
        ("GET", "POST", "PATCH", "DELETE"),
        "GET reads, POST creates or does something, PATCH changes, DELETE removes.",
        required=True,
    )
    path = Text(
        "The path as in Stora's API reference, such as /contacts or /deals/deal_1/win.",
        "/contacts",
        required=True,
    )
    query = Variables("What follows the ? in the address, as names and values.", {"limit": "5"})
    body = Variables("The JSON that is sent along; not with GET.", {})

    @validates_schema
    def plain_call(self, values: Values, **kwargs: Any) -> None:
        """Refuse a path that is not plain or not a resource, a body with GET, an odd query."""
        path = values.get("path", "")
        if "?" in path:
            raise ValidationError("Leave out the ? and what follows: give it as `query`.", "path")
        place = _place(path)
        if place is None:
            raise ValidationError(
                "Must be the path of a resource in Stora's API reference, such as /contacts.",
                "path",
            )
        if place.resource == _NOT_HERE:
            raise ValidationError("Webhook endpoints are looked after by Unitwire.", "path")
        if values.get("method") == "GET" and "body" in values:
            raise ValidationError("GET has no body. Use the query instead.", "body")
        if any(name.startswith("expand") for name in values.get("body", {})):
            raise ValidationError("What is expanded has to stand in the query.", "body")
        for name, value in values.get("query", {}).items():
            if fault := _query_fault(place.resource, name, value):
                raise ValidationError({"query": {name: [fault]}})


def _query_fault(resource: str, name: str, value: object) -> str:
    """Return what is wrong with one parameter; "" if nothing is."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return "Must be a text or a number."
    if len(str(value)) > MAX_QUESTION:
        return f"Must have at most {MAX_QUESTION} characters."
    if not _NAME.fullmatch(name) or name.startswith("expand["):
        return "Must have a name as in Stora's API reference."  # expand[]=… would be a way around
    if name == "expand" and expanded(resource, str(value)) is None:
        return "Must be relations of the resource, such as contact, separated by commas."
    return ""


def expanded(resource: str, text: str) -> set[str] | None:
    """Return the resources that `expand=text` brings along; None if a relation is not known.

    `text` is a comma list of relations, with dots for what lies deeper: `contact,stage`.
    """
    brought: set[str] = set()
    for path in text.split(","):
        holders: set[str] = {resource}
        for step in path.split("."):
            fields = (describe(RESOURCES[each]) for each in holders if each in RESOURCES)
            related = {
                target
                for field in itertools.chain.from_iterable(fields)
                if field.key == step
                for target in field.resources
            }
            if not related:
                return None
            brought |= related
            holders = related
    return brought


def _plain(path: str) -> str:
    """Return a path without the version of the API in front of it."""
    return path.removeprefix(f"/{API_VERSION}")


def _place(path: str) -> Any:
    return place_at(_plain(path)) if _PATH.fullmatch(path) else None


def _story(values: Values) -> Story:
    params = {name: str(value) for name, value in values.get("query", {}).items()}
    call = Call(values["method"], _plain(values["path"]), params, values.get("body"))
    reply = yield call
    return Outcome({"status": reply.status, "body": dict(reply.body)}, curies_in(reply))


def _scopes(values: Values) -> tuple[str, ...]:
    place: Place = _place(values["path"])
    brought = expanded(place.resource, str(values.get("query", {}).get("expand", ""))) or set()
    return (
        place.scope("read" if values["method"] == "GET" else "write"),
        *(scope(resource, "read") for resource in sorted(brought) if resource not in _PARTS),
    )


# Paths that are refused, and why; every one of them has led somewhere in some program.
_BAD_PATHS: Final = {
    "contacts": "no slash in front",
    "//evil.example.com/contacts": "another host",
    "https://evil.example.com/contacts": "another host",
    "/contacts/../webhook_endpoints": "a way around",
    "/contacts/%2e%2e/webhook_endpoints": "a way around, escaped",
    "/contacts/./con_1": "a dot",
    "/contacts//con_1": "two slashes",
    "/contacts/": "a slash at the end",
    "/contacts?limit=1": "a query in the path",
    "/contacts#top": "a fragment",
    "/contacts\n": "a line break",
    "/contacts\\con_1": "a backslash",
    "/2024-01/contacts": "another version",
    f"/{API_VERSION}": "no resource",
    f"/{API_VERSION}contacts": "no resource",
    "/oauth2/token": "no resource",
    "/contactsx": "no resource",
    "/webhook_endpoints": "Unitwire's own business",
    f"/{API_VERSION}/webhook_endpoints/we_1": "Unitwire's own business",
}
_REFUSES: Final = (
    *(
        CounterExample({"method": "GET", "path": path}, "/path", why)
        for path, why in _BAD_PATHS.items()
    ),
    CounterExample({"method": "PUT", "path": "/contacts"}, "/method", "no such method"),
    CounterExample(
        {"method": "GET", "path": "/contacts", "body": {"a": 1}}, "/body", "a body with GET"
    ),
    CounterExample(
        {"method": "GET", "path": "/contacts", "query": {"a": [1]}}, "/query/a", "a list in there"
    ),
    *(
        CounterExample(
            {"method": "GET", "path": "/deals", "query": {name: value}}, f"/query/{name}", why
        )
        for name, value, why in (
            ("expand", "no_such_thing", "nothing that can be expanded"),
            ("expand", "contact, stage", "a space that Stora does not take"),
            ("expand[]", "contact", "a way around the scope of what is expanded"),
            ("expand[0]", "contact", "the same"),
            ("EXPAND", "contact", "no name of Stora's"),
            (" expand", "contact", "no name of Stora's"),
        )
    ),
    CounterExample(
        {"method": "POST", "path": "/deals", "body": {"expand": "contact"}},
        "/body",
        "a way around the scope of what is expanded",
    ),
)

ROWS: Final = (
    Action(
        key="call_stora_api",
        title="Call Stora's API",
        kind="action",
        help="For everything there is no action for. You need to know Stora's API. Some calls, "
        "such as those that overlock units, lock people out of their belongings.",
        input=AnyCall,
        output=(
            Field("status", "Status", "integer", "The HTTP status of Stora's answer.", 200),
            Field("body", "Body", "object", "Stora's answer as it is.", {"contacts": []}),
        ),
        story=_story,
        repeat="unsafe",
        scopes=(),
        scopes_of=_scopes,
        sample={"body": None},
        refuses=_REFUSES,
    ),
)
