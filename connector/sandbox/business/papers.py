"""What Stora gives as PDF: signed contracts, invoices, credit notes.

One page of plain text, written by hand after ISO 32000-1: five objects, a table of where each
begins, and where that table is.
"""

from collections.abc import Sequence
from typing import Final

from connector.sandbox.business.books import Books
from connector.sandbox.state import Document

PAPERS: Final = ("contract", "invoice", "credit_note")

_HEAD: Final = b"%PDF-1.4\n"
_PAGE: Final = (
    b"<< /Type /Catalog /Pages 2 0 R >>",
    b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R"
    b" /Resources << /Font << /F1 4 0 R >> >> >>",
    b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
)


def has_paper(kind: str, document: Document) -> bool:
    """Say whether there is a PDF: of a contract only when it is signed."""
    return kind in PAPERS and (kind != "contract" or document["status"] == "signed")


def paper(books: Books, kind: str, document: Document) -> bytes:
    """Return a contract, an invoice or a credit note as a PDF file."""
    contact = books.find("contact", document["contact"]["id"]) or {}
    customer = f"Customer: {contact.get('full_name')}"
    if kind == "contract":
        return pdf([document["name"], customer, f"Signed: {document['signed_at']}"])
    title = f"{kind.replace('_', ' ').capitalize()} {document['number'] or '(draft)'}"
    lines = [
        f"{line['quantity']} x {line['description']}: {line['price']['formatted']}"
        for line in document["line_items"]
    ]
    return pdf([title, customer, *lines, f"Total: {document['total']['formatted']}"])


def pdf(lines: Sequence[str]) -> bytes:
    """Return a page with these lines of text, as far as the page's font has the characters."""
    shown = b"".join(b"(%s) Tj T*\n" % _escaped(line) for line in lines)
    stream = b"BT /F1 12 Tf 16 TL 72 770 Td\n" + shown + b"ET"
    contents = b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream)
    file, places = _HEAD, []
    for number, inner in enumerate((*_PAGE, contents), 1):
        places.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, inner)
    count = len(places) + 1
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        file
        + b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, table)
        + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, len(file))
    )


def _escaped(line: str) -> bytes:
    """Return a line as a literal string has it (ISO 32000-1 section 7.3.4.2)."""
    text = line.encode("cp1252", errors="replace")
    for character in (b"\\", b"(", b")"):
        text = text.replace(character, b"\\" + character)
    return text.replace(b"\r", b" ").replace(b"\n", b" ")
