"""How often one caller may ask.

Stora's webhooks are not counted: they are signed, or refused at little cost.
Callers of the API are told apart by their token, everybody else by their address. The counters
live in the process; several web processes each grant the limit.
"""

import hashlib
import math

from flask import Blueprint, Flask, Response, request
from flask_limiter import Limiter, RateLimitExceeded
from flask_limiter.util import get_remote_address

from connector import world
from connector.errors import TooManyRequests
from connector.settings import Settings

API_LIMIT = "1200/minute"
OAUTH_LIMIT = "120/minute"
PEOPLE_LIMIT = "600/minute"


def caller_key() -> str:
    """Return what a caller is counted under: the token's hash, else the address."""
    header = request.headers.get("Authorization")
    if header:
        return hashlib.sha256(header.encode("utf-8", "replace")).hexdigest()
    return get_remote_address()


def limit(app: Flask, settings: Settings, *, exempt: tuple[Blueprint, ...]) -> None:
    """Limit all routes of `app` but those of the blueprints in `exempt`."""

    def allowed() -> str:
        if request.path.startswith("/oauth2/"):
            return OAUTH_LIMIT
        return API_LIMIT if request.headers.get("Authorization") else PEOPLE_LIMIT

    limiter = Limiter(
        caller_key,
        app=app,
        application_limits=[allowed],
        storage_uri="memory://",
        enabled=settings.rate_limits,
    )
    for blueprint in exempt:
        limiter.exempt(blueprint)

    def exceeded(_error: RateLimitExceeded) -> Response:
        current = limiter.current_limit
        reset = current.reset_at if current else world.now_ms() / 1000 + 60
        wait_s = max(1, math.ceil(reset - world.now_ms() / 1000))
        # An error raised inside an error handler would end as a 500: it is answered, not raised.
        refused = TooManyRequests(
            f"Too many requests. Wait {wait_s} seconds and try again.", retry_after=wait_s
        )
        return app.make_response(app.handle_user_exception(refused))

    app.register_error_handler(RateLimitExceeded, exceeded)
