"""What people type, turned into what Stora takes: moments, sums of money, telephone numbers.

Pure functions. Each raises ValueError, whose text says to the person who builds the workflow what
the value has to look like. None of them guesses: not a time zone, not a currency, not a country.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

MAX_MINOR_UNITS: Final = 2**53 - 1  # up to here every JSON reader keeps whole numbers exact

# ---- moments -----------------------------------------------------------------------------------

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2})(:[0-9]{2})?(?:\.[0-9]{1,9})?"
    r"([Zz]|[+-][0-9]{2}:?[0-9]{2})?"
)


def utc(text: str, *, time_of_date: str) -> str:
    """Return a moment in Stora's form: ISO 8601 in UTC, whole seconds, `Z`.

    Any offset is taken; fractions of a second are cut off. A date alone stands for
    `time_of_date` (`HH:MM:SS`, UTC) on that day.
    Raises ValueError for a time without an offset, since nobody can know where it was meant.
    """
    text = text.strip()
    if _DATE.fullmatch(text):
        return _moment(f"{text}T{time_of_date}+00:00")
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise ValueError("Must be a date, or a date and time such as 2025-02-22T14:41:00Z.")
    date, minutes, seconds, offset = found.groups()
    if offset is None:
        raise ValueError("Must say its time zone: end it with Z for UTC, or with +01:00 or so.")
    return _moment(f"{date}T{minutes}{seconds or ':00'}{offset.upper().replace('Z', '+00:00')}")


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("There is no such date or time.") from None
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


# ---- money -------------------------------------------------------------------------------------

# How many decimals a currency has where it is not two (ISO 4217, list one).
_DECIMALS: Final[Mapping[int, str]] = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN "
    "BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP "
    "GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP "
    "LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR "
    "NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN "
    "SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR "
    "ZMW ZWG",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
CURRENCIES: Final[Mapping[str, int]] = {
    code: decimals for decimals, codes in _DECIMALS.items() for code in codes.split()
}
_SUM: Final = re.compile(r"[0-9]{1,15}(\.[0-9]{1,6})?")


def decimal_of(value: object) -> Decimal:
    """Return a sum written as text (`"49.99"`) or as a number (49.99), exactly as it is written.

    Raises ValueError for what is negative, no number, or could be read in two ways.
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # 50.0 is how some programs write 50; it says nothing about decimals
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("Must be a sum such as 49.99.")
    text = str(value).strip()
    if not _SUM.fullmatch(text):
        raise ValueError(
            "Must be a sum such as 49.99: digits and at most one point, without a sign, "
            "a currency or separators between thousands."
        )
    return Decimal(text)


def minor_units(amount: Decimal, currency: str) -> int:
    """Return `amount` in the smallest unit of `currency`, a key of CURRENCIES: 49.99 GBP is 4999.

    Raises ValueError when it has more decimals than the currency, or is too large.
    """
    decimals = CURRENCIES[currency]
    written = -int(amount.as_tuple().exponent)
    if written > decimals:
        most = f"at most {decimals} decimals" if decimals else "no decimals"
        raise ValueError(f"Must have {most}: the currency is {currency}.")
    units = int(amount.scaleb(decimals))
    if units > MAX_MINOR_UNITS:
        raise ValueError("Must be a smaller sum.")
    return units


def decimal_text(units: int, currency: str) -> str:
    """Return a sum in smallest units as text: 4999 GBP is `49.99`; an unknown currency has two."""
    decimals = CURRENCIES.get(currency, 2)
    return f"{Decimal(units).scaleb(-decimals):f}"


# ---- telephone numbers -------------------------------------------------------------------------

_TRUNK_ZERO: Final = re.compile(r"^(\+[0-9]{1,3})\(0\)")  # +44 (0)7700 …, the 0 is for locals
_PHONE: Final = re.compile(r"\+?[0-9]{3,15}")  # E.164 has 15 digits at most


def phone_number(text: str) -> str:
    """Return a telephone number without what people put between the digits, `00` as `+`.

    A number without its country stays without it.
    Raises ValueError when it is no number after that.
    """
    bare = re.sub(r"[ \t./\u00a0\u2010-\u2013-]", "", text)
    bare = re.sub(r"^00", "+", bare)
    bare = _TRUNK_ZERO.sub(r"\1", bare).replace("(", "").replace(")", "")
    if not _PHONE.fullmatch(bare):
        raise ValueError("Must be a telephone number, such as +44 7700 900123.")
    return bare
