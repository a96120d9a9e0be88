"""The resource `/2025-09/webhook_endpoints`, as Stora's reference pages have it.

Create, list, show, update, disable, enable, delete. The `secret` is in the create answer only;
everywhere else it is null. Metadata is changed by merge patch: named keys change, null removes a
key, `{}` clears all (Stora page: guides/metadata).

What Stora's pages leave open is decided here: the lengths below, an event type named twice counts
once, enabling or disabling twice is no fault, delete answers 204.
"""

import re
from typing import Any

from flask import Blueprint, Response, request
from marshmallow import RAISE, Schema, ValidationError, validate
from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from connector.catalogue import API_VERSION
from connector.catalogue.events import EVENT_TYPES
from connector.catalogue.fields import List, LongText, Metadata, Text
from connector.dialect.body import choices, load, one, read_object
from connector.errors import Forbidden, NotFound
from connector.sandbox import answers
from connector.sandbox.access import Access, Caller
from connector.sandbox.gate import Gate
from connector.sandbox.metadata import merged
from connector.sandbox.query import choice, deep, paging
from connector.sandbox.state import Document, State
from connector.world import iso, new_id, new_signing_secret, now_ms

READ = "public.webhook_endpoint:read"
WRITE = "public.webhook_endpoint:write"
KIND = "webhook_endpoint"

MAX_NAME = 255
MAX_URL = 2048
MAX_DESCRIPTION = 2000
MAX_EVENT_TYPES = 2 * len(EVENT_TYPES)

_URL = re.compile(r"https?://[!-~]+")
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
# The read scope that expanding a creator needs, by the prefix of its id.
CREATOR_SCOPES = {"app": "public.application:read", "tok": "public.access_token:read"}


def blueprint(state: State, access: Access, gate: Gate, *, allow_http_loopback: bool) -> Blueprint:
    """Return the routes of the resource."""
    endpoints = Blueprint(KIND, __name__, url_prefix=f"/{API_VERSION}/webhook_endpoints")
    to_create = _schema(creating=True, allow_http_loopback=allow_http_loopback)
    to_update = _schema(creating=False, allow_http_loopback=allow_http_loopback)

    def find(caller: Caller, id: str) -> Document:
        found = state.get(caller.operator, KIND, id)
        if found is None:
            raise NotFound
        return found

    def change(caller: Caller, found: Document, changes: Document) -> Response:
        changed = {**found, **changes, "updated_at": iso(now_ms())}
        state.put(caller.operator, KIND, found["id"], changed)
        return answers.one("endpoint", _hidden(changed))

    @endpoints.post("")
    @gate.operation(WRITE)
    def create(caller: Caller) -> Response:
        wanted = load(to_create, read_object(request))
        now = iso(now_ms())
        made = {
            "id": new_id("we"),
            "api_version": wanted["api_version"],
            "created_at": now,
            "creator": {"id": caller.creator},
            "description": wanted.get("description"),
            "disabled_at": None,
            "event_types": list(dict.fromkeys(wanted["event_types"])),
            "metadata": wanted.get("metadata", {}),
            "name": wanted["name"],
            "secret": new_signing_secret(),
            "status": "enabled",
            "updated_at": now,
            "url": wanted["url"],
        }
        state.put(caller.operator, KIND, made["id"], made)
        return answers.one("endpoint", made, 201)

    @endpoints.get("")
    @gate.operation(READ)
    def index(caller: Caller) -> Response:
        query = request.args
        page, limit = paging(query)
        statuses = choices(query, "status", ("disabled", "enabled"))
        wanted = deep(query, "metadata")
        choice(query, "sort_by", ("created_at",))
        newest_first = choice(query, "sort_direction", ("DESC", "ASC")) == "DESC"
        found = [
            endpoint
            for endpoint in state.all(caller.operator, KIND)
            if (not statuses or endpoint["status"] in statuses)
            and wanted.items() <= endpoint["metadata"].items()
        ]
        ordered = found[::-1] if newest_first else found
        return answers.page_of(
            "endpoints", ordered, page, limit, lambda endpoint: show_to(caller, endpoint)
        )

    @endpoints.get("/<id>")
    @gate.operation(READ)
    def show(caller: Caller, id: str) -> Response:
        return answers.one("endpoint", show_to(caller, find(caller, id)))

    @endpoints.patch("/<id>")
    @gate.operation(WRITE)
    def update(caller: Caller, id: str) -> Response:
        found = find(caller, id)
        changes = merged(found, load(to_update, read_object(request)))
        if "event_types" in changes:
            changes["event_types"] = list(dict.fromkeys(changes["event_types"]))
        return change(caller, found, changes)

    @endpoints.post("/<id>/disable")
    @gate.operation(WRITE)
    def disable(caller: Caller, id: str) -> Response:
        found = find(caller, id)
        since = found["disabled_at"] or iso(now_ms())
        return change(caller, found, {"status": "disabled", "disabled_at": since})

    @endpoints.post("/<id>/enable")
    @gate.operation(WRITE)
    def enable(caller: Caller, id: str) -> Response:
        return change(caller, find(caller, id), {"status": "enabled", "disabled_at": None})

    @endpoints.delete("/<id>")
    @gate.operation(WRITE)
    def delete(caller: Caller, id: str) -> Response:
        if not state.delete(caller.operator, KIND, id):
            raise NotFound
        return Response(status=204)

    def show_to(caller: Caller, endpoint: Document) -> Document:
        if one(request.args, "expand") is None:
            return _hidden(endpoint)
        choices(request.args, "expand", ("creator",))
        creator = endpoint["creator"]["id"]
        scope = CREATOR_SCOPES[creator.partition("_")[0]]
        if scope not in caller.scopes:
            raise Forbidden(f"Expanding the creator needs the scope {scope}.")
        return _hidden(endpoint) | {"creator": {"id": creator, "name": access.name_of(creator)}}

    return endpoints


def _hidden(endpoint: Document) -> Document:
    return {**endpoint, "secret": None}


# ---- what a body may say -----------------------------------------------------------------------


def _schema(*, creating: bool, allow_http_loopback: bool) -> Schema:
    def check_url(url: str) -> None:
        if url.startswith("http://") and not (allow_http_loopback and _host(url) in _LOOPBACK):
            raise ValidationError("Must match the pattern ^https://.")
        if not _URL.fullmatch(url) or not _host(url):
            raise ValidationError("Must be a URI that matches the pattern ^https://.")

    rows: dict[str, Any] = {
        "name": Text(
            "The name of the webhook endpoint",
            validate=[_not_blank, validate.Length(max=MAX_NAME)],
            required=creating,
        ),
        "url": Text(
            "The URL to which the webhook payloads will be delivered",
            validate=[validate.Length(max=MAX_URL), check_url],
            required=creating,
        ),
        "event_types": List(
            Text("An event type", validate=validate.OneOf(EVENT_TYPES)),
            "The event types that the webhook endpoint will listen to",
            validate=validate.Length(min=1, max=MAX_EVENT_TYPES),
            required=creating,
        ),
        "description": LongText(
            "Optional description for the webhook endpoint",
            validate=validate.Length(max=MAX_DESCRIPTION),
            nullable=True,
        ),
        "metadata": Metadata("Own keys and values", {}, patch=not creating),
    }
    if creating:
        rows["api_version"] = Text(
            "The API version for the webhook endpoint",
            validate=validate.OneOf([API_VERSION]),
            required=True,
        )
    return Schema.from_dict(rows, name="WebhookEndpoint")(unknown=RAISE)


def _not_blank(text: str) -> None:
    if not text.strip():
        raise ValidationError("Must not be blank.")


def _host(url: str) -> str | None:
    try:
        return parse_url(url).host
    except LocationParseError:
        return None
