"""The sandbox's own side of the dialect: Stora's links in errors, Stora's curies in `meta`."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Response

from connector.catalogue import API_VERSION, CURIES
from connector.dialect import answers
from connector.errors import UnitwireError
from connector.sandbox.state import Document

LINKS = (
    {
        "kind": "open_api",
        "name": "OpenAPI specification",
        "url": f"https://public-api.stora.co/{API_VERSION}/openapi.json",
    },
    {
        "kind": "documentation",
        "name": "Errors",
        "url": "https://docs.stora.co/public-api#overview--errors",
    },
)


def one(name: str, document: Document, status: int = 200) -> Response:
    """Return one object in its envelope."""
    return answers.answer({name: document, "meta": _meta()}, status)


def page_of(
    name: str,
    documents: Sequence[Document],
    page: int,
    limit: int,
    show: Callable[[Document], Document],
) -> Response:
    """Return one page of `documents`, each as `show` shows it, in the list envelope.

    (Stora page: guides/responses.)
    """
    shown = [show(document) for document in documents[(page - 1) * limit : page * limit]]
    pagination = answers.pagination(len(documents), page, limit)
    return answers.answer({name: shown, "meta": _meta() | {"pagination": pagination}})


def success(message: str, meta: Document) -> Response:
    """Return the answer that is no object (Stora pages: units/overlock, delete-a-line-item)."""
    return answers.answer({"success": {"message": message}, "meta": _meta() | meta})


def problem(error: UnitwireError) -> Response:
    """Return `error` in Stora's error object."""
    return answers.problem(error, LINKS)


def _meta() -> dict[str, Any]:
    return {"request_id": answers.request_id(), "curies": list(CURIES)}
