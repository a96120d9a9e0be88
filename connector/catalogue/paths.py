"""Dotted paths into JSON, as people type them: `invoice.line_items.0.quantity`."""

from collections.abc import Mapping
from typing import Any

from connector.errors import InvalidContent


def value_at(data: Mapping[str, Any], path: str) -> Any:
    """Return the value at `path` through objects; None where it leads nowhere."""
    value: Any = data
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def put(data: dict[str, Any], path: str, value: object) -> None:
    """Set the value at `path` in `data`; the last part may be a new key of an object.

    A whole number is a position in a list.
    Raises InvalidContent, with `path` as the pointer, when the path leads nowhere.
    """
    *way, last = path.split(".")
    place: Any = data
    for part in way:
        place = _step(place, part, path)
    if isinstance(place, dict):
        place[last] = value
    else:
        _step(place, last, path)  # raises unless it is a position in a list
        place[int(last)] = value


def _step(place: Any, part: str, path: str) -> Any:
    if isinstance(place, dict) and part in place:
        return place[part]
    if isinstance(place, list) and part in map(str, range(len(place))):
        return place[int(part)]
    raise InvalidContent(
        f"The path {path!r} leads nowhere: there is no {part!r}.",
        details=[{"pointer": "/" + path.replace(".", "/"), "message": "There is no such field."}],
    )
