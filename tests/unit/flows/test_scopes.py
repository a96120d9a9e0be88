"""Scopes in words of the street."""

from connector.flows.scopes import narrowed, rights, sentences, split
from connector.settings import LEAST_SCOPES


def test_scopes_are_told_in_plain_words() -> None:
    """Listening first, then what may be changed, then what is seen; each sentence once."""
    assert sentences(
        [
            "public.contact:read",
            "public.webhook_endpoint:read",
            "public.webhook_endpoint:write",
            "public.deal:write",
            "public.tenancy:read",
            "public.staff:read",
            "public.identity_verification:read",
        ]
    ) == [
        "Listen to what happens in Stora",
        "Create and change deals",
        "See contacts",
        "See tenancies",
        "See staff",
        "See identity verifications",
    ]


def test_every_scope_that_is_asked_for_has_a_sentence() -> None:
    """Nobody reads a technical name on the consent page."""
    assert not [sentence for sentence in sentences(LEAST_SCOPES) if "public." in sentence]


def test_a_scope_of_tomorrow_is_shown_as_it_is() -> None:
    """What cannot be told in words is not hidden either."""
    assert sentences(["public.contact:delete"]) == ["Use the permission public.contact:delete"]


def test_a_list_keeps_order_and_drops_repeats() -> None:
    """RFC 6749 section 3.3."""
    assert split(" b  a b ") == ("b", "a")
    assert narrowed(["c", "a", "b"], ("a", "b", "c"), {"b", "c"}) == ("c", "b")


def test_rights_say_the_same_in_fewer_words() -> None:
    """Verb by verb; what is not known stays as it is, and nothing is lost."""
    scopes = (
        "public.webhook_endpoint:read",
        "public.contact:write",
        "public.deal:write",
        "public.site:read",
        "public.contact:delete",
    )
    assert rights(scopes) == [
        ("Listen to what happens in Stora", []),
        ("Create and change", ["contacts", "deals"]),
        ("Use the permission", ["public.contact:delete"]),
        ("See", ["sites"]),
    ]
    told = [f"{verb} {thing}" for verb, things in rights(LEAST_SCOPES) for thing in things]
    assert set(told) < set(sentences(LEAST_SCOPES))
    assert len(told) == len(sentences(LEAST_SCOPES)) - 1
