"""Types of what Unitwire uses of flask-smorest, which brings none of its own."""

from collections.abc import Callable
from typing import Any, TypeVar

import flask
from apispec import APISpec
from marshmallow import Schema
from werkzeug.routing import BaseConverter

F = TypeVar("F", bound=Callable[..., Any])

class Blueprint(flask.Blueprint):
    ARGUMENTS_PARSER: Any
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

class _Converter:
    def add_attribute_function(self, func: Callable[..., dict[str, Any]]) -> None: ...

class _MarshmallowPlugin:
    converter: _Converter

class Api:
    spec: APISpec
    ma_plugin: _MarshmallowPlugin
    def __init__(self, app: flask.Flask | None = ..., **options: Any) -> None: ...
    def register_blueprint(self, blueprint: Blueprint, **options: Any) -> None: ...
    def register_converter(
        self, converter: type[BaseConverter], func: Callable[[BaseConverter], dict[str, Any]]
    ) -> None: ...
    def _register_error_handlers(self) -> None: ...
