"""Every failure leaves in the one error shape, and none tells what is inside.

An error of ours says its own status and text; what Flask refuses is translated; a database that
is away or full is 503; anything else is a fault of this program: logged whole, answered as 500
with the request id that finds it in the log.
"""

import structlog
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from connector.dialect.answers import problem, request_id, translate
from connector.errors import Internal, NeedsReauth, Retry, Unavailable, UnitwireError
from connector.store.db import is_unavailable

log = structlog.get_logger()

LATER_S = 5  # when nobody knows better


def register(app: Flask, origin: str) -> None:
    """Answer all failures of `app` in the one error shape."""
    links = (
        {"kind": "open_api", "name": "OpenAPI specification", "url": f"{origin}/openapi.json"},
        {"kind": "documentation", "name": "Errors", "url": f"{origin}/errors"},
    )
    mend = {"kind": "connect", "name": "Connect Stora again", "url": f"{origin}/connect"}

    def ours(error: UnitwireError) -> Response:
        if isinstance(error, Retry) and error.status in (429, 503):
            error.headers.setdefault("Retry-After", str(LATER_S))
        return problem(error, (*links, mend) if isinstance(error, NeedsReauth) else links)

    def refused(error: HTTPException) -> Response:
        return problem(translate(error), links)

    def unexpected(error: Exception) -> Response:
        return problem(logged(error), links)

    app.register_error_handler(UnitwireError, ours)
    app.register_error_handler(HTTPException, refused)
    app.register_error_handler(Exception, unexpected)


def logged(error: Exception) -> UnitwireError:
    """Return what callers are told of an error that nobody foresaw, and log what it was."""
    if is_unavailable(error):
        log.error("database_unavailable", path=request.path, problem=type(error).__name__)
        return Unavailable(retry_after=LATER_S)
    log.error("unexpected_error", path=request.path, request_id=request_id(), exc_info=error)
    return Internal()
