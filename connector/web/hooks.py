"""Where Stora delivers: POST /hooks/stora/{id}. Only a valid signature gets a 2xx.

Two ways lead to the same flow. The gate stands in front of Flask: it takes in what is good, on the
event loop and many at once, and leaves whatever else comes to the route, which says what is wrong
with it. Hand-overs between threads were most of a webhook's cost.
Who has been refused too often is refused by the gate too, as long as what comes is not good: a
flood of forgeries costs no thread.
"""

from functools import partial

from flask import Blueprint, Response, request

from connector.dialect.answers import JSON_TYPE, answer, request_id
from connector.dialect.body import read_bytes
from connector.errors import Unavailable, UnitwireError
from connector.flows.parts import Parts
from connector.flows.receive import USUAL_BODY, admit, receive, tell_kept, tell_refused
from connector.stora.signature import HEADER
from connector.store.db import is_unavailable
from connector.store.ledger.together import Together
from connector.web.api import parts
from connector.web.hardening import HARDENING
from connector.web.limits import AT_HOOKS, address, failing, known_wait_s, too_many
from connector.web.problems import LATER_S
from connector.web.wsgi import Answer, Scope
from connector.world import new_request_id, now_ms

PATH = "/hooks/stora/"
SIGNATURE = HEADER.lower().encode()
HEADERS = [
    (b"content-type", JSON_TYPE.encode()),
    *((name.lower().encode(), value.encode()) for name, value in HARDENING.items()),
]

hooks = Blueprint("hooks", __name__)


@hooks.post(f"{PATH}<endpoint_id>")
def receive_webhook(endpoint_id: str) -> Response:
    """Take in one webhook; the raw bytes are read before anything looks at them."""
    body = read_bytes(request, parts().settings.max_body_bytes)
    noted = not parts().rates.over(failing(AT_HOOKS, address()))
    receive(parts(), endpoint_id, request.headers.get(HEADER), body, noted=noted)
    return answer({"received": True, "meta": {"request_id": request_id()}})


class Gate:
    """Takes in good webhooks for `parts` in front of Flask, on the event loop."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._together = Together(parts.store, partial(tell_kept, parts))

    async def __call__(self, scope: Scope, body: bytes) -> Answer | None:
        """Return the answer to a webhook that is good and durable, None for all else.

        Raises TooManyRequests for one that is not good from a caller who is over the limit, and
        Unavailable when the database is: nothing was kept then, and Stora tries again.
        """
        endpoint_id = str(scope["path"]).removeprefix(PATH)
        if (
            scope["method"] != "POST"
            or endpoint_id == scope["path"]
            or "/" in endpoint_id
            or len(body) > USUAL_BODY
        ):
            return None
        signature = b",".join([value for name, value in scope["headers"] if name == SIGNATURE])
        try:
            hook = await self._together.find_hook(endpoint_id)
            await self._together.record(admit(self._parts, hook, signature, body, now_ms()))
        except Unavailable:
            raise
        except UnitwireError as refused:
            self._refuse_at_once(scope, refused)
            return None
        except Exception as error:
            if is_unavailable(error):
                raise Unavailable(retry_after=LATER_S) from error
            return None
        return taken_in()

    def _refuse_at_once(self, scope: Scope, refused: UnitwireError) -> None:
        proxies = self._parts.settings.trusted_proxies
        if wait_s := known_wait_s(self._parts.rates, AT_HOOKS, scope, proxies):
            tell_refused(refused)
            too_many(wait_s)


def taken_in() -> Answer:
    """Return the answer to a webhook that is durable."""
    body = b'{"received":true,"meta":{"request_id":"%s"}}' % new_request_id().encode()
    return Answer(200, [(b"content-length", b"%d" % len(body)), *HEADERS], body)
