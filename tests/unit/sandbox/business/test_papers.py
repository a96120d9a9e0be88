"""Contracts, invoices and credit notes as PDF files."""

import re

import pytest

from connector.sandbox.business.papers import pdf

PDF = {"Accept": "application/pdf"}


def texts(file: bytes) -> list[str]:
    """Read a PDF file as a reader does: from its end to its table to its objects; its lines."""
    assert file.startswith(b"%PDF-1.")
    assert file.endswith(b"%%EOF\n")
    table = int(re.search(rb"startxref\n(\d+)\n", file)[1])
    head, count = re.match(rb"xref\n0 (\d+)\n", file[table:]), 0
    rows = file[table + len(head[0]) :].splitlines(keepends=True)
    for count, row in enumerate(rows[: int(head[1])]):
        assert len(row) == 20
        if count:
            assert file[int(row[:10]) :].startswith(b"%d 0 obj\n" % count)
    assert b"/Size %d " % (count + 1) in file
    length = int(re.search(rb"/Length (\d+)", file)[1])
    stream = file[file.index(b"stream\n") + 7 :][:length]
    assert file[file.index(b"stream\n") + 7 + length :].startswith(b"\nendstream")
    lines = re.findall(rb"\(((?:\\.|[^\\)])*)\) Tj", stream)
    return [re.sub(rb"\\(.)", rb"\1", line).decode("cp1252") for line in lines]


@pytest.mark.parametrize(
    ("path", "kind", "values"),
    [
        ("/contracts", "contract", {"status": "signed"}),
        ("/invoices", "invoice", {"status": "paid"}),
        ("/invoices", "invoice", {"status": "draft"}),
        ("/credit_notes", "credit_note", {}),
    ],
)
def test_papers_are_pdf_files_when_asked(still, path, kind, values):
    """Of what is in the document; without asking it is JSON."""
    document = still.one(kind, **values)
    response = still.call("GET", f"{path}/{document['id']}", **PDF)
    assert response.status_code == 200
    assert response.content_type == "application/pdf"
    lines = texts(response.data)
    customer = still.get("contact", document["contact"]["id"])["full_name"]
    assert f"Customer: {customer}" in lines
    if kind == "contract":
        assert lines[0] == document["name"]
    else:
        assert str(document["number"] or "draft") in lines[0]
        assert lines[-1] == f"Total: {document['total']['formatted']}"
    for accept in ("*/*", "application/json", "application/json, application/pdf;q=0.5"):
        response = still.call("GET", f"{path}/{document['id']}", Accept=accept)
        assert response.json[kind] == document


@pytest.mark.parametrize(
    ("path", "kind", "values"),
    [
        ("/contracts", "contract", {"status": "pending"}),
        ("/units", "unit", {}),
        ("/contacts", "contact", {}),
    ],
)
def test_other_things_are_no_papers(still, path, kind, values):
    """406; a contract only when it is signed."""
    document = still.one(kind, **values)
    error = still.refused_with(f"{path}/{document['id']}", 406, **PDF)
    assert error["code"] == "invalid_format"


def test_a_list_is_no_paper(still):
    """406."""
    still.refused_with("/invoices", 406, **PDF)


def test_any_text_can_be_printed():
    """Brackets, backslashes, line breaks, characters that the font does not have."""
    lines = ["(a) \\ b)", "one\r\ntwo", "£5 – Zoë", "日本 \ud800"]
    assert texts(pdf(lines)) == ["(a) \\ b)", "one  two", "£5 – Zoë", "?? ?"]


def test_an_invoice_of_nobody(shop):
    """The customer may have been deleted."""
    invoice = shop.one("invoice")
    shop.sandbox.state.delete("harbour", "contact", invoice["contact"]["id"])
    response = shop.call("GET", f"/invoices/{invoice['id']}", **PDF)
    assert texts(response.data)[1] == "Customer: None"
