"""A schema as neutral descriptions: what forms, documents and workflow builders are made from.

`describe` walks a marshmallow schema once; nobody below it needs to know marshmallow.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Final, cast

from marshmallow import Schema

from connector.catalogue.fields import Choice, Described, List, Object, Reference
from connector.catalogue.inputs import ObjectId, OneOf
from connector.catalogue.wording import label_of

KINDS: Final = (
    "text",
    "long_text",
    "email",
    "phone",
    "url",
    "date_time",
    "choice",
    "integer",
    "number",
    "decimal",
    "boolean",
    "money",
    "reference",
    "object",
    "metadata",
    "list",
    "file",
)


@dataclass(frozen=True, slots=True)
class Option:
    """One offered value of a choice, with what a person reads."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a resource or of a form, in neutral terms.

    `kind` is one of KINDS. `choices` are the known values of a choice; other texts are valid too,
    unless it is `closed`.
    `picklist` names the live choices of the field. `resources` are what a reference, or an id in a
    form, may point to.
    `children` are the fields of an object, of money, of a reference (its id), of a file, and of the
    items of a list of objects; `item` is the kind of a list's items.
    `example` is never null, also where the field may be.
    """

    key: str
    label: str
    kind: str
    help: str
    example: object
    required: bool = False
    nullable: bool = False
    personal: bool = False
    picklist: str | None = None
    choices: tuple[Option, ...] = ()
    closed: bool = False
    resources: tuple[str, ...] = ()
    item: str | None = None
    children: tuple["Field", ...] = ()


def describe(schema: type[Schema]) -> tuple[Field, ...]:
    """Return the descriptions of all fields of `schema`, in its order."""
    return _walk(schema, personal=False)


@cache
def _walk(schema: type[Schema], *, personal: bool) -> tuple[Field, ...]:
    return tuple(
        _field(field.data_key or name, cast(Described, field), personal=personal)
        for name, field in schema().fields.items()
    )


def _field(key: str, field: Described, *, personal: bool) -> Field:
    """Describe one field; what is inside of something `personal` is personal too."""
    told = field.metadata
    plain = Field(
        key=key,
        label=told.get("title") or label_of(key),
        kind=field.kind,
        help=told["description"],
        example=told.get("example"),
        required=field.required,
        nullable=bool(field.allow_none),
        personal=personal or told["personal"],
        picklist=told.get("picklist"),
    )
    match field:
        case Choice():
            choices = tuple(Option(value, label_of(value)) for value in field.values)
            return replace(plain, choices=choices, closed=isinstance(field, OneOf))
        case ObjectId():
            return replace(plain, resources=field.resources)
        case Reference():
            return replace(plain, resources=field.resources, children=(_id_of(plain),))
        case Object():
            children = _walk(type(field.schema), personal=plain.personal)
            return _with_children(plain, children)
        case List():
            item = _field(key, cast(Described, field.inner), personal=plain.personal)
            return replace(
                plain,
                item=item.kind,
                picklist=item.picklist,
                choices=item.choices,
                closed=item.closed,
                resources=item.resources,
                children=item.children,
                example=[item.example],
            )
    return plain


def _with_children(parent: Field, children: tuple[Field, ...]) -> Field:
    """Make the examples of an object and of its parts agree; its own example goes first."""
    own = cast(Mapping[str, object], parent.example or {})
    parts = tuple(replace(part, example=own.get(part.key, part.example)) for part in children)
    return replace(parent, children=parts, example={part.key: part.example for part in parts})


def _id_of(reference: Field) -> Field:
    example = cast(Mapping[str, object], reference.example)["id"]
    return Field(
        key="id",
        label=f"{reference.label} ID",
        kind="text",
        help=f"Identifies it in Stora. {reference.help}",
        example=example,
        nullable=True,
    )
