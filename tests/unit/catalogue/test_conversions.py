"""Conversions: moments, sums and telephone numbers, exact or refused, never guessed."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.catalogue.conversions import (
    CURRENCIES,
    MAX_MINOR_UNITS,
    decimal_of,
    decimal_text,
    minor_units,
    phone_number,
    utc,
)
from connector.catalogue.inputs import MIDNIGHT, NOON

offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(
    min_value=datetime(2, 1, 1),  # noqa: DTZ001 -- the strategy adds the zone
    max_value=datetime(9998, 12, 31),  # noqa: DTZ001
    timezones=offsets,
)


# ---- moments -----------------------------------------------------------------------------------


@given(moments, st.sampled_from("Tt "), st.sampled_from(["", "  "]))
def test_every_moment_becomes_the_same_one_in_utc(moment: datetime, t: str, space: str) -> None:
    """Whatever the offset, the instant stays; fractions of a second are cut off."""
    text = utc(space + moment.isoformat(sep=t), time_of_date=NOON)
    assert datetime.fromisoformat(text) == moment.astimezone(UTC).replace(microsecond=0)
    assert text.endswith("Z")
    assert len(text) == len("2025-02-22T14:41:00Z")
    assert utc(text, time_of_date=NOON) == text


@given(st.dates(), st.sampled_from([NOON, MIDNIGHT]))
def test_a_date_alone_is_its_noon_or_its_beginning(date: object, time_of_date: str) -> None:
    """A date stays on its day."""
    assert utc(str(date), time_of_date=time_of_date) == f"{date}T{time_of_date}Z"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2025-07-01T09:00:00+01:00", "2025-07-01T08:00:00Z"),
        ("2025-07-01T09:00:00+0100", "2025-07-01T08:00:00Z"),
        ("2025-07-01T09:00+01:00", "2025-07-01T08:00:00Z"),
        ("2025-07-01 00:30:00+01:00", "2025-06-30T23:30:00Z"),
        ("2025-07-01t09:00:00z", "2025-07-01T09:00:00Z"),
        ("2025-07-01T09:00:00.999999999Z", "2025-07-01T09:00:00Z"),
        ("2024-02-29", "2024-02-29T12:00:00Z"),
    ],
)
def test_moments_as_programs_write_them(text: str, told: str) -> None:
    """The ways in which builders and spreadsheets write a moment are all understood."""
    assert utc(text, time_of_date=NOON) == told


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2025-07-01T09:00:00", "time zone"),
        ("2025-07-01 09:00", "time zone"),
        ("2025-02-29", "no such"),
        ("2025-07-01T24:00:01Z", "no such"),
        ("2025-07-01T09:00:60Z", "no such"),
        ("2025-07-01T09:00:00+24:00", "no such"),
        ("0001-01-01T00:00:00+14:00", "no such"),
        ("9999-12-31T23:59:59-14:00", "no such"),
        ("0000-01-01", "no such"),
        ("01/07/2025", "Must be a date"),
        ("tomorrow", "Must be a date"),
        ("٢٠٢٥-٠٧-٠١", "Must be a date"),
        ("2025-07-01T09:00:00Z\nx", "Must be a date"),
        ("", "Must be a date"),
    ],
)
def test_what_is_no_moment_is_refused(text: str, reason: str) -> None:
    """A time without its zone is not guessed, a day that does not exist not moved."""
    with pytest.raises(ValueError, match=reason):
        utc(text, time_of_date=NOON)


@given(st.text(max_size=30))
def test_no_text_breaks_the_conversions(text: str) -> None:
    """Any text is converted or refused with a ValueError."""
    for convert in (lambda: utc(text, time_of_date=NOON), lambda: phone_number(text)):
        try:
            assert convert().isascii()
        except ValueError:
            continue


# ---- money -------------------------------------------------------------------------------------


@given(st.integers(0, 10**15 - 1), st.sampled_from(sorted(CURRENCIES)))
def test_a_sum_comes_back_as_it_was(units: int, currency: str) -> None:
    """Smallest units, written as people do and read again, are the same, in every currency."""
    text = decimal_text(units, currency)
    assert minor_units(decimal_of(text), currency) == units
    decimals = CURRENCIES[currency]
    assert len(text.partition(".")[2]) == decimals


@given(st.integers(0, 10**9), st.sampled_from(["GBP", "JPY"]))
def test_a_number_is_read_as_it_is_written(units: int, currency: str) -> None:
    """A JSON number gives what its digits say, however floating point keeps it."""
    number = float(decimal_text(units, currency))
    assert minor_units(decimal_of(number), currency) == units


@pytest.mark.parametrize(
    ("value", "currency", "units"),
    [
        ("49.99", "GBP", 4999),
        (49.99, "GBP", 4999),
        (49, "GBP", 4900),
        (" 49.9 ", "EUR", 4990),
        ("0", "GBP", 0),
        ("5000", "JPY", 5000),
        (5000.0, "JPY", 5000),
        ("1.234", "KWD", 1234),
        ("1.2345", "CLF", 12345),
    ],
)
def test_sums_in_their_currencies(value: object, currency: str, units: int) -> None:
    """The number of decimals is the currency's own (ISO 4217)."""
    assert minor_units(decimal_of(value), currency) == units


@pytest.mark.parametrize(("currency", "decimals"), [("JPY", 0), ("GBP", 2), ("KWD", 3), ("CLF", 4)])
def test_one_decimal_too_many_is_refused(currency: str, decimals: int) -> None:
    """As many decimals as the currency has are taken, one more is not, even a zero."""
    assert minor_units(decimal_of("1." + "1" * decimals if decimals else "1"), currency)
    with pytest.raises(ValueError, match=f"decimals.*{currency}"):
        minor_units(decimal_of("1." + "1" * decimals + "0"), currency)


@pytest.mark.parametrize(
    "value",
    ["-1", "+1", "1,000", "1 000", "1.000.000", "5,50", "£5", "5 GBP", "1e3", "NaN", "inf", "٥",
     ".5", "5.", "", "0x10", "1_000", -1, -0.5, float("nan"), float("inf"), 1e22, True, None, [],
     Decimal(5)],
)  # fmt: skip
def test_what_is_no_sum_is_refused(value: object) -> None:
    """What is negative, no number, or could be read in two ways is refused."""
    with pytest.raises(ValueError, match="Must be a sum"):
        decimal_of(value)


def test_the_largest_sum() -> None:
    """2^53 - 1 smallest units are taken, one more is not: JSON readers would round it."""
    assert minor_units(Decimal(MAX_MINOR_UNITS), "JPY") == MAX_MINOR_UNITS
    with pytest.raises(ValueError, match="smaller"):
        minor_units(Decimal(MAX_MINOR_UNITS + 1), "JPY")


def test_an_unknown_currency_is_written_with_two_decimals() -> None:
    """A currency that comes after this version is shown like most are."""
    assert decimal_text(4999, "XXY") == "49.99"
    assert decimal_text(-5, "GBP") == "-0.05"


def test_the_currencies_are_those_of_the_standard() -> None:
    """Codes are three letters; the ones with unusual decimals are right."""
    assert all(len(code) == 3 and code.isupper() for code in CURRENCIES)
    assert len(CURRENCIES) > 150
    assert [CURRENCIES[code] for code in ("GBP", "EUR", "USD", "JPY", "KRW", "KWD", "BHD")] == [
        2, 2, 2, 0, 0, 3, 3,
    ]  # fmt: skip


# ---- telephone numbers -------------------------------------------------------------------------

numbers = st.from_regex(r"\+?[1-9][0-9]{4,12}", fullmatch=True)


@given(numbers, st.lists(st.tuples(st.integers(1, 14), st.sampled_from(" -./\u2013\u00a0"))))
def test_what_stands_between_the_digits_is_dropped(
    number: str, between: list[tuple[int, str]]
) -> None:
    """Spaces, hyphens, dots and slashes anywhere after the first character change nothing."""
    written = number
    for place, sign in between:
        written = written[:place] + sign + written[place:]
    assert phone_number(written) == number
    assert phone_number(number) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+44 7700 900123", "+447700900123"),
        ("0044 7700 900123", "+447700900123"),
        ("+44 (0)7700 900-123", "+447700900123"),
        ("(0117) 496 0123", "01174960123"),
        ("07700 900123", "07700900123"),
        ("202-555-0100", "2025550100"),
        ("999", "999"),
        ("1" * 15, "1" * 15),
    ],
)
def test_numbers_as_people_write_them(text: str, number: str) -> None:
    """A country is kept if there is one, and not guessed if there is none."""
    assert phone_number(text) == number


@pytest.mark.parametrize(
    "text",
    ["", "+", "12", "1" * 16, "call me", "0117 496 0123 x5", "٠٧٧٠٠", "+44+7700", "tel:1234"],
)
def test_what_is_no_number_is_refused(text: str) -> None:
    """Fewer than 3 digits, more than 15, and anything else but digits is refused."""
    with pytest.raises(ValueError, match="telephone number"):
        phone_number(text)
