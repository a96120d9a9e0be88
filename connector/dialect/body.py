"""Reading what a hostile caller sends: bodies and query parameters, strictly.

A body that is not JSON is `InvalidRequest` (400); one whose fields are wrong is `InvalidContent`
(422) with a JSON pointer (RFC 6901) for each fault.
"""

import json
import math
from collections.abc import Mapping
from typing import Any, NoReturn

from flask import Request, g
from marshmallow import Schema, ValidationError
from werkzeug.datastructures import MultiDict

from connector.errors import (
    Detail,
    InvalidContent,
    InvalidRequest,
    InvalidUrlParam,
    PayloadTooLarge,
    UnsupportedMediaType,
)

MAX_BODY = 1024 * 1024
MAX_DEPTH = 100  # objects and lists in one another
MAX_LIMIT = 100


def read_bytes(request: Request, limit: int = MAX_BODY) -> bytes:
    """Return the whole body, read once; raise `PayloadTooLarge` above `limit` bytes.

    Flask's own MAX_CONTENT_LENGTH must stay unset: it cuts a chunked body in silence.
    """
    if "body" in g:
        return bytes(g.body)
    if (request.content_length or 0) > limit:
        raise PayloadTooLarge
    body = request.stream.read(limit + 1)
    if len(body) > limit:
        raise PayloadTooLarge
    g.body = body
    return body


def read_object(request: Request) -> dict[str, Any]:
    """Return the JSON object in the body.

    Raises `UnsupportedMediaType`, `PayloadTooLarge`, `InvalidRequest` (not JSON, or JSON that two
    readers could read differently: duplicate keys, NaN) and `InvalidContent` (not an object).
    """
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if request.mimetype != "application/json" or charset not in ("utf-8", "utf8"):
        raise UnsupportedMediaType
    value = parse_json(read_bytes(request))
    if not isinstance(value, dict):
        raise InvalidContent(details=[{"pointer": "", "message": "value at root is not an object"}])
    return value


def parse_json(body: bytes) -> object:
    """Return the value of strict JSON in UTF-8; raise `InvalidRequest` for anything else.

    What lies deeper than `MAX_DEPTH` is refused: it would be read, and end in a RecursionError
    wherever it is looked at or written again.
    """
    try:
        value = json.loads(
            body.decode(),
            object_pairs_hook=_no_duplicates,
            parse_constant=_no_constant,
            parse_float=_finite,
        )
        if _depth_exceeds(value, MAX_DEPTH):
            raise RecursionError
        return value
    except UnicodeDecodeError:
        raise InvalidRequest("The request body is not UTF-8.") from None
    except RecursionError:
        raise InvalidRequest("The request body is nested too deeply.") from None
    except json.JSONDecodeError as error:
        raise InvalidRequest(
            f"The request body is not valid JSON: {error.msg} at character {error.pos}."
        ) from None
    except ValueError:  # an integer of more digits than Python reads
        raise InvalidRequest("The request body holds a number that is too long.") from None


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise InvalidRequest("The request body has an object with the same key twice.")
    return result


def _depth_exceeds(value: object, most: int) -> bool:
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(most):
        within = (each.values() if isinstance(each, dict) else each for each in level)
        level = [each for inner in within for each in inner if isinstance(each, dict | list)]
    return bool(level)


def _no_constant(name: str) -> NoReturn:
    raise InvalidRequest(f"The request body is not valid JSON: {name} is not a JSON number.")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise InvalidRequest("The request body holds a number that is too large.")
    return number


def load(schema: Schema, value: Mapping[str, Any]) -> dict[str, Any]:
    """Return `value` as `schema` accepts it; raise `InvalidContent` naming every fault."""
    try:
        loaded: dict[str, Any] = schema.load(value)
    except ValidationError as error:
        raise InvalidContent(details=pointers(error.messages)) from None
    return loaded


def pointers(messages: object, path: str = "") -> list[Detail]:
    """Return marshmallow's tree of messages as a list of faults with JSON pointers."""
    if isinstance(messages, Mapping):
        found: list[Detail] = []
        for key, inner in messages.items():
            step = "" if key == "_schema" else "/" + _escape(str(key))
            found += pointers(inner, path + step)
        return found
    if isinstance(messages, list):
        return [fault for message in messages for fault in pointers(message, path)]
    return [{"pointer": path, "message": str(messages)}]


def _escape(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


# ---- query parameters --------------------------------------------------------------------------


def one(query: MultiDict[str, str], name: str) -> str | None:
    """Return a parameter given at most once; raise `InvalidUrlParam` when it is repeated."""
    values = query.getlist(name)
    if len(values) > 1:
        raise url_fault(name, "is given more than once")
    return values[0] if values else None


def whole_number(query: MultiDict[str, str], name: str, default: int, largest: int) -> int:
    """Return a parameter that is a number from 1 to `largest`."""
    text = one(query, name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise url_fault(name, "is not a positive integer")
    if not 1 <= int(text) <= largest:
        raise url_fault(name, f"is not between 1 and {largest}")
    return int(text)


def choices(query: MultiDict[str, str], name: str, allowed: tuple[str, ...]) -> list[str]:
    """Return the values of a comma-separated parameter, each one of `allowed`; [] if absent."""
    text = one(query, name)
    if text is None:
        return []
    values = text.split(",")
    if any(value not in allowed for value in values):
        raise url_fault(name, f"is not one of: {', '.join(allowed)}")
    return values


def url_fault(name: str, fault: str) -> InvalidUrlParam:
    """Return the error of one query parameter."""
    return InvalidUrlParam(
        details=[{"pointer": "/" + _escape(name), "message": f"parameter `{name}` {fault}"}]
    )
