"""Documents as PDF: signed contracts, invoices, credit notes (Stora page: guides/responses)."""

import re
from typing import Final

from connector.catalogue.actions.row import (
    PDF,
    Action,
    Call,
    Document,
    File,
    Outcome,
    Story,
    curies_in,
    document_in,
    many,
    output_of_many,
)
from connector.catalogue.describe import Field
from connector.catalogue.forms import Values, form
from connector.catalogue.inputs import ObjectId
from connector.catalogue.places import PLACES
from connector.catalogue.wording import words_of
from connector.errors import Conflict, NotFound, StoraUnavailable

_EXAMPLE: Final = {"name": "ABC-361.pdf", "content_type": PDF, "content": "JVBERi0xLjcK"}
_FILE: Final = (
    Field("name", "File name", "text", "What the file is called.", _EXAMPLE["name"]),
    Field("content_type", "Content type", "text", "What kind of file it is.", PDF),
    Field("content", "Content", "text", "The file in base64.", _EXAMPLE["content"]),
)
_FILES: Final = Field("files", "Files", "list", "The PDF.", [_EXAMPLE], item="file", children=_FILE)


def _pdf(resource: str, named_by: str, help: str) -> Action:
    """Return the search for the PDF of a `resource`; the file is called by its field `named_by`."""
    place, key = PLACES[resource], f"{resource}_id"

    def story(values: Values) -> Story:
        path = f"{place.path}/{values[key]}"
        try:
            reply = yield Call("GET", path, sees=(NotFound,))
        except NotFound:
            return many(resource, [])
        document = document_in(reply, place)
        if resource == "contract" and document.get("status") != "signed":
            raise Conflict("The contract is not signed, so there is no PDF of it.")
        pdf = yield Call("GET", path, accept=PDF)
        if not pdf.content:
            raise StoraUnavailable("Stora did not send the file. Try again.")
        shown = many(resource, [document], curies_in(reply))
        file = File(f"{_file_name(document, named_by)}.pdf", PDF, pdf.content)
        return Outcome(shown.body, shown.curies, (file,))

    return Action(
        key=f"get_{resource}_pdf",
        kind="search",
        help=help,
        input=form(**{key: ObjectId(resource, f"The {words_of(resource)}.", required=True)}),
        output=output_of_many(resource, _FILES),
        story=story,
        repeat="read",
        scopes=(place.scope("read"),),
        resource=resource,
    )


def _file_name(document: Document, key: str) -> str:
    """Return a name that every file system takes: words, digits, spaces, dots, hyphens."""
    name = re.sub(r"[^\w .-]+", "-", str(document.get(key) or ""))[:100].strip(" .-")
    return name or str(document.get("id"))


ROWS: Final = (
    _pdf("contract", "name", "Gets a signed contract as a PDF file."),
    _pdf("invoice", "number", "Gets an invoice as a PDF file."),
    _pdf("credit_note", "number", "Gets a credit note as a PDF file."),
)
