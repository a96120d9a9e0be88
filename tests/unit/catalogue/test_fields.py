"""The kinds of field: strict at their limits, exact in what they keep."""

from typing import Any

import pytest
from marshmallow import RAISE, Schema, ValidationError

from connector.catalogue.fields import (
    MAX_NUMBER,
    METADATA_KEYS,
    METADATA_VALUE_LENGTH,
    Boolean,
    Choice,
    DateTime,
    Described,
    Email,
    Integer,
    List,
    Metadata,
    Number,
    Object,
    Reference,
    Text,
    Url,
    Variables,
)
from connector.catalogue.schemas.base import Money, pounds


def load(field: Described, value: object) -> Any:
    """Read `value` through `field`, in an object as everywhere."""
    return Schema.from_dict({"it": field})(unknown=RAISE).load({"it": value})["it"]


def fault(field: Described, value: object) -> Any:
    """Return the messages with which `field` refuses `value`."""
    with pytest.raises(ValidationError) as caught:
        load(field, value)
    return caught.value.normalized_messages()["it"]


@pytest.mark.parametrize("text", ["", "Zoë 🚪", "line\nline", "\ufeff", "a" * 100_000])
def test_text_is_kept_as_it_is(text: str) -> None:
    """Any text that is valid UTF-8 comes out unchanged: not trimmed, not normalised."""
    assert load(Text("A text."), text) == text


def test_text_that_no_database_keeps_is_refused() -> None:
    """NUL and lone surrogates are refused, each with its own words."""
    assert fault(Text("A text."), "a\x00") == ["Must not contain the NUL character."]
    assert fault(Text("A text."), "\udfff") == ["Must be valid Unicode, without lone surrogates."]


@pytest.mark.parametrize("number", [0, -1, MAX_NUMBER, -MAX_NUMBER])
def test_whole_numbers_up_to_the_limit(number: int) -> None:
    """Whole numbers that every JSON reader keeps exact are read."""
    assert load(Integer("A number."), number) == number


@pytest.mark.parametrize("number", [MAX_NUMBER + 1, -MAX_NUMBER - 1, 10**400])
def test_whole_numbers_beyond_the_limit(number: int) -> None:
    """One beyond is refused, for whole numbers and for numbers."""
    assert "Must lie between" in fault(Integer("A number."), number)[0]
    assert "Must lie between" in fault(Number("A number."), number)[0]


@pytest.mark.parametrize("number", [11, 7.5, -0.1, float(MAX_NUMBER)])
def test_numbers_keep_their_form(number: float) -> None:
    """11 stays 11 and does not become 11.0: writing what was read gives the same JSON."""
    schema = Schema.from_dict({"it": Number("A number.")})()
    assert repr(load(Number("A number."), number)) == repr(number)
    assert repr(schema.dump({"it": number})["it"]) == repr(number)


@pytest.mark.parametrize("value", [True, False])
def test_booleans(value: bool) -> None:
    """True and false are read, and nothing that merely looks like them."""
    assert load(Boolean("Yes or no."), value) is value
    assert fault(Boolean("Yes or no."), 1) == ["Must be true or false, without quotes."]


@pytest.mark.parametrize(
    "moment",
    [
        "2025-02-22T14:41:00Z",
        "2024-02-29T00:00:00Z",
        "2025-02-22T14:41:00.123456789Z",
        "2025-02-22T14:41:00+01:00",
    ],
)
def test_moments_are_kept_as_text(moment: str) -> None:
    """Every form of RFC 3339 with an offset is read, and kept to the letter."""
    assert load(DateTime("When."), moment) == moment


@pytest.mark.parametrize(
    "moment",
    [
        "2025-02-29T00:00:00Z",
        "2025-02-22T24:00:01Z",
        "2025-02-22T14:41:00",
        "2025-02-22 14:41:00Z",
        "2025-02-22T14:41:00Z\n",
        "20250222T144100Z",
        "٢٠٢٥-02-22T14:41:00Z",
        "2025-02-22T14:41:00.1234567890Z",
        "2025-02-22T14:41:00+25:00",
    ],
)
def test_what_is_no_moment(moment: str) -> None:
    """Days that do not exist, a missing offset, other digits and other forms are refused."""
    assert fault(DateTime("When."), moment) == [
        "Must be a date and time, such as 2025-02-22T14:41:00Z."
    ]


def test_email_is_checked_loosely() -> None:
    """Addresses in other scripts are read; what has no @ in the middle is refused."""
    assert load(Email("An address."), "zoë@bücher.example") == "zoë@bücher.example"
    for wrong in ("nobody", "@b.example", "a@", "a@b\n"):
        assert fault(Email("An address."), wrong)


def test_url_is_http() -> None:
    """Only http and https addresses are read."""
    assert load(Url("A page."), "https://acme.stora.test/pay?x=1#y") == (
        "https://acme.stora.test/pay?x=1#y"
    )
    for wrong in ("ftp://a.example", "//a.example", "https:///path", "https://a.example\n"):
        assert fault(Url("A page."), wrong)


def test_a_choice_offers_and_accepts() -> None:
    """A choice knows its values, takes the first as its example, and accepts other texts."""
    field = Choice(("open", "won"), "How it stands.")
    assert field.metadata["example"] == "open"
    assert load(field, "won") == "won"
    assert load(field, "parked") == "parked"
    assert fault(field, 5) == ["Must be a text."]


def test_a_reference_names_the_fault_of_its_id() -> None:
    """A wrong id is refused at the id, so that the pointer leads there."""
    field = Reference("contact", "Who.")
    assert fault(field, {"id": 5}) == {"id": ["Must be a text."]}
    assert fault(field, {"id": "\x00"}) == {"id": ["Must not contain the NUL character."]}
    assert fault(field, "con_1") == ['Must be an object with an id, such as {"id": "…"}.']


def test_references_know_their_picklist() -> None:
    """A reference to one thing that can be chosen names its picklist; others have none."""
    assert Reference("site", "Where.").metadata["picklist"] == "sites"
    assert "picklist" not in Reference("contact", "Who.").metadata
    assert "picklist" not in Reference(("unit_type", "product"), "What.").metadata


def test_variables_take_any_object() -> None:
    """An object with unknown keys is kept whole."""
    assert load(Variables("Gaps."), {"a": {"b": 1}}) == {"a": {"b": 1}}
    assert fault(Variables("Gaps."), []) == ["Must be an object."]


def test_faults_in_a_list_have_their_position() -> None:
    """The fault of an item is found under its position."""
    assert fault(List(Text("One."), "Many."), ["a", 5]) == {1: ["Must be a text."]}


def test_money_in_a_request_needs_its_amount_only() -> None:
    """Requests send `{"amount": 1999}`; without an amount it is no money."""
    assert load(Money("A price.", 100), {"amount": 1999}) == {"amount": 1999}
    assert list(fault(Money("A price.", 100), {})) == ["amount"]


@pytest.mark.parametrize(
    ("pence", "text"), [(0, "£0.00"), (5, "£0.05"), (201998, "£2,019.98"), (-150, "-£1.50")]
)
def test_pounds_are_written_as_people_do(pence: int, text: str) -> None:
    """Money is written with the sign first, groups of three and two decimals."""
    assert pounds(pence) == {"amount": pence, "currency": "GBP", "formatted": text}


def test_an_object_reads_through_its_schema() -> None:
    """The faults of an object are found under its own keys."""
    inner = Schema.from_dict({"name": Text("A name.")})
    assert fault(Object(inner, "A thing."), {"name": 5}) == {"name": ["Must be a text."]}


# ---- metadata (Stora page: guides/metadata) ----------------------------------------------------

METADATA = Metadata("Own keys.", {})


def test_metadata_has_at_most_20_keys() -> None:
    """20 keys are read, 21 are not."""
    full = {f"k{n}": "x" for n in range(METADATA_KEYS)}
    assert METADATA_KEYS == 20
    assert load(METADATA, full) == full
    assert fault(METADATA, full | {"one.more": "x"}) == ["Must have at most 20 keys."]


def test_metadata_keys_have_at_most_40_characters() -> None:
    """A key has 1 to 40 characters."""
    assert load(METADATA, {"k" * 40: "x"})
    assert list(fault(METADATA, {"k" * 41: "x"})) == ["k" * 41]
    assert list(fault(METADATA, {"": "x"})) == [""]


@pytest.mark.parametrize("key", ["external_id", "correlation.id", "a:b-c", "0"])
def test_metadata_keys_that_are_allowed(key: str) -> None:
    """Lower-case letters, digits and four signs make a key."""
    assert load(METADATA, {key: ""}) == {key: ""}


@pytest.mark.parametrize("key", ["Key", "a b", "ä", "a\n", "a/b", "٣"])
def test_metadata_keys_that_are_refused(key: str) -> None:
    """Anything else does not, and the fault is found under the key."""
    assert list(fault(METADATA, {"good": "x", key: "x"})) == [key]


def test_metadata_values_are_texts_of_at_most_500_characters() -> None:
    """500 characters are read, 501 are not, and no other type is."""
    assert METADATA_VALUE_LENGTH == 500
    assert load(METADATA, {"a": "é" * 500})
    assert fault(METADATA, {"a": "é" * 501}) == {"a": ["Must have at most 500 characters."]}
    for wrong in (1, True, None, {}, [], "\x00"):
        assert list(fault(METADATA, {"a": wrong})) == ["a"]


def test_a_patch_may_remove_a_key() -> None:
    """In a merge patch null removes a key; the other rules stay."""
    patch = Metadata("Own keys.", {}, patch=True)
    assert load(patch, {"a": None, "b": "x"}) == {"a": None, "b": "x"}
    assert list(fault(patch, {"A": None})) == ["A"]
    assert list(fault(patch, {"a": 1})) == ["a"]
