"""The kinds of field that Stora's resources have.

Each field carries what a person needs to know about it: `help` in plain words, an `example`, a
`title` where the key alone makes a poor label, and `personal` where it tells about a person.

All kinds are strict and open at once. Strict: nothing is converted, so `"5"` is no number and
`"yes"` no boolean, and text has no NUL and no lone surrogate, which no database can keep.
Open: what Stora adds later passes through, be it a new value of a choice or a new key of an
object. A value is kept exactly as it came, so writing what was read gives the same JSON.

A fault is a marshmallow `ValidationError`.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final

from marshmallow import Schema, ValidationError, fields

from connector.catalogue.ids import EXAMPLE_IDS, PICKLIST_OF
from connector.catalogue.wording import label_of, words_of

MAX_NUMBER: Final = 2**53 - 1  # up to here every JSON reader keeps whole numbers exact
METADATA_KEYS: Final = 20
METADATA_KEY: Final = re.compile(r"[a-z0-9._:-]{1,40}")
METADATA_VALUE_LENGTH: Final = 500


class Described(fields.Field[Any]):
    """What all kinds share; `kind` is the word that descriptions use for it.

    `wire` is the dotted path of the field in Stora's body, where a form's key differs from it.
    """

    kind: ClassVar[str]

    def __init__(
        self,
        help: str,
        example: object = None,
        *,
        title: str | None = None,
        nullable: bool = False,
        personal: bool = False,
        picklist: str | None = None,
        wire: str | None = None,
        **options: Any,
    ) -> None:
        known = {"description": help, "example": example}
        known |= {"title": title, "picklist": picklist, "wire": wire}
        metadata = {key: value for key, value in known.items() if value is not None}
        super().__init__(allow_none=nullable, metadata=metadata | {"personal": personal}, **options)


class Scalar(Described):
    """A value that is taken as a whole, and written exactly as it was read."""

    def check(self, value: Any) -> None:
        """Raise ValidationError unless `value`, which is not null, is of this kind."""
        raise NotImplementedError

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        self.check(value)
        return value

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return value


class Text(Scalar, fields.String):
    """Text, usually short, which every database can keep; `form`, if any, matches all of it."""

    kind = "text"
    form: ClassVar[re.Pattern[str] | None] = None
    refusal: ClassVar[str] = ""

    def check(self, value: Any) -> None:
        """Refuse other types, NUL, lone surrogates, and what has another form."""
        _check_text(value)
        if self.form and not self.form.fullmatch(value):
            raise ValidationError(self.refusal)


class LongText(Text):
    """Text that may have several lines."""

    kind = "long_text"


class Email(Text):
    """An e-mail address, checked loosely: what Stora accepted is never refused."""

    kind = "email"
    form = re.compile(r"[^@\s]+@[^@\s]+")
    refusal = "Must be an e-mail address, such as jane.doe@example.com."


class Phone(Text):
    """A telephone number as people write it; `+447700900123` is best understood."""

    kind = "phone"


class Url(Text):
    """A web address."""

    kind = "url"
    form = re.compile(r"https?://[^\s/]\S*")
    refusal = "Must be a web address that begins with https:// or http://."


class DateTime(Text):
    """A moment as text (RFC 3339), such as `2025-02-22T14:41:00Z`, which is how Stora writes it."""

    kind = "date_time"
    form = re.compile(
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?"
        r"(Z|[+-][0-9]{2}:[0-9]{2})"
    )
    refusal = "Must be a date and time, such as 2025-02-22T14:41:00Z."

    def check(self, value: Any) -> None:
        """Refuse another form, and a day or an hour that does not exist."""
        super().check(value)
        try:
            datetime.fromisoformat(value)
        except ValueError:
            raise ValidationError(self.refusal) from None


class Choice(Text):
    """One of `values`, or a text that Stora has added since."""

    kind = "choice"

    def __init__(self, values: Sequence[str], help: str, example: str = "", **options: Any) -> None:
        self.values = tuple(values)
        super().__init__(help, example or self.values[0], **options)


class Id(Text):
    """The id of the `resource` itself."""

    def __init__(self, resource: str, **options: Any) -> None:
        super().__init__(
            f"Identifies the {words_of(resource)} in Stora. It never changes.",
            EXAMPLE_IDS[resource],
            title=f"{label_of(resource)} ID",
            required=True,
            **options,
        )


class Integer(Scalar, fields.Integer):
    """A whole number."""

    kind = "integer"

    def check(self, value: Any) -> None:
        """Refuse other types and what JSON readers would round."""
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValidationError("Must be a whole number, without quotes.")
        _check_size(value)


class Number(Scalar, fields.Float):
    """A number, with decimals or without."""

    kind = "number"

    def check(self, value: Any) -> None:
        """Refuse other types, NaN, infinity and what JSON readers would round."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValidationError("Must be a number, without quotes.")
        _check_size(value)


class Boolean(Scalar, fields.Boolean):
    """Yes or no."""

    kind = "boolean"

    def check(self, value: Any) -> None:
        """Refuse all but true and false."""
        if not isinstance(value, bool):
            raise ValidationError("Must be true or false, without quotes.")


class Reference(Scalar):
    """A related object of one of `resources`: its id alone, or the whole object.

    Stora sends `{"id": …}` or the expanded object, and leaves out the id of one that was deleted;
    all of these pass, and only the id is looked at.
    """

    kind = "reference"

    def __init__(self, resources: str | Sequence[str], help: str, **options: Any) -> None:
        self.resources = (resources,) if isinstance(resources, str) else tuple(resources)
        first = self.resources[0]
        picklist = PICKLIST_OF.get(first) if len(self.resources) == 1 else None
        super().__init__(help, {"id": EXAMPLE_IDS[first]}, picklist=picklist, **options)

    def check(self, value: Any) -> None:
        """Refuse what is no object, and an id that is no text."""
        if not isinstance(value, dict):
            raise ValidationError('Must be an object with an id, such as {"id": "…"}.')
        if value.get("id") is not None:
            try:
                _check_text(value["id"])
            except ValidationError as error:
                raise ValidationError({"id": error.messages}) from None


class Variables(Scalar, fields.Dict):
    """An object whose keys are not known beforehand."""

    kind = "object"

    def check(self, value: Any) -> None:
        """Refuse what is no object."""
        if not isinstance(value, dict):
            raise ValidationError("Must be an object.")


class Metadata(Scalar, fields.Dict):
    """Own keys and texts on a resource, under Stora's rules (Stora page: guides/metadata).

    With `patch`, a value may also be null, which removes the key (merge patch, RFC 7386).
    """

    kind = "metadata"

    def __init__(
        self, help: str, example: Mapping[str, str], *, patch: bool = False, **options: Any
    ) -> None:
        self.patch = patch
        super().__init__(help, dict(example), **options)

    def check(self, value: Any) -> None:
        """Refuse too many keys, keys and values of a wrong form or length; name each such key."""
        if not isinstance(value, dict):
            raise ValidationError("Must be an object with texts as values.")
        if len(value) > METADATA_KEYS:
            raise ValidationError(f"Must have at most {METADATA_KEYS} keys.")
        faults: dict[str | int, Any] = {}
        for key, text in value.items():
            try:
                if not METADATA_KEY.fullmatch(key):
                    raise ValidationError(
                        "A key has 1 to 40 characters: lower-case letters, digits, . _ : and -"
                    )
                if not (text is None and self.patch):
                    _check_text(text)
                    if len(text) > METADATA_VALUE_LENGTH:
                        raise ValidationError(
                            f"Must have at most {METADATA_VALUE_LENGTH} characters."
                        )
            except ValidationError as error:
                faults[key] = error.messages
        if faults:
            raise ValidationError(faults)


class Object(Described, fields.Nested):
    """An object with a schema of its own."""

    kind = "object"

    def __init__(self, schema: type[Schema], help: str, **options: Any) -> None:
        super().__init__(help, nested=schema, **options)


class List(Described, fields.List[Any]):
    """Any number of items of one kind."""

    kind = "list"

    def __init__(self, item: Described, help: str, **options: Any) -> None:
        super().__init__(help, cls_or_instance=item, **options)


def _check_text(value: object) -> None:
    if not isinstance(value, str):
        raise ValidationError("Must be a text.")
    if "\x00" in value:
        raise ValidationError("Must not contain the NUL character.")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValidationError("Must be valid Unicode, without lone surrogates.") from None


def _check_size(value: float) -> None:
    if not -MAX_NUMBER <= value <= MAX_NUMBER:  # NaN compares false, so it is refused as well
        raise ValidationError(f"Must lie between -{MAX_NUMBER} and {MAX_NUMBER}.")
