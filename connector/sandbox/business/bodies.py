"""What a body may say, derived from the catalogue: the same fields, taken strictly.

Stora checks a body against its OpenAPI document, so here, other than in what Stora sends, an
unknown key is refused, a choice is one of the known values, and a relation is `{"id": …}`.
Sums are `{"amount": …}` in pence; a moment may have any offset and is kept as Stora writes it.
How long texts and lists may be is decided here, since Stora does not say.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final, cast

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from connector.catalogue.fields import (
    Choice,
    DateTime,
    Described,
    Integer,
    List,
    LongText,
    Metadata,
    Object,
    Reference,
    Text,
    Variables,
)
from connector.catalogue.situations import moved
from connector.sandbox.business.kinds import fields_of

MAX_TEXT: Final = 255
MAX_LONG_TEXT: Final = 10_000
MAX_ITEMS: Final = 100
MAX_PENCE: Final = 100_000_000
MAX_QUANTITY: Final = 1000

Fields = dict[str, fields.Field[Any]]


class Gaps(Variables):
    """What is filled into the gaps of a sentence: texts, numbers, yes or no."""

    def check(self, value: Any) -> None:
        """Refuse what is no object, and values that hold others."""
        super().check(value)
        faults = {
            key: ["Must be a text, a number, true, false or null."]
            for key, inner in value.items()
            if isinstance(inner, dict | list)
        }
        if faults:
            raise ValidationError(faults)


class Moment(DateTime):
    """A moment with any offset; it is kept in UTC, in the years that other moments reach from."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not "1970" <= text[:4] < "9999":
            raise ValidationError("Must lie in the years 1970 to 9998.")
        return moved(text, timedelta(0))


def body(
    kind: str,
    *,
    required: Sequence[str] = (),
    optional: Sequence[str] = (),
    firm: Sequence[str] = (),
    patch: bool = False,
    more: Fields | None = None,
) -> Schema:
    """Return the schema of a body with fields of `kind`, and `more` that are written out.

    What is `required` is never null, `optional` may be null where Stora's answer may be, and
    `firm` may be left out, but not be null. A `patch` may remove keys of metadata by null.
    """
    known = fields_of(kind)
    made = {
        key: taken(
            kind,
            key,
            patch=patch,
            required=key in required,
            nullable=key in optional and bool(known[key].allow_none),
        )
        for key in (*required, *optional, *firm)
    }
    return strict_schema({**made, **(more or {})})


def taken(
    kind: str, key: str, *, patch: bool = False, required: bool = False, nullable: bool = False
) -> Described:
    """Return the strict form of one field of `kind`."""
    field = cast(Described, fields_of(kind)[key])
    return _strict(field, patch=patch, required=required, nullable=nullable)


def strict_schema(named: Fields) -> Schema:
    """Return a schema of fields that refuses every other key."""
    return Schema.from_dict(dict(named), name="Body")(unknown=RAISE)


LINK: Final = strict_schema({"id": Text("The id", required=True)})


def inside(schema: Schema, help: str, **options: Any) -> Object:
    """Return a field whose value `schema` describes."""
    return Object(type(schema), help, unknown=RAISE, **options)


def items(schema: Schema, help: str, **options: Any) -> List:
    """Return a field that is a list of what `schema` describes."""
    return List(inside(schema, help), help, validate=validate.Length(max=MAX_ITEMS), **options)


def link(help: str, **options: Any) -> Object:
    """Return a field that names something by `{"id": …}`."""
    return inside(LINK, help, **options)


def pence(help: str, **options: Any) -> Object:
    """Return a field that is a sum as requests send it: `{"amount": 1999}`."""
    amount = Integer("The sum", validate=validate.Range(0, MAX_PENCE), required=True)
    return inside(strict_schema({"amount": amount}), help, **options)


def quantity(**options: Any) -> Integer:
    """Return a field that says how many."""
    return Integer("How many", validate=validate.Range(1, MAX_QUANTITY), **options)


def one_of(values: Sequence[str], help: str, **options: Any) -> Text:
    """Return a field that is one of `values`."""
    return Text(help, validate=validate.OneOf(values), **options)


def id_of(prefix: str, help: str) -> Text:
    """Return a required field that is an id with `prefix`."""
    message = f"Must match the pattern ^{prefix}_."
    return Text(help, validate=validate.Regexp(f"{prefix}_", error=message), required=True)


def _strict(field: Described, *, patch: bool, **options: Any) -> Described:
    help = str(field.metadata["description"])
    match field:
        case Metadata():
            return Metadata(help, {}, patch=patch, **options)
        case Choice():
            return one_of(field.values, help, **options)
        case Reference():
            return link(help, **options)
        case Object():
            parts: Fields = {
                name: _strict(
                    cast(Described, part),
                    patch=patch,
                    required=False,
                    nullable=bool(part.allow_none),
                )
                for name, part in field.schema.fields.items()
            }
            return inside(strict_schema(parts), help, **options)
        case DateTime():
            return Moment(help, **options)
        case Variables():
            return Gaps(help, **options)
        case Text():
            longest = MAX_LONG_TEXT if isinstance(field, LongText) else MAX_TEXT
            checks = [validate.Length(max=longest)]
            return type(field)(
                help, validate=checks if options["nullable"] else [*checks, not_blank], **options
            )
    return type(field)(help, **options)


def not_blank(text: str) -> None:
    """Raise `ValidationError` when a text says nothing."""
    if not text.strip():
        raise ValidationError("Must not be blank.")
