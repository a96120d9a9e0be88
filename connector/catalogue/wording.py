"""Keys turned into words for people, so that labels are derived and not typed again."""

# How a part of a key is written where lower case would look wrong to a reader.
_SPELLINGS = {
    "api": "API",
    "id": "ID",
    "pdf": "PDF",
    "sku": "SKU",
    "stripe": "Stripe",
    "url": "URL",
    "walkin": "walk-in",
}


def words_of(key: str) -> str:
    """Return `key` as words in lower case: `unit_type` becomes `unit type`."""
    return " ".join(_SPELLINGS.get(part, part) for part in key.replace(".", "_").split("_"))


def label_of(key: str) -> str:
    """Return `key` as a label: `invoice.paid` becomes `Invoice paid`."""
    words = words_of(key)
    return words[:1].upper() + words[1:]


def with_article(key: str) -> str:
    """Return `key` as words with `a` or `an`: `an invoice`, `a unit type`."""
    words = words_of(key)
    return f"{'an' if words[0] in 'aeio' else 'a'} {words}"
