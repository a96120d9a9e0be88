"""Filters: which events of an endpoint are sent on, said with the fields of Stora's resources.

A filter is a list of clauses that must all hold, kept as JSON:

    [{"path": "invoice.status", "op": "is", "value": ["paid", "open"]},
     {"path": "invoice.site.id", "op": "is", "value": ["site_1"]}]

A path begins with the resource. An event of another resource is not concerned by the clause, and
passes. Values are compared as Stora writes them; numbers as numbers, times as times: a day without
a time stands for the whole day (UTC). Pure.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from dataclasses import field as attribute
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from connector.catalogue.describe import Field, describe
from connector.catalogue.schemas import RESOURCES
from connector.catalogue.wording import label_of

MAX_CLAUSES: Final = 10
MAX_VALUES: Final = 50
MAX_VALUE: Final = 200  # characters
MAX_DEPTH: Final = 3  # keys below the resource

_WHOLE = re.compile(r"-?[0-9]{1,18}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

NUMBERS: Final = ("integer", "number")
MONEY: Final = "money"
PLAIN: Final = ("text", "long_text", "email", "phone", "url", "date_time", "choice", "boolean")


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition: the field at `path` stands in the relation `op` to one of `value`.

    `names` tells what ids among the values were called when the condition was kept.
    """

    path: str
    op: str
    value: tuple[str, ...]
    names: Mapping[str, str] = attribute(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Place:
    """A field that a clause may name; `label` tells where it stands, `choices` are its values.

    `resource` is what an id names, where it is one thing.
    """

    path: str
    label: str
    kind: str
    choices: tuple[tuple[str, str], ...]
    example: str
    resource: str = ""


OPERATORS: Final[Mapping[str, tuple[str, Callable[[str, str], bool]]]] = {
    "is": ("is", lambda found, wanted: found == wanted),
    "is_not": ("is not", lambda found, wanted: found != wanted),
    "contains": ("contains", lambda found, wanted: wanted.casefold() in found.casefold()),
    "at_least": ("is at least", lambda found, wanted: _compare(found, wanted) >= 0),
    "at_most": ("is at most", lambda found, wanted: _compare(found, wanted) <= 0),
}
"""Each relation: how a person reads it, and whether it holds between two texts.

All but `is_not` hold when they hold for one of the values, `is_not` when it holds for all of them.
"""

ONE_OF: Final = ("is", "is_not")
SIZED: Final = ("at_least", "at_most")


def operators_of(place: Place) -> tuple[str, ...]:
    """Return the relations that a clause on this field may name."""
    if place.kind == "date_time":
        return SIZED
    if place.kind in (*NUMBERS, MONEY):
        return ONE_OF + SIZED
    if place.choices or place.resource or place.kind == "boolean":
        return ONE_OF
    return (*ONE_OF, "contains")


def unmet(clauses: Sequence[Clause], data: Mapping[str, object]) -> Clause | None:
    """Return the first clause that an event's `data` does not meet, None if it meets them all."""
    for clause in clauses:
        resource, *keys = clause.path.split(".")
        if resource in data and not _holds(clause, _values(data[resource], keys)):
            return clause
    return None


def read_clauses(text: str) -> tuple[Clause, ...]:
    """Return the clauses of a filter as it is kept."""
    return tuple(
        Clause(each["path"], each["op"], tuple(each["value"]), each.get("names", {}))
        for each in json.loads(text)
    )


def write_clauses(clauses: Sequence[Clause]) -> str:
    """Return the text under which a filter is kept."""
    return json.dumps([asdict(clause) for clause in clauses], ensure_ascii=False)


def fault_of(clause: Clause, resources: Sequence[str]) -> str:
    """Return why an endpoint that hears of `resources` cannot keep a clause, "" if it can."""
    place = next((each for each in places(resources) if each.path == clause.path), None)
    if place is None:
        return f"there is no field {clause.path}"
    if clause.op not in operators_of(place):
        offered = ", ".join(f"\u201c{OPERATORS[each][0]}\u201d" for each in operators_of(place))
        return f"{place.label} is compared by {offered}"
    if not 1 <= len(clause.value) <= MAX_VALUES:
        return f"give 1 to {MAX_VALUES} values"
    if any(not 1 <= len(value) <= MAX_VALUE for value in clause.value):
        return f"a value has 1 to {MAX_VALUE} characters"
    return next((fault for value in clause.value if (fault := _fault_of_value(place, value))), "")


def _fault_of_value(place: Place, value: str) -> str:
    if place.kind == MONEY and not _WHOLE.fullmatch(value):
        return "write an amount in the smallest unit, without a point: 14400 is £144.00"
    if place.kind in NUMBERS and _number(value) is None:
        return "compare with a number"
    if place.kind == "date_time" and _moment(value) is None:
        return "compare with a day or a time, such as 2026-03-01 or 2026-03-01T09:00:00Z"
    return ""


def sentence(clause: Clause, names: Mapping[str, str] | None = None) -> str:
    """Return a clause as a person says it, its values by their `names` where these are known."""
    words = OPERATORS[clause.op][0]
    joint = " and not " if clause.op == "is_not" else " or "
    known = {**clause.names, **(names or {})}
    values = joint.join(known.get(value, value) for value in clause.value)
    return f"{label(clause.path)} {words} {values}"


def label(path: str) -> str:
    """Return a path as a person reads it: `invoice.site.id` is `Invoice › Site`."""
    keys = path.split(".")
    if len(keys) > 2 and keys[-1] == "id":  # the id of a related thing stands for the thing
        keys.pop()
    return " › ".join(map(label_of, keys))


def places(resources: Sequence[str]) -> list[Place]:
    """Return the fields that filters on events of `resources` may name."""
    return [
        place
        for resource in resources
        for place in _walk(describe(RESOURCES[resource]), resource, MAX_DEPTH, (resource,))
    ]


def _walk(
    fields: Sequence[Field],
    above: str,
    depth: int,
    named: Sequence[str],
    *,
    of_money: bool = False,
) -> Iterator[Place]:
    """Yield the places below `above`, whose id may name one of `named`."""
    for field in fields:
        path = f"{above}.{field.key}"
        kind = field.item if field.kind == "list" else field.kind
        if of_money and field.key == "amount":
            kind = MONEY
        if field.children and depth > 1:
            money = kind == MONEY
            yield from _walk(field.children, path, depth - 1, field.resources, of_money=money)
        elif kind in (*NUMBERS, *PLAIN, MONEY) and not field.children:
            choices = tuple((option.value, option.label) for option in field.choices)
            resource = named[0] if field.key == "id" and len(named) == 1 else ""
            example = _text(field.example) or ""
            yield Place(path, label(path), str(kind), choices, example, resource)


def _values(value: object, keys: Sequence[str]) -> list[str]:
    """Return all values at `keys`, as texts; every item of a list counts."""
    found = _flat(value)
    for key in keys:
        found = _flat([each.get(key) for each in found if isinstance(each, dict)])
    return [text for each in found if (text := _text(each)) is not None]


def _flat(value: object) -> list[object]:
    """Return what lies in lists; a loop, since they may lie deeper than calls can."""
    found, waiting = [], [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting += each
        else:
            found.append(each)
    return found


def _holds(clause: Clause, found: Sequence[str]) -> bool:
    relation = OPERATORS[clause.op][1]
    if clause.op == "is_not":
        return all(relation(each, value) for each in found for value in clause.value)
    return any(relation(each, value) for each in found for value in clause.value)


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) else None


def _compare(found: str, wanted: str) -> float:
    """Return the sign of the difference, NaN (nothing holds) where the two cannot be compared."""
    first, second = _number(found), _number(wanted)
    if first is not None and second is not None:
        return (first > second) - (first < second)
    then, bound = _moment(found), _moment(wanted)
    if then is None or bound is None:
        return float("nan")
    if not isinstance(bound, datetime):  # a day: what happens on it is neither before nor after
        day = then.date() if isinstance(then, datetime) else then
        return (day > bound) - (day < bound)
    if not isinstance(then, datetime):
        then = datetime(then.year, then.month, then.day, tzinfo=UTC)
    return (then > bound) - (then < bound)


def _moment(text: str) -> datetime | date | None:
    """Return a time in UTC, or a day where the text says no more (ISO 8601)."""
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(text if len(text) <= MAX_VALUE else "")
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text) if len(text) <= MAX_VALUE and text.isascii() else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None
