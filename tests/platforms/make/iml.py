"""Make's expressions, as far as the app uses them: `{{join(map(body.list, 'key'), ' ')}}`.

A text that is one expression becomes its value; expressions within a text become part of it. What
is not there is UNDEFINED, and is left out of objects, as Make does.
"""

import base64
import hashlib
import re
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

UNDEFINED: Final = type("Undefined", (), {"__repr__": lambda _: "undefined"})()

_WHOLE = re.compile(r"\{\{((?:(?!\}\}).)*)\}\}", re.DOTALL)
_TOKEN = re.compile(r"\s*('[^']*'|[A-Za-z_][A-Za-z0-9_.]*|[0-9]+|[(),<])")
_CONSTANTS: Final[Mapping[str, Callable[[], Any]]] = {
    "emptyarray": list,
    "now": lambda: datetime.now(UTC),
    "uuid": lambda: str(uuid.uuid4()),
}


def evaluate(told: Any, variables: Mapping[str, Any]) -> Any:
    """Return `told`, a value of a code file, with all its expressions evaluated."""
    if isinstance(told, Mapping):
        found = {key: evaluate(value, variables) for key, value in told.items()}
        return {key: value for key, value in found.items() if value is not UNDEFINED}
    if isinstance(told, list):
        return [evaluate(each, variables) for each in told]
    if not isinstance(told, str):
        return told
    if whole := _WHOLE.fullmatch(told):
        return _value(whole[1], variables)
    return _WHOLE.sub(lambda found: _text(_value(found[1], variables)), told)


def _value(expression: str, variables: Mapping[str, Any]) -> Any:
    tokens = _TOKEN.findall(expression)
    assert "".join(tokens) == re.sub(r"\s+(?=(?:[^']*'[^']*')*[^']*$)", "", expression), expression
    value, rest = _comparison(tokens, variables)
    assert not rest, expression
    return value


def _comparison(tokens: list[str], variables: Mapping[str, Any]) -> tuple[Any, list[str]]:
    left, rest = _term(tokens, variables)
    if rest[:1] != ["<"]:
        return left, rest
    right, rest = _term(rest[1:], variables)
    return left < right, rest


def _term(tokens: list[str], variables: Mapping[str, Any]) -> tuple[Any, list[str]]:
    first, *rest = tokens
    if first.startswith("'"):
        return first[1:-1], rest
    if first.isdigit():
        return int(first), rest
    if rest[:1] != ["("]:
        return _path(first, variables), rest
    arguments: list[Any] = []
    while rest[0] != ")":
        value, rest = _comparison(rest[1:], variables)
        arguments.append(value)
        assert rest[0] in (",", ")")
    return _FUNCTIONS[first](*arguments), rest[1:]


def _path(path: str, variables: Mapping[str, Any]) -> Any:
    if path in _CONSTANTS:
        return _CONSTANTS[path]()
    value: Any = variables
    for key in path.split("."):
        value = value.get(key, UNDEFINED) if isinstance(value, Mapping) else UNDEFINED
    return value


def _text(value: Any) -> str:
    return "" if value is UNDEFINED or value is None else str(value)


def _map(items: Any, key: str) -> list[Any]:
    return [each[key] for each in items] if isinstance(items, list) else []


def _to_collection(items: Any, key: str, value: str) -> Any:
    if items is UNDEFINED:
        return UNDEFINED
    return {each[key]: each[value] for each in items}


def _sha256(text: str, encoding: str) -> str:
    assert encoding == "base64"
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _to_binary(text: str, encoding: str) -> bytes:
    assert encoding == "base64"
    return base64.b64decode(text)


_FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = {
    "addMinutes": lambda at, minutes: at + timedelta(minutes=minutes),
    "addSeconds": lambda at, seconds: at + timedelta(seconds=seconds),
    "distinct": lambda items: list(dict.fromkeys(items)),
    "ifempty": lambda value, instead: instead if value in (UNDEFINED, None, "") else value,
    "join": lambda items, between: between.join(map(_text, items)),
    "map": _map,
    "merge": lambda first, second: [*first, *second],
    "replace": lambda text, old, new: text.replace(old, new),
    "sha256": _sha256,
    "toBinary": _to_binary,
    "toCollection": _to_collection,
}
