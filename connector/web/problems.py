"""Every failure leaves in the one error shape, and none tells what is inside.

An error of ours says its own status and text; what Flask refuses is translated; a database that
is away or full is 503; anything else is a fault of this program: logged whole, answered as 500
with the request id that finds it in the log. A browser that looks for a page is told with a page.
"""

import structlog
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, NotFound

from connector.dialect.answers import problem, request_id, translate
from connector.errors import Internal, NeedsReauth, Retry, Unavailable, UnitwireError
from connector.store.db import is_unavailable
from connector.web.api import PREFIX
from connector.web.pages import page

log = structlog.get_logger()

LATER_S = 5  # when nobody knows better


def links_of(origin: str) -> tuple[dict[str, str], ...]:
    """Return the links that stand in every error: where the contract and the errors are told."""
    return (
        {"kind": "open_api", "name": "OpenAPI specification", "url": f"{origin}/openapi.json"},
        {"kind": "documentation", "name": "Errors", "url": f"{origin}/errors"},
    )


def register(app: Flask, origin: str) -> None:
    """Answer all failures of `app` in the one error shape."""
    links = links_of(origin)
    mend = {"kind": "connect", "name": "Connect Stora again", "url": f"{origin}/connect"}

    def ours(error: UnitwireError) -> Response:
        if isinstance(error, Retry) and error.status in (429, 503):
            error.headers.setdefault("Retry-After", str(LATER_S))
        return problem(error, (*links, mend) if isinstance(error, NeedsReauth) else links)

    def refused(error: HTTPException) -> Response:
        if isinstance(error, NotFound) and is_for_a_person():
            return page(
                "message.html",
                404,
                title="There is no such page",
                text="Look for a slip in the address, or begin at the first page.",
                back="/",
                deed="First page",
            )
        return problem(translate(error), links)

    def unexpected(error: Exception) -> Response:
        return problem(logged(error), links)

    app.register_error_handler(UnitwireError, ours)
    app.register_error_handler(HTTPException, refused)
    app.register_error_handler(Exception, unexpected)


def is_for_a_person() -> bool:
    """Whether a browser looks for a page, outside of the API: only it puts HTML before JSON."""
    if request.path.startswith(f"{PREFIX}/"):
        return False
    return request.accept_mimetypes.best_match(("application/json", "text/html")) == "text/html"


def logged(error: Exception) -> UnitwireError:
    """Return what callers are told of an error that nobody foresaw, and log what it was."""
    if is_unavailable(error):
        log.error("database_unavailable", path=request.path, problem=type(error).__name__)
        return Unavailable(retry_after=LATER_S)
    log.error("unexpected_error", path=request.path, request_id=request_id(), exc_info=error)
    return Internal()
