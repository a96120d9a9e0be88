"""Reading query strings and forms, as pairs: nothing is lost when a name is given twice."""

from urllib.parse import parse_qsl

from flask import request

from connector.dialect.body import read_bytes
from connector.errors import InvalidRequest, PayloadTooLarge
from connector.flows.authorise import is_sound

MAX_FORM = 16_384  # bytes
MAX_QUERY = 8_192  # bytes
MAX_FIELDS = 200
MAX_TEXT = 12_000  # characters

Pairs = list[tuple[str, str]]


def query_pairs() -> Pairs:
    """Return the parameters of the URL; raises `InvalidRequest` when there is too much of it."""
    return _pairs(request.query_string, MAX_QUERY)


def form_pairs() -> Pairs:
    """Return the parameters of a form; raises `PayloadTooLarge` and `InvalidRequest`."""
    body = read_bytes(request)
    if len(body) > MAX_FORM:
        raise PayloadTooLarge(f"A form has at most {MAX_FORM} bytes.")
    if body and request.mimetype != "application/x-www-form-urlencoded":
        raise InvalidRequest("Send a form, as application/x-www-form-urlencoded.")
    return _pairs(body, MAX_FORM)


def single(pairs: Pairs) -> dict[str, str]:
    """Return pairs by name; raises `InvalidRequest` for a name given twice and for odd values."""
    given = dict(pairs)
    if len(given) != len(pairs):
        raise InvalidRequest("A parameter is given more than once.")
    if not all(is_sound(name, value) for name, value in pairs):
        raise InvalidRequest("A parameter is too long or not readable.")
    return given


def texts(pairs: Pairs) -> dict[str, str]:
    """Return pairs by name, where people write in their own language.

    Raises `InvalidRequest` for a name given twice, and for a text that is too long or has NUL.
    """
    given = dict(pairs)
    if len(given) != len(pairs):
        raise InvalidRequest("A parameter is given more than once.")
    if any(len(value) > MAX_TEXT or "\0" in value for value in given.values()):
        raise InvalidRequest("A text is too long or not readable.")
    return given


def _pairs(raw: bytes, largest: int) -> Pairs:
    if len(raw) > largest:
        raise InvalidRequest("The address is too long.")
    try:
        text = raw.decode("ascii")
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError:
        raise InvalidRequest("The parameters cannot be read.") from None
