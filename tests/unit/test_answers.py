"""JSON as it is answered: compact, in UTF-8, and written whatever is in it."""

import json

import pytest

from connector.dialect.answers import written

TREE = {
    "text": 'é 😀 "\\/\b\f\n\r\t\x00\x1f\x7f\u2028',
    "numbers": [0, -1, 2**64 - 1, -(2**63), 1.5, -0.0, 0.1 + 0.2, 123_456_789.125],
    "more": {"yes": True, "no": False, "nothing": None, "empty": [{}, []], "pair": (1, 2)},
}


@pytest.mark.parametrize("beside", [None, 2**64, {1: "a", None: "b"}])
def test_it_is_compact_and_the_same_however_it_is_written(beside: object) -> None:
    """What the fast writer refuses changes nothing else of a body."""
    told = json.dumps([TREE, beside], ensure_ascii=False, separators=(",", ":"))
    assert written([TREE, beside]) == told.encode()


def test_half_a_pair_becomes_a_question_mark() -> None:
    """No encoding has it, and one bad text of somebody's must not make the rest unreadable."""
    assert (
        written({"name": "a\ud83d", "city": "Zürich"}) == '{"name":"a?","city":"Zürich"}'.encode()
    )
