"""Stories about contacts: found by what is known of them, created if nobody has it."""

from typing import Any

import pytest
from story_stage import Answer, Stora, listed, paths, tell

from connector.catalogue.actions.contacts import SHORTEST_NUMBER, same_phone
from connector.catalogue.samples import resource_sample
from connector.errors import Conflict, StoraRefused

JANE = resource_sample("contact")


def contact(id: str, **changes: Any) -> dict[str, Any]:
    """Return a contact like Jane, with another id."""
    return JANE | {"id": id} | changes


# ---- find or create ------------------------------------------------------------------------------
NEW = {"email": "Jane.Doe@example.com", "full_name": "Jane Doe"}


def test_a_contact_that_is_there_is_found() -> None:
    """Letters may be in either case; nothing is written."""
    stora = Stora()
    outcome = tell(stora, "find_or_create_contact", **NEW)
    assert paths(stora) == ["GET /contacts"]
    assert stora.calls[0].params["email"] == NEW["email"]
    assert outcome.body["created"] is False
    assert outcome.body["contact"] == JANE
    assert outcome.body["flat"] == {"contact_id": JANE["id"]}


def test_a_contact_that_is_not_there_is_created() -> None:
    """Others that Stora answers are not taken for it."""
    others = listed(
        "contact", contact("con_1", email="jane.doe@example.org"), contact("con_2", email=None)
    )
    stora = Stora(lambda call: others if call.method == "GET" else None)
    outcome = tell(stora, "find_or_create_contact", **NEW)
    assert paths(stora) == ["GET /contacts", "POST /contacts"]
    assert stora.calls[1].json == NEW
    assert outcome.body["created"] is True


@pytest.mark.parametrize("refusal", [Conflict("There is one."), StoraRefused("Taken.")])
def test_a_contact_that_another_creates_meanwhile_is_found(refusal: Exception) -> None:
    """When Stora says that there is one by now, it is looked for again."""
    answers: list[Answer] = [listed("contact"), refusal, listed("contact", JANE)]
    stora = Stora(lambda call: answers.pop(0))
    outcome = tell(stora, "find_or_create_contact", **NEW)
    assert paths(stora) == ["GET /contacts", "POST /contacts", "GET /contacts"]
    assert outcome.body["created"] is False


def test_a_refusal_for_another_reason_is_told() -> None:
    """Where there is none after all, Stora's own words go to the person."""
    refusal = StoraRefused("The phone number is not valid.")
    stora = Stora(lambda call: refusal if call.method == "POST" else listed("contact"))
    with pytest.raises(StoraRefused) as caught:
        tell(stora, "find_or_create_contact", **NEW)
    assert caught.value is refusal


# ---- find a contact ------------------------------------------------------------------------------
def test_contacts_are_found_by_all_that_is_given() -> None:
    """E-mail address, phone number and every word of the name have to agree."""
    people = listed(
        "contact",
        JANE,
        contact("con_1", full_name="John Doe"),
        contact("con_2", phone_number="+447700900124"),
        contact("con_3", email="jane@example.com"),
        contact("con_4", phone_number=None, full_name=None, email=None),
    )
    stora = Stora(lambda call: people)

    def found(**input: Any) -> list[str]:
        return [each["id"] for each in tell(stora, "find_contact", **input).body["contacts"]]

    assert found(
        email="jane.doe@example.com", phone_number="07700 900123", full_name="doe JANE"
    ) == [JANE["id"]]
    assert found(phone_number="+44 7700 900124") == ["con_2"]
    assert set(found(full_name="jan")) == {JANE["id"], "con_2", "con_3"}
    assert found(full_name="nobody") == []


def test_stora_is_asked_by_the_narrowest() -> None:
    """An e-mail address has its own exact filter; the rest is Stora's fuzzy search."""
    stora = Stora()
    tell(stora, "find_contact", email="jane.doe@example.com", full_name="Jane")
    tell(stora, "find_contact", phone_number="07700 900123", full_name="Jane")
    tell(stora, "find_contact", full_name="Jane")
    asked = [(call.params.get("email"), call.params.get("search")) for call in stora.calls]
    assert asked == [("jane.doe@example.com", None), (None, "700900123"), (None, "Jane")]


@pytest.mark.parametrize(
    ("stored", "sought", "same"),
    [
        ("+44 7700 900123", "+447700900123", True),
        ("07700 900123", "+447700900123", True),
        ("+447700900123", "07700900123", True),
        ("+12025550100", "2025550100", True),
        ("07700 900123", "07700900123", True),
        ("+447700900123", "+457700900123", False),
        ("+447700900123", "900123", False),
        ("+44900123", "0900123", True),
        ("+44" + "9" * (SHORTEST_NUMBER - 1), "0" + "9" * (SHORTEST_NUMBER - 1), False),
        ("07700900123", "7700900123", False),
        (None, "07700900123", False),
        ("ask Jane", "07700900123", False),
    ],
)
def test_numbers_are_the_same_with_and_without_country(
    stored: Any, sought: str, same: bool
) -> None:
    """A number with its country is the same as at home; the end of a number is not enough."""
    assert same_phone(stored, sought) is same
