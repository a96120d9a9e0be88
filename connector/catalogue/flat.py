"""Resources made flat: what the next step of a workflow needs, and Stora nests or shortens.

From a resource's schema follow its own id and those of its relations (`contact_id`), its sums as
decimal text (`total`: `144.00`, with one `currency`), and its links as whole addresses
(`new_order_url`). Everything else stays where Stora has it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Any

from connector.catalogue import CURIES
from connector.catalogue.conversions import decimal_text
from connector.catalogue.describe import Field, describe
from connector.catalogue.schemas import RESOURCES
from connector.catalogue.wording import label_of

Document = Mapping[str, Any]
Curies = Sequence[Mapping[str, Any]]
Read = Callable[[Document, Curies], Any]


def flatten(resource: str, document: Document, curies: Curies) -> dict[str, Any]:
    """Return the flat fields of one `resource`; null where it has no such thing."""
    return {field.key: read(document, curies) for field, read in _parts(resource)}


def flat_fields(resource: str) -> tuple[Field, ...]:
    """Describe what `flatten` returns for a `resource`."""
    return tuple(field for field, _ in _parts(resource))


@cache
def _parts(resource: str) -> tuple[tuple[Field, Read], ...]:
    return tuple(_each_part(resource))


def _each_part(resource: str) -> Iterator[tuple[Field, Read]]:
    """Yield each flat field with what reads it from a document."""
    fields = describe(RESOURCES[resource])
    sums = [field.key for field in fields if field.kind == "money"]
    for field in fields:
        if field.key == "id":
            key, label = f"{resource}_id", f"{label_of(resource)} ID"
            yield Field(key, label, "text", field.help, field.example), _id
        elif field.kind == "reference":
            (id,) = field.children
            flat = Field(f"{field.key}_id", id.label, "text", field.help, id.example, nullable=True)
            yield flat, partial(_id_of, field.key)
        elif field.kind == "money":
            example = _sum(field.key, {field.key: field.example}, ())
            flat = Field(field.key, field.label, "decimal", field.help, example, nullable=True)
            yield flat, partial(_sum, field.key)
        elif field.key == "_links":
            for link in field.children:
                example = _address(link.key, {"_links": {link.key: link.example}}, CURIES)
                key = f"{link.key.partition(':')[2]}_url"
                flat = Field(key, link.label, "url", link.help, example, nullable=True)
                yield flat, partial(_address, link.key)
    if sums:
        help = "The currency of the sums as three letters (ISO 4217)."
        flat = Field("currency", "Currency", "text", help, "GBP", nullable=True)
        yield flat, partial(_currency, sums)


# Stora's documents are read with care: whatever is not as expected becomes null, never an error.


def _id(document: Document, curies: Curies) -> str | None:
    return _text(document.get("id"))


def _id_of(key: str, document: Document, curies: Curies) -> str | None:
    return _text(_object(document, key).get("id"))


def _sum(key: str, document: Document, curies: Curies) -> str | None:
    money = _object(document, key)
    amount, currency = money.get("amount"), money.get("currency")
    if isinstance(amount, bool) or not isinstance(amount, int):
        return None
    return decimal_text(amount, str(currency))


def _currency(keys: Sequence[str], document: Document, curies: Curies) -> str | None:
    found = (_text(_object(document, key).get("currency")) for key in keys)
    return next(filter(None, found), None)


def _address(rel: str, document: Document, curies: Curies) -> str | None:
    """Complete a link with the curie that its name begins with (Stora page: guides/responses)."""
    href = _object(_object(document, "_links"), rel).get("href")
    name = rel.partition(":")[0]
    whole = next((curie.get("href") for curie in curies if curie.get("name") == name), None)
    if not isinstance(href, str) or not isinstance(whole, str):
        return None
    return whole.replace("{rel}", href)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _object(document: Document, key: str) -> Document:
    value = document.get(key)
    return value if isinstance(value, Mapping) else {}
