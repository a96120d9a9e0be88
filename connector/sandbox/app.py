"""The sandbox put together: a Flask app and, beside it, the threads that deliver."""

from collections.abc import Sequence
from pathlib import Path
from typing import cast

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from connector.dialect.answers import translate
from connector.errors import Internal, UnitwireError
from connector.sandbox import authorize, backoffice, control, oauth, seeds, webhook_endpoints
from connector.sandbox.access import Access
from connector.sandbox.answers import problem
from connector.sandbox.business import routes
from connector.sandbox.business.seeds import plant
from connector.sandbox.deliver import Deliverer
from connector.sandbox.faults import Faults
from connector.sandbox.gate import Gate
from connector.sandbox.limits import PER_MINUTE, PER_SECOND, Limits
from connector.sandbox.seeds import Operator, Partner
from connector.sandbox.state import State


class Sandbox(Flask):
    """The app; start and stop its `deliverer`, turn its `faults`."""

    state: State
    access: Access
    limits: Limits
    faults: Faults
    gate: Gate
    deliverer: Deliverer


def create_sandbox(
    *,
    state: str | Path = ":memory:",
    operators: Sequence[Operator] = (),
    partner: Partner | None = None,
    limits: bool = True,
    per_second: int = PER_SECOND,
    per_minute: int = PER_MINUTE,
    speed: float = 1.0,
    token_s: int = 7200,
    code_s: int = 600,
    timeout_s: float = 10.0,
    allow_http_loopback: bool = False,
) -> Sandbox:
    """Return a stand-in for Stora's API.

    `state` is a file that keeps everything, or `:memory:`. `operators` and `partner` are who is
    there at first; by default two operators with tokens made by chance. `speed` divides the waits
    between retries of a delivery. Times are in seconds: life of access tokens and of codes, and
    how long a delivery may take. `allow_http_loopback` accepts `http://` URLs on loopback.

    Nothing is delivered until `deliverer.start()`.
    """
    sandbox = Sandbox(__name__)
    sandbox.state = State(state)
    sandbox.access = Access(sandbox.state, token_s=token_s, code_s=code_s)
    sandbox.limits = Limits(per_second, per_minute, on=limits)
    sandbox.faults = Faults()
    sandbox.gate = Gate(sandbox.state, sandbox.access, sandbox.limits, sandbox.faults)
    sandbox.deliverer = Deliverer(sandbox.state, speed=speed, timeout_s=timeout_s)
    seeds.plant(sandbox.access, operators or seeds.two_operators(), partner or Partner())
    plant(sandbox.state)
    sandbox.gate.watch(sandbox)
    sandbox.register_blueprint(authorize.blueprint(sandbox.access, sandbox.gate))
    sandbox.register_blueprint(oauth.blueprint(sandbox.access, sandbox.gate))
    sandbox.register_blueprint(
        webhook_endpoints.blueprint(
            sandbox.state,
            sandbox.access,
            sandbox.gate,
            allow_http_loopback=allow_http_loopback,
        )
    )
    sandbox.register_blueprint(routes.blueprint(sandbox.access, sandbox.gate))
    sandbox.register_blueprint(control.blueprint(sandbox.access, sandbox.gate))
    sandbox.register_blueprint(backoffice.blueprint(sandbox.access, sandbox.gate))
    _register_errors(sandbox)

    @sandbox.after_request
    def ring(response: Response) -> Response:
        if request.method != "GET":
            sandbox.deliverer.ring()
        return response

    return sandbox


def _register_errors(sandbox: Sandbox) -> None:
    sandbox.register_error_handler(UnitwireError, lambda error: problem(cast(UnitwireError, error)))
    sandbox.register_error_handler(
        HTTPException, lambda error: problem(translate(cast(HTTPException, error)))
    )

    @sandbox.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        sandbox.logger.exception("The sandbox failed", exc_info=error)
        return problem(Internal())
