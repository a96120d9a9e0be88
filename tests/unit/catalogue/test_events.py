"""The picklist of event types, and the words that are derived for it."""

from connector.catalogue.events import EVENT, EVENT_TYPES, event_type_items
from connector.catalogue.wording import label_of, with_article, words_of


def values(q: str | None) -> list[str]:
    """Return the event types that `q` finds."""
    return [item["value"] for item in event_type_items(q)]


def test_an_item_is_told_completely() -> None:
    """An item has its value, its label, its resource, its group and a sentence."""
    assert event_type_items("invoice.paid") == [
        {
            "value": "invoice.paid",
            "label": "Invoice paid",
            "resource": "invoice",
            "group": "Billing",
            "description": "Triggers when an invoice is paid.",
        }
    ]


def test_without_a_search_all_are_offered() -> None:
    """No search, an empty one and one of spaces give all 50, in Stora's order."""
    assert values(None) == values("") == values("  ") == list(EVENT_TYPES)


def test_the_search_ignores_case_and_order() -> None:
    """Every word has to be found somewhere, in any case and any order."""
    assert values("PAID Invoice") == ["invoice.paid"]
    assert values("becomes unit") == ["unit.available", "unit.occupied", "unit.unavailable"]
    assert values("billing") == [
        type for type in EVENT_TYPES if type.startswith(("credit_note", "invoice", "subscription"))
    ]


def test_a_search_that_finds_nothing() -> None:
    """One word that is nowhere is enough to find nothing."""
    assert values("invoice zebra") == []


def test_sentences_read_well() -> None:
    """Where "is" does not fit, the event says what happens in its own words."""
    assert EVENT["identity_verification.failed"].help == (
        "Triggers when an identity verification fails."
    )
    assert EVENT["unit.available"].help == "Triggers when a unit becomes available."
    assert EVENT["invoice.marked_uncollectible"].label == "Invoice marked uncollectible"


def test_keys_become_words() -> None:
    """Keys are spelled as people write them."""
    assert words_of("unit_type") == "unit type"
    assert label_of("stripe_customer_id") == "Stripe customer ID"
    assert label_of("walkin") == "Walk-in"
    assert [with_article(key) for key in ("order", "unit_type", "identity_verification")] == [
        "an order",
        "a unit type",
        "an identity verification",
    ]
