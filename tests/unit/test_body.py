"""Strict JSON: what two readers could read differently is refused, and what is too deep."""

import pytest

from connector.dialect.body import MAX_DEPTH, parse_json
from connector.errors import InvalidRequest


def nested(depth: int) -> bytes:
    """Return lists and objects in one another, by turns."""
    pairs = [(b'{"a":', b"}") if level % 2 else (b"[1,", b"]") for level in range(depth - 1)]
    return b"".join(a for a, _ in pairs) + b"[]" + b"".join(b for _, b in reversed(pairs))


def test_json_may_be_nested_a_hundred_times() -> None:
    """A hundred lists and objects in one another are read, one more is refused."""
    assert parse_json(nested(MAX_DEPTH))
    with pytest.raises(InvalidRequest, match="nested too deeply"):
        parse_json(nested(MAX_DEPTH + 1))


@pytest.mark.parametrize("body", [b"1", b'"a"', b"null", b"[]", b"{}", b" 1.5 "])
def test_any_value_is_json(body: bytes) -> None:
    """A body may be any value, not only an object."""
    parse_json(body)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "Expecting value at character 0"),
        (b"{", "Expecting property name"),
        (b'{"a":1,"a":2}', "same key twice"),
        (b'[{"b":{"a":1,"a":1}}]', "same key twice"),
        (b"NaN", "NaN is not a JSON number"),
        (b"[-Infinity]", "-Infinity is not a JSON number"),
        (b"1e400", "too large"),
        (b"9" * 4301, "too long"),
        (b"\xff", "not UTF-8"),
        ('{"a":1}'.encode("utf-16"), "not UTF-8"),
        (b"\xef\xbb\xbf{}", "not valid JSON"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_all_else_is_refused(body: bytes, why: str) -> None:
    """Each fault is named."""
    with pytest.raises(InvalidRequest, match=why):
        parse_json(body)
