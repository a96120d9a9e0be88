"""What every answer carries, so that a browser takes it for no more than it is."""

from flask import Response, request

HARDENING = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    # Pages say their own; nothing else is meant to be looked at.
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
}


def harden(response: Response) -> Response:
    """Add the headers that every answer carries; nothing that needs a token is ever cached."""
    told = {name.lower() for name, _ in response.headers}
    for name, value in HARDENING.items():
        if name.lower() not in told:
            response.headers.add(name, value)
    if "cache-control" not in told and (request.headers.get("Authorization") or request.cookies):
        response.headers.add("Cache-Control", "no-store")
    return response
