"""Stories about files: what they are called, and when there is none."""

from typing import Any

import pytest
from story_stage import Stora, shown, tell

from connector.catalogue.actions.row import PDF, File, Reply
from connector.catalogue.samples import resource_sample
from connector.errors import Conflict, StoraUnavailable


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("ABC-361", "ABC-361.pdf"),
        ("../../etc/passwd", "etc-passwd.pdf"),
        ('A"\r\nSet-Cookie: x', "A-Set-Cookie- x.pdf"),
        ("Zoë 7", "Zoë 7.pdf"),
        ("a" * 200, "a" * 100 + ".pdf"),
        ("///", "inv_1.pdf"),
        (None, "inv_1.pdf"),
    ],
)
def test_a_file_has_a_harmless_name(number: Any, name: str) -> None:
    """The number on the invoice names the file, without anything that a path or header could be."""
    invoice = resource_sample("invoice") | {"id": "inv_1", "number": number}
    stora = Stora(lambda call: None if call.accept == PDF else shown("invoice", invoice))
    outcome = tell(stora, "get_invoice_pdf", invoice_id="inv_1")
    assert outcome.files == (File(name, "application/pdf", b"%PDF-1.7\n"),)
    assert outcome.answer["files"] == [
        {"name": name, "content_type": "application/pdf", "content": "JVBERi0xLjcK"}
    ]


def test_a_contract_has_a_file_once_it_is_signed() -> None:
    """Asking for an unsigned one is told in words, and Stora is not asked for the file."""
    pending = resource_sample("contract") | {"status": "pending"}
    stora = Stora(lambda call: shown("contract", pending))
    with pytest.raises(Conflict, match="not signed"):
        tell(stora, "get_contract_pdf", contract_id="ctr_1")
    assert len(stora.calls) == 1


def test_a_file_that_does_not_come_is_told() -> None:
    """An answer without a file is not handed on as an empty one."""
    stora = Stora(lambda call: Reply(200) if call.accept == PDF else None)
    with pytest.raises(StoraUnavailable, match="file"):
        tell(stora, "get_invoice_pdf", invoice_id="inv_1")
