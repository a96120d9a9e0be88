"""How platforms want names written: all derived from the keys and labels of the catalogue."""

from typing import Final

# Words that stay small inside a title (Chicago style), wherever they stand but first and last.
_ARTICLES: Final = ("a", "an", "the")
_JOINTS: Final = ("and", "as", "but", "nor", "or", "so", "yet")
_PREPOSITIONS: Final = ("at", "by", "for", "from", "in", "into", "of", "on", "per", "to", "with")
_SMALL: Final = frozenset(_ARTICLES + _JOINTS + _PREPOSITIONS)


def title_case(text: str) -> str:
    """Return `text` as a title: `Find or create contact` becomes `Find or Create Contact`.

    Words with a capital inside them, such as `PDF`, stay as they are.
    """
    words = text.split(" ")
    last = len(words) - 1
    return " ".join(
        word if word in _SMALL and 0 < place < last else _capital(word)
        for place, word in enumerate(words)
    )


def _capital(word: str) -> str:
    """Return `word` with its first letter large, and that after a hyphen too: `(Walk-In`."""
    start = len(word) - len(word.lstrip("("))
    big = word[:start] + word[start : start + 1].upper() + word[start + 1 :]
    first, hyphen, rest = big.partition("-")
    return f"{first}-{_capital(rest)}" if hyphen else big


def snake_case(key: str) -> str:
    """Return a key with underscores only: `invoice.paid` becomes `invoice_paid`."""
    return key.replace(".", "_").replace("-", "_")


def kebab_case(key: str) -> str:
    """Return a key with hyphens only: `credit_note.created` becomes `credit-note-created`."""
    return snake_case(key).replace("_", "-")


def pascal_case(key: str) -> str:
    """Return a key as one word: `invoice.paid` becomes `InvoicePaid`."""
    return "".join(part[:1].upper() + part[1:] for part in snake_case(key).split("_"))


def camel_case(key: str) -> str:
    """Return a key as one word that begins small: `invoice.paid` becomes `invoicePaid`."""
    pascal = pascal_case(key)
    return pascal[:1].lower() + pascal[1:]
