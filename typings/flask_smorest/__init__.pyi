"""Types of what Unitwire uses of flask-smorest, which brings none of its own."""

from collections.abc import Callable
from typing import Any, TypeVar

import flask
from apispec import APISpec
from marshmallow import Schema
from webargs.flaskparser import FlaskParser

F = TypeVar("F", bound=Callable[..., Any])

class Blueprint(flask.Blueprint):
    ARGUMENTS_PARSER: FlaskParser
    def __init__(
        self, name: str, import_name: str, *, url_prefix: str = ..., description: str = ...
    ) -> None: ...
    def arguments(
        self, schema: type[Schema] | Schema, *, location: str = ..., **options: Any
    ) -> Callable[[F], F]: ...
    def response(
        self,
        status_code: int,
        schema: type[Schema] | Schema | dict[str, Any] | None = ...,
        **options: Any,
    ) -> Callable[[F], F]: ...
    def alt_response(
        self,
        status_code: int | str,
        *,
        schema: type[Schema] | dict[str, Any] | None = ...,
        **options: Any,
    ) -> Callable[[F], F]: ...
    @staticmethod
    def doc(**options: Any) -> Callable[[F], F]: ...

class Api:
    spec: APISpec
    def __init__(self, app: flask.Flask | None = ..., **options: Any) -> None: ...
    def register_blueprint(self, blueprint: Blueprint, **options: Any) -> None: ...
    def _register_error_handlers(self) -> None: ...
