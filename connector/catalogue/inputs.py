"""The kinds of field that only forms have: they take what people type, and give what Stora takes.

Moments, sums and telephone numbers are converted (`conversions`); ids and closed choices are
checked. A fault is a marshmallow `ValidationError`.
"""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final, TypeVar

from marshmallow import Schema, ValidationError

from connector.catalogue.conversions import CURRENCIES, decimal_of, phone_number, utc
from connector.catalogue.fields import Choice, Integer, List, Object, Phone, Scalar, Text
from connector.catalogue.ids import EXAMPLE_IDS, PICKLIST_OF
from connector.catalogue.wording import label_of

T = TypeVar("T")

# What a date alone stands for, in UTC. Noon is on the same day in all but the outermost time
# zones, so a move-in stays on its day; a window of time begins and ends with the day.
NOON: Final = "12:00:00"
MIDNIGHT: Final = "00:00:00"
MAX_LINES: Final = 50
MAX_RESULTS: Final = 100
USUAL_RESULTS: Final = 20


class ObjectId(Text):
    """The id of an object of one of `resources`: chosen from a picklist, or found by a search."""

    form = re.compile(r"[A-Za-z0-9_-]{1,100}")
    refusal = "Must be an id of Stora's, such as con_0ac0514ed0711462."

    def __init__(self, resources: str | Sequence[str], help: str, **options: Any) -> None:
        self.resources = (resources,) if isinstance(resources, str) else tuple(resources)
        first = self.resources[0]
        only = len(self.resources) == 1
        told = {"title": label_of(first), "picklist": PICKLIST_OF.get(first) if only else None}
        super().__init__(help, EXAMPLE_IDS[first], **(told | options))


class OneOf(Choice):
    """One of `values`, and nothing else."""

    def check(self, value: Any) -> None:
        """Refuse every other text."""
        super().check(value)
        if value not in self.values:
            raise ValidationError(f"Must be one of: {', '.join(self.values)}.")


class Moment(Text):
    """A moment in any time zone, or a date, which stands for `time_of_date` on that day."""

    kind = "date_time"

    def __init__(
        self, help: str, example: object = None, *, time_of_date: str = NOON, **options: Any
    ) -> None:
        self.time_of_date = time_of_date
        super().__init__(help, example, **options)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, *args, **kwargs)
        return _converted(lambda: utc(text, time_of_date=self.time_of_date))


class PhoneNumber(Phone):
    """A telephone number, with whatever people put between the digits."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, *args, **kwargs)
        return _converted(lambda: phone_number(text))


class Sum(Scalar):
    """A sum of money, `"49.99"` or 49.99, in the currency that the form names."""

    kind = "decimal"

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Decimal:
        return _converted(lambda: decimal_of(value))


class Currency(Choice):
    """A currency as three letters (ISO 4217), in either case; the commonest are offered."""

    def __init__(self, help: str, **options: Any) -> None:
        super().__init__(("GBP", "EUR", "USD", "AUD", "CAD", "NZD"), help, **options)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        code = str(super()._deserialize(value, *args, **kwargs)).upper()
        if code not in CURRENCIES:
            raise ValidationError("Must be a currency as three letters, such as GBP.")
        return code


class HowMany(Integer):
    """How many results there may be: 1 to MAX_RESULTS."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            f"How many results at most, up to {MAX_RESULTS}; {USUAL_RESULTS} if you say nothing.",
            USUAL_RESULTS,
            **options,
        )

    def check(self, value: Any) -> None:
        """Refuse what lies outside."""
        super().check(value)
        if not 1 <= value <= MAX_RESULTS:
            raise ValidationError(f"Must lie between 1 and {MAX_RESULTS}.")


class Lines(List):
    """At most MAX_LINES objects of the schema `line`."""

    def __init__(self, line: type[Schema], help: str, **options: Any) -> None:
        self.line = line
        super().__init__(Object(line, help), help, **options)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> list[Any]:
        # Looked at before the lines are, so that a long list costs nothing.
        if isinstance(value, list) and len(value) > MAX_LINES:
            raise ValidationError(f"Must have at most {MAX_LINES} lines.")
        return super()._deserialize(value, *args, **kwargs)


class Clear(List):
    """Which of the fields `keys` are to be emptied."""

    def __init__(self, *keys: str) -> None:
        super().__init__(
            OneOf(keys, "A field to empty."),
            "Fields to empty in Stora. A field that you only leave blank keeps what it has.",
            title="Fields to empty",
        )


def _converted(convert: Callable[[], T]) -> T:
    try:
        return convert()
    except ValueError as error:
        raise ValidationError(str(error)) from None
