"""Names as platforms want them, derived from keys and labels."""

from collections.abc import Callable

import pytest

from connector.catalogue.actions import ACTIONS
from connector.catalogue.events import EVENT_TYPES
from connector.platforms.wording import (
    camel_case,
    kebab_case,
    pascal_case,
    snake_case,
    title_case,
)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Find or create contact", "Find or Create Contact"),
        ("Get invoice PDF", "Get Invoice PDF"),
        ("E-mail", "E-Mail"),
        ("Overlock (lets a locked-out customer in)", "Overlock (Lets a Locked-Out Customer In)"),
        ("a unit of the site", "A Unit of the Site"),
        ("Starts at", "Starts At"),
        ("", ""),
    ],
)
def test_a_title_has_capitals(text: str, title: str) -> None:
    """All words but small ones inside; after a bracket and a hyphen too; abbreviations stay."""
    assert title_case(text) == title
    assert title_case(title) == title


def test_keys_are_written_in_four_ways() -> None:
    """As a platform's own identifiers are."""
    assert snake_case("credit_note.created") == "credit_note_created"
    assert kebab_case("credit_note.created") == "credit-note-created"
    assert pascal_case("credit_note.created") == "CreditNoteCreated"
    assert camel_case("credit_note.created") == "creditNoteCreated"


@pytest.mark.parametrize("way", [snake_case, kebab_case, pascal_case, camel_case])
def test_different_keys_stay_different(way: Callable[[str], str]) -> None:
    """No two event types, and no two actions, get the same name."""
    for keys in (EVENT_TYPES, [action.key for action in ACTIONS]):
        assert len({way(key) for key in keys}) == len(keys)
