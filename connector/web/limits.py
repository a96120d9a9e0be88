"""How often one caller may ask.

Three rules, and for each of them a caller is told when to come back:

- *People.* Pages that anybody may open, and that begin something or take a secret, are counted by
  address, for all processes together.
- *Failures.* What machines send to the token endpoint and to Stora's door, and the tokens that they
  send to the API, are judged first. Only what is refused is counted, by address and for all
  processes together, and above the limit the refusal is 429. So nobody is kept out for what a
  neighbour at a builder's or proxy's address does wrong, and what is good costs no round trip.
- *Pace.* Everything else is counted in the memory of each process, under its token or its address.

Health checks and good webhooks are not counted at all.
"""

import hashlib
import math
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, NoReturn

from flask import Blueprint, Flask, Response, current_app, request
from flask_limiter import Limiter, RateLimitExceeded
from werkzeug.middleware.proxy_fix import ProxyFix

from connector import world
from connector.errors import TooManyRequests
from connector.settings import Settings
from connector.store.rates import Rate, Rates
from connector.web.api import StrictBlueprint
from connector.web.wsgi import Scope, environ_of

API_LIMIT = "1200/minute"
PAGES_LIMIT = "600/minute"

PEOPLE = Rate(120, 60)
FAILURES = Rate(60, 60)
PEOPLES_BLUEPRINTS = ("consent", "connect", "setup_page")
JUDGING = ("oauth.token", "oauth.revoke", "oauth.info", "mcp.converse")  # beside the API
AT_HOOKS = "hooks.receive_webhook"
MACHINES_ENDPOINTS = ("oauth.token", "oauth.revoke", AT_HOOKS)

IPV6_PREFIX = 64  # what one customer of a provider has at least (RFC 6177)


def table() -> list[tuple[str, str]]:
    """Return (what, how often) of each limit, for the papers."""
    return [
        ("requests with one token, in each web process", API_LIMIT),
        ("other requests of one address, in each web process", PAGES_LIMIT),
        ("requests of one address to pages that sign in, connect or authorise", _told(PEOPLE)),
        (
            "refused requests of one address to `/oauth2/token`, to `/oauth2/revoke`, and to "
            "`/hooks/stora/{id}`, each",
            _told(FAILURES),
        ),
        ("requests of one address with a token that is not good", _told(FAILURES)),
    ]


def _told(rate: Rate) -> str:
    return f"{rate.most}/minute, for all processes together"


def limit(app: Flask, settings: Settings, rates: Rates, *, exempt: tuple[Blueprint, ...]) -> None:
    """Limit all routes of `app`; those of the blueprints in `exempt` have no pace."""
    if not settings.rate_limits:
        return

    def count_people() -> None:
        if request.blueprint not in PEOPLES_BLUEPRINTS:
            return
        if wait_s := rates.hit(f"people {address()}", PEOPLE):
            too_many(wait_s)

    def count_failures(response: Response) -> Response:
        if request.endpoint in MACHINES_ENDPOINTS and 400 <= response.status_code < 500:
            wait_s = rates.hit(failing(request.endpoint, address()), FAILURES)
        elif response.status_code == 401 and brings_token():
            wait_s = rates.hit(f"token {address()}", FAILURES)
        else:
            return response
        return refused(wait_s) if wait_s else response

    app.before_request(count_people)
    app.after_request(count_failures)
    keep_pace(app, exempt)


def known_wait_s(rates: Rates, endpoint: str, scope: Scope, proxies: int) -> float:
    """Return for how long the caller's failures at `endpoint` are known here to be over the limit.

    0 where they are not. So many `proxies` in front of this server are believed (see factory).
    """
    if rates.quiet:
        return 0
    environ = environ_of(scope, b"")
    ProxyFix(_nothing, x_for=proxies)(environ, _nothing)
    return rates.over(failing(endpoint, group_of(environ["REMOTE_ADDR"])))


def failing(endpoint: str, caller: str) -> str:
    """Return what the failures of a caller at an endpoint are counted under."""
    return f"{endpoint} {caller}"


def _nothing(*_: object) -> Any:
    """Stand for the application where only the environ is wanted."""


def keep_pace(app: Flask, exempt: tuple[Blueprint, ...]) -> None:
    """Count in the memory of this process, one count for all routes."""

    def allowed() -> str:
        by_machine = brings_token() or request.blueprint == "oauth"
        return API_LIMIT if by_machine else PAGES_LIMIT

    limiter = Limiter(caller_key, app=app, application_limits=[allowed], storage_uri="memory://")
    for blueprint in exempt:
        limiter.exempt(blueprint)

    def exceeded(_error: RateLimitExceeded) -> Response:
        current = limiter.current_limit
        reset = current.reset_at if current else world.now_ms() / 1000 + 60
        return refused(reset - world.now_ms() / 1000)

    app.register_error_handler(RateLimitExceeded, exceeded)


def too_many(wait_s: float) -> NoReturn:
    """Raise `TooManyRequests` that says when to come back."""
    seconds = max(1, math.ceil(wait_s))
    raise TooManyRequests(
        f"Too many requests. Wait {seconds} seconds and try again.", retry_after=seconds
    )


def refused(wait_s: float) -> Response:
    """Return the same as an answer, where raising it would end as a 500."""
    try:
        too_many(wait_s)
    except TooManyRequests as error:
        return current_app.make_response(current_app.handle_user_exception(error))


# ---- who asks ----------------------------------------------------------------------------------


def brings_token() -> bool:
    """Whether the request brings credentials to a route that judges them.

    Anywhere else the header is only a way to seem another caller each time.
    """
    if "Authorization" not in request.headers or request.blueprint is None:
        return False
    of_api = isinstance(current_app.blueprints[request.blueprint], StrictBlueprint)
    return of_api or request.endpoint in JUDGING


def caller_key() -> str:
    """Return what a caller's pace is counted under: the token's hash, else the address."""
    if brings_token():
        header = request.headers["Authorization"]
        return hashlib.sha256(header.encode("utf-8", "replace")).hexdigest()
    return address()


def address() -> str:
    """Return where the request comes from, as far as proxies are believed (see factory)."""
    return group_of(request.remote_addr or "")


@lru_cache(maxsize=4096)
def group_of(text: str) -> str:
    """Return the address that counts as one caller: IPv4 alone, IPv6 with its whole /64.

    Some proxies write a port behind the address. What is no address stands for itself.
    """
    plain = text
    if text.startswith("["):
        plain = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        plain = text.partition(":")[0]
    try:
        ip = ip_address(plain.partition("%")[0])
    except ValueError:
        return text
    if not isinstance(ip, IPv6Address):
        return str(ip)
    if ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    return str(ip_network((ip, IPV6_PREFIX), strict=False))
