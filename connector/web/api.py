"""How a route of the API is declared: who may call it, what it takes, what it answers.

    @blueprint.route("/webhook_endpoints", methods=["POST"])
    @requires("public.webhook_endpoint:write")
    @blueprint.arguments(CreateEndpoint)
    def create_webhook_endpoint(body): …

The one declaration validates the request, documents it in /openapi.json and checks the token.
Bodies are read strictly (dialect.body) and faults are answered with JSON pointers.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Flask, Response, current_app, g, request
from flask_smorest import Api, Blueprint
from marshmallow import EXCLUDE, Schema, ValidationError
from werkzeug.routing import BaseConverter

from connector import __version__
from connector.catalogue import API_VERSION
from connector.dialect.answers import answer, pagination, request_id
from connector.dialect.body import pointers, read_object
from connector.errors import InvalidContent, InvalidFormat, InvalidUrlParam
from connector.flows.callers import Caller, caller_of
from connector.flows.parts import Parts
from connector.web.documents import Problem

View = TypeVar("View", bound=Callable[..., Response])
PREFIX = f"/{API_VERSION}"


def parts() -> Parts:
    """Return the installation's parts, inside a request."""
    return cast(Parts, current_app.extensions["unitwire"])


def caller() -> Caller:
    """Return who asks; only inside a view with `requires`."""
    return cast(Caller, g.caller)


def requires(*scopes: str) -> Callable[[View], View]:
    """Let a view be called only with a bearer token that holds all `scopes`, and document it.

    Raises InvalidToken (401) and Forbidden (403, naming the scope).
    """

    def decorate(view: View) -> View:
        documented = Blueprint.doc(operationId=view.__name__, security=security(scopes))(view)

        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Response:
            wanted = request.accept_mimetypes
            if wanted and not wanted.accept_json:
                raise InvalidFormat
            g.caller = caller_of(parts(), request.headers.get("Authorization"))
            g.caller.demand(*scopes)
            return view(*args, **kwargs)

        guarded._apidoc = documented._apidoc  # type: ignore[attr-defined]
        return cast(View, guarded)

    return decorate


def security(scopes: Sequence[str] = ()) -> list[dict[str, list[str]]]:
    """Return what the OpenAPI document says of a call that needs `scopes`; see web.contract."""
    return [{"oauth2": list(scopes)}, {"bearer": list(scopes)}]


class Name(BaseConverter):
    """An id, a key or an event type in a path; what cannot be one is no such endpoint.

    So nothing else, a NUL for one, ever reaches a database.
    """

    regex = "[A-Za-z0-9_.:-]{1,128}"


def read_body(schema: Schema) -> Any:
    """Return what `schema` loads from the JSON object in the body."""
    try:
        return schema.load(read_object(request))
    except ValidationError as error:
        raise InvalidContent(details=pointers(error.messages)) from None


def read_query(schema: Schema) -> Any:
    """Return what `schema` loads from the query; a parameter that is given twice is refused."""
    given = dict[str, str]()
    for name, value in request.args.items(multi=True):
        if name in given:
            raise InvalidUrlParam(
                details=[{"pointer": f"/{name}", "message": f"`{name}` is given more than once"}]
            )
        given[name] = value
    try:
        return schema.load(given, unknown=EXCLUDE)
    except ValidationError as error:
        raise InvalidUrlParam(details=pointers(error.messages)) from None


class StrictParser:
    """Reads arguments as the dialect does: strict JSON, unknown fields refused, JSON pointers.

    It has what flask-smorest asks of webargs, whose own parser would make a schema for each
    request and take six times as long.
    """

    DEFAULT_VALIDATION_STATUS = InvalidContent.status

    def use_args(
        self, schema: type[Schema], *, location: str
    ) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
        """Call a view with what is read from `location`: `json` or `query`."""
        read = {"json": read_body, "query": read_query}[location]
        made = schema()

        def decorate(view: Callable[..., Response]) -> Callable[..., Response]:
            @wraps(view)
            def reading(*args: Any, **kwargs: Any) -> Response:
                return view(*args, read(made), **kwargs)

            return reading

        return decorate


class StrictBlueprint(Blueprint):
    """A blueprint whose arguments are read strictly."""

    ARGUMENTS_PARSER = StrictParser()


class ContractApi(Api):
    """The API with its OpenAPI document; errors are answered by web.problems."""

    ERROR_SCHEMA = Problem

    def _register_error_handlers(self) -> None:
        """Leave errors to web.problems, which keeps `Allow` and the one shape."""


def blueprint(name: str, description: str) -> StrictBlueprint:
    """Return a blueprint for resources under the API version."""
    return StrictBlueprint(name, name, url_prefix=PREFIX, description=description)


def one(name: str, document: object, status: int = 200, **headers: str) -> Response:
    """Return one object in Stora's envelope."""
    return answer({name: document, "meta": meta()}, status, headers)


def many(name: str, documents: list[Any], count: int, page: int, limit: int) -> Response:
    """Return one page of a list in Stora's envelope."""
    return answer(
        {name: documents, "meta": meta() | {"pagination": pagination(count, page, limit)}}
    )


def meta() -> dict[str, Any]:
    """Return `meta`: the request id, and the curies of the caller's Stora account."""
    known = g.get("caller")
    return {"request_id": request_id(), "curies": list(known.curies) if known else []}


def settings_of_api(app: Flask) -> None:
    """Tell flask-smorest what the OpenAPI document says of itself; web.contract serves it."""
    app.config.update(API_TITLE="Unitwire", API_VERSION=__version__, OPENAPI_VERSION="3.1.0")
