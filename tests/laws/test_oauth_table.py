"""The list of what OAuth's standards demand names tests that exist."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
ROW = re.compile(r"\| (\d{4}) \| [^|]+ \| [^|]+ \| (`test_\w+`(?:, `test_\w+`)*) \|")
STANDARDS = {"6749", "7636", "7009", "8414", "9207", "9700"}


def rows() -> list[tuple[str, list[str]]]:
    """Return the standard and the tests of each row of the list in docs/oauth.md."""
    text = (ROOT / "docs" / "oauth.md").read_text()
    return [(rfc, re.findall(r"test_\w+", names)) for rfc, names in ROW.findall(text)]


def test_every_named_test_exists() -> None:
    """No row of the list names a test that is not there."""
    code = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    defined = set(re.findall(r"def (test_\w+)\(", code))
    assert [name for _, names in rows() for name in names if name not in defined] == []


def test_every_standard_has_rows() -> None:
    """All six standards that a provider follows are on the list, and no row is misread."""
    assert {rfc for rfc, _ in rows()} >= STANDARDS
    text = (ROOT / "docs" / "oauth.md").read_text()
    assert len(rows()) == len(re.findall(r"^\| \d{4} \|", text, re.MULTILINE))
