"""What a person fills in to act in Stora: flat fields, forgiving where a form is, else strict.

A form sends its empty fields along, so what is empty is left out; emptying a field of Stora's is
said outright, by naming it under `clear`.

Most fields are `like` one of a resource, so that label, help and example are the same where
something is read and where it is written. Each knows its place in Stora's body, its `wire` path:
`site_id` goes to `site.id`. `wire` builds the body from that; `pointer_of` finds back from a
fault that Stora names to the field that a person has to change.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final, cast

from marshmallow import RAISE, Schema, ValidationError, post_load, pre_load, validates_schema

from connector.catalogue import fields as kinds
from connector.catalogue.conversions import decimal_text, minor_units
from connector.catalogue.describe import Field, describe
from connector.catalogue.fields import Described, Metadata
from connector.catalogue.inputs import Lines, Moment, ObjectId, PhoneNumber, Sum

Values = dict[str, Any]

MAX_QUESTION: Final = 500


class Form(Schema):
    """What an action or a search is given, as a person fills it in."""

    class Meta:
        """An unknown key is refused: it is a slip, or not meant for this action."""

        unknown = RAISE

    @pre_load
    def leave_out_what_is_empty(self, data: Any, **kwargs: Any) -> Any:
        """Leave out known keys with null, blank text, an empty list or an empty object."""
        if not isinstance(data, Mapping):
            return data
        return {key: v for key, v in data.items() if key not in self.fields or not _is_empty(v)}

    @validates_schema
    def fill_or_clear(self, values: Values, **kwargs: Any) -> None:
        """Refuse a field that is to be filled and emptied at once."""
        both = {
            position: ["This field is filled in as well. Do one of the two."]
            for position, key in enumerate(values.get("clear", ()))
            if key in values
        }
        if both:
            raise ValidationError({"clear": both})

    @post_load
    def in_smallest_units(self, values: Values, **kwargs: Any) -> Values:
        """Turn all sums into the smallest unit of the currency, which itself is not sent."""
        if "currency" not in self.fields:
            return values  # without sums, or a line of a form that knows the currency
        currency = values.pop("currency", None)
        faults: dict[str | int, Any] = {}
        for way, line, key in _sums(type(self), values):
            try:
                if currency is None:
                    faults["currency"] = ["Say which currency the prices are in."]
                else:
                    line[key] = minor_units(line[key], currency)
            except ValueError as error:
                place = faults
                for step in way:
                    place = place.setdefault(step, {})
                place[key] = [str(error)]
        if faults:
            raise ValidationError(cast(Any, faults))
        return values


class Question(Form):
    """What a search is given; it goes into the address of a call, so it has to be short."""

    @validates_schema
    def short_texts(self, values: Values, **kwargs: Any) -> None:
        """Refuse texts of more than MAX_QUESTION characters."""
        long = [key for key, text in values.items() if len(str(text)) > MAX_QUESTION]
        if long:
            fault = f"Must have at most {MAX_QUESTION} characters."
            raise ValidationError({key: [fault] for key in long})


def form(base: type[Form] = Form, /, **fields: Any) -> type[Form]:
    """Return a form with these fields, in this order, and the rules of `base`."""
    return cast(type[Form], base.from_dict(fields))


def _is_empty(value: object) -> bool:
    if isinstance(value, str):
        return not value.strip()
    return value is None or value == [] or value == {}


def _sums(
    form: type[Schema], values: Values, way: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], Values, str]]:
    """Yield each sum in `values`: the way to its object, the object, its key."""
    for key, field in form().fields.items():
        if isinstance(field, Sum) and key in values:
            yield way, values, key
        elif isinstance(field, Lines):
            for position, line in enumerate(values.get(key, ())):
                yield from _sums(field.line, line, (*way, key, position))


# ---- fields that are like those of a resource --------------------------------------------------

_LIKE: Final[Mapping[str, type[Described]]] = {
    "boolean": kinds.Boolean,
    "date_time": Moment,
    "email": kinds.Email,
    "integer": kinds.Integer,
    "long_text": kinds.LongText,
    "metadata": kinds.Metadata,
    "object": kinds.Variables,
    "phone": PhoneNumber,
    "text": kinds.Text,
    "url": kinds.Url,
}


def like(schema: type[Schema], path: str, **options: Any) -> Any:
    """Return a form's field that is told like the one at the dotted `path` of `schema`.

    It goes to that path of Stora's body; of a relation it is the id, of money the amount.
    `options` say what is different, such as `required`, `help` or `wire`.
    """
    told = _at(describe(schema), path)
    same: Values = {"help": told.help, "title": told.label, "personal": told.personal, "wire": path}
    match told.kind:
        case "choice":
            values = [option.value for option in told.choices]
            return kinds.Choice(values, **(same | {"example": told.example} | options))
        case "money":
            sum = cast(Mapping[str, Any], told.example)
            example = decimal_text(sum["amount"], sum["currency"])
            return Sum(**(same | {"example": example, "wire": f"{path}.amount"} | options))
        case "reference":
            return ObjectId(told.resources, **(same | {"wire": f"{path}.id"} | options))
    return _LIKE[told.kind](**(same | {"example": told.example} | options))


def _at(fields: Sequence[Field], path: str) -> Field:
    first, _, rest = path.partition(".")
    found = next(field for field in fields if field.key == first)
    return _at(found.children, rest) if rest else found


# ---- Stora's body ------------------------------------------------------------------------------


def wire(form: type[Schema], values: Values, *, leave: Collection[str] = ()) -> Values:
    """Return the body that says `values`, which `form` has loaded, in Stora's words.

    The keys in `leave` are said elsewhere: in the path, or by the caller.
    """
    body: Values = {}
    for key, field in form().fields.items():
        if key in leave:
            continue
        path = _path(key, field)
        if key in values.get("clear", ()):
            _put(body, path.removesuffix(".id"), {} if isinstance(field, Metadata) else None)
        elif key in values and key != "clear":
            value = values[key]
            if isinstance(field, Lines):
                value = [wire(field.line, line) for line in value]
            _put(body, path, value)
    return body


def pointer_of(form: type[Schema], pointer: str) -> str:
    """Return the JSON pointer (RFC 6901) into the form for one into Stora's body or parameters.

    `/site/id` and `/site` become `/site_id`. What belongs to no field becomes "", the whole form.
    """
    parts = pointer.split("/")[1:]
    found: tuple[int, str, Any] = (0, "", None)
    for key, field in form().fields.items():
        for path in (_path(key, field).split("."), [key]):
            shared = min(len(path), len(parts))
            if path[:shared] == parts[:shared] and shared > found[0]:
                found = (shared, key, field)
    shared, key, field = found
    rest = parts[shared:]
    if isinstance(field, Lines) and rest:
        position, *inner = rest
        return f"/{key}/{position}" + pointer_of(field.line, "".join(f"/{part}" for part in inner))
    if isinstance(field, Metadata) and rest:
        return "/" + "/".join([key, *rest])
    return f"/{key}" if key else ""


def _path(key: str, field: Any) -> str:
    return str(field.metadata.get("wire", key))


def _put(body: Values, path: str, value: object) -> None:
    *way, last = path.split(".")
    for step in way:
        body = body.setdefault(step, {})
    body[last] = value
