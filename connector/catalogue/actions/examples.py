"""Inputs that an action takes, and inputs that it refuses: derived from its form.

What is special to one action stands in its row (`sample`, `refuses`).
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any, Final

from connector.catalogue.actions.row import Action, CounterExample
from connector.catalogue.describe import Field, describe

# By the kind of field: values that are refused, and where in the value the fault is.
_NO_TEXT: Final = ((5, ""), (True, ""), (["a"], ""), ({"a": 1}, ""), ("a\x00b", ""))
_WRONG: Final[Mapping[str, tuple[tuple[object, str], ...]]] = {
    "boolean": (("yes", ""), (1, ""), ([True], "")),
    "choice": _NO_TEXT,
    "date_time": (
        ("yesterday", ""),
        ("2025-02-30", ""),
        ("2025-02-22T14:41:00", ""),  # without its time zone
        ("22/02/2025", ""),
        (1740235260, ""),
    ),
    "decimal": (("£5", ""), ("1,000.00", ""), ("5,50", ""), (-5, ""), ("1e3", ""), (True, "")),
    "email": (*_NO_TEXT, ("nobody", ""), ("a@b@c", "")),
    "integer": (("5", ""), (5.5, ""), (True, ""), (2**53, "")),
    "list": (("text", ""), (5, ""), ({"a": 1}, "")),
    "long_text": _NO_TEXT,
    "metadata": (("text", ""), ({"UPPER": "x"}, "/UPPER"), ({"key": 5}, "/key")),
    "object": (("text", ""), (5, ""), (["a"], "")),
    "phone": (*_NO_TEXT, ("call me", ""), ("12", "")),
    "text": _NO_TEXT,
    "url": (*_NO_TEXT, ("example.com", ""), ("javascript:alert(1)", "")),
}
_NO_ID: Final = (("../webhook_endpoints", ""), ("con_1/notes", ""), ("con_1?expand=site", ""))
_EMPTY: Final = (None, "", "  ")


def sample_input(action: Action) -> dict[str, Any]:
    """Return an input that is taken: the examples of all fields, but nothing to be emptied."""
    examples = {field.key: field.example for field in describe(action.input)}
    given = examples | {"clear": None} | dict(action.sample)
    return deepcopy({key: value for key, value in given.items() if value is not None})


def counter_examples(action: Action) -> Iterator[CounterExample]:
    """Yield inputs that are refused: every field missing, empty or of another kind; and more."""
    sample = sample_input(action)
    fields = describe(action.input)
    yield CounterExample(sample | {"no_such_field": 1}, "/no_such_field", "unknown")
    for at, value, pointer, reason in _faults(fields):
        yield CounterExample(_with(sample, at, value), pointer, reason)
    yield from action.refuses


_MISSING: Final = object()


def _faults(
    fields: tuple[Field, ...], way: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], object, str, str]]:
    """Yield the way to a field, a value it refuses, the pointer of the fault, and the reason."""
    for field in fields:
        at = (*way, field.key)
        pointer = "".join(f"/{step}" for step in at)
        if field.required:
            yield at, _MISSING, pointer, "missing"
            for empty in _EMPTY:
                yield at, empty, pointer, "empty"
        for wrong, where in (*_WRONG[field.kind], *(_NO_ID if _is_id(field) else ())):
            yield at, wrong, pointer + where, f"no {field.kind}"
        if field.closed:
            wrong = ["no_such_choice"] if field.kind == "list" else "no_such_choice"
            where = "/0" if field.kind == "list" else ""
            yield at, wrong, pointer + where, "not offered"
        if field.kind == "list" and field.item == "object":
            yield from _faults(field.children, (*at, 0))


def _is_id(field: Field) -> bool:
    return field.kind == "text" and bool(field.resources)


def _with(sample: dict[str, Any], at: tuple[str | int, ...], value: object) -> dict[str, Any]:
    """Return a copy of `sample` with `value` at `at`, or without what is there."""
    changed: Any = deepcopy(sample)
    place = changed
    for step in at[:-1]:
        place = place[step]
    if value is _MISSING:
        place.pop(at[-1], None)
    else:
        place[at[-1]] = value
    return dict(changed)
