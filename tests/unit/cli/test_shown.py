"""Tables for people: aligned, and harmless whatever is in them."""

import pytest

from connector.cli.listen import line
from connector.cli.shown import plain, print_table


def test_columns_are_as_wide_as_their_widest_cell(capsys: pytest.CaptureFixture[str]) -> None:
    """Cells line up under their titles; nothing hangs over at the end of a line."""
    columns = {"id": lambda row: row[0], "a long title": lambda row: row[1]}
    print_table(columns, [("we_1", None), ("x", "two\nlines")], "")
    assert capsys.readouterr().out == "id    a long title\nwe_1\nx     two lines\n"


def test_without_rows_one_sentence_stands(capsys: pytest.CaptureFixture[str]) -> None:
    """An empty table is a sentence."""
    print_table({"id": lambda row: row}, [], "None yet.")
    assert capsys.readouterr().out == "None yet.\n"


def test_control_characters_are_replaced() -> None:
    """Escape sequences, right-to-left marks and the like do not reach the terminal."""
    assert plain("a\x1b[2J\x9b\u202eb\r\n\tc£…") == "a�[2J��b�\n\tc£…"


def test_what_a_workflow_answered_cannot_steer_the_terminal() -> None:
    """Control characters in a reason are replaced before a line is printed."""
    shown = line(
        {
            "created_at": "2025-02-22T14:41:00Z",
            "event": {"id": "evt_1", "type": "invoice.paid"},
            "endpoint": {"id": "we_1"},
            "status": "dead",
            "attempt_count": 2,
            "last_answer_status": 500,
            "reason": "\x1b]0;pwned\x07 \x9b2J",
        }
    )
    assert "�]0;pwned� �2J" in shown
    assert "2 attempts" in shown
