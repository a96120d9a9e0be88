"""Query parameters of lists, read strictly: one declaration reads and documents them.

A parameter that nobody asked for is ignored, as Stora ignores it; a wrong value of a known one is
`InvalidUrlParam` with the parameter's name as the pointer.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask import request
from marshmallow import Schema, ValidationError, fields, pre_load, validate

from connector.errors import InvalidRequest

MAX_PAGE = 10**9 - 1
MAX_LIMIT = 100
DEFAULT_LIMIT = 50

_DIGITS = re.compile(r"[0-9]{1,9}")


def refuse_raw_bytes() -> None:
    """Refuse a query that is not ASCII, as URLs are (RFC 3986 section 2): no reader takes it."""
    if not request.query_string.isascii():
        raise InvalidRequest("The address holds characters that must be percent-encoded.")


class Number(fields.Integer):
    """A whole number from 1 to `most`, in ASCII digits only."""

    def __init__(self, most: int, **options: Any) -> None:
        self.most = most
        super().__init__(validate=validate.Range(1, most), **options)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> int:
        if not (isinstance(value, str) and _DIGITS.fullmatch(value)):
            raise ValidationError(f"Must be a whole number from 1 to {self.most}.")
        return int(value)


class Several(fields.Field[tuple[str, ...]]):
    """One or several of `known`, separated by commas."""

    def __init__(self, known: Sequence[str], what: str, **options: Any) -> None:
        self.known = tuple(known)
        told = f"{what}: one or several of {', '.join(known)}, separated by commas."
        one = "|".join(map(re.escape, known))
        pattern = f"^({one})(,({one}))*$"
        super().__init__(
            metadata={"type": "string", "description": told, "pattern": pattern}, **options
        )

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> tuple[str, ...]:
        found = tuple(str(value).split(","))
        if any(each not in self.known for each in found):
            raise ValidationError(f"Must be one or several of: {', '.join(self.known)}.")
        return found


class Pages(Schema):
    """Which page of a list (Stora page: guides/responses)."""

    page = Number(MAX_PAGE, load_default=1, metadata={"description": "Which page, from 1."})
    limit = Number(
        MAX_LIMIT, load_default=DEFAULT_LIMIT, metadata={"description": "How many on a page."}
    )


class ByMetadata(Schema):
    """A filter by metadata: `metadata[key]=value`, as many keys as there are."""

    metadata = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        load_default=dict,
        metadata={
            "description": "Only those whose metadata has all these keys and values, written "
            "metadata[key]=value; for example metadata[source]=zapier.",
        },
    )

    @pre_load
    def gather(self, query: Mapping[str, str], **kwargs: Any) -> dict[str, Any]:
        """Collect the parameters that belong to the object."""
        if "metadata" in query:
            raise ValidationError("Must be written metadata[key]=value.", "metadata")
        found = {
            name[len("metadata[") : -1]: text
            for name, text in query.items()
            if name.startswith("metadata[") and name.endswith("]")
        }
        return {**query, "metadata": found}
