"""Where Stora delivers: POST /hooks/stora/{id}. Only a valid signature gets a 2xx.

Two ways lead to the same flow. The gate stands in front of Flask: it takes in what is good, and
leaves whatever else comes to the route, which says what is wrong with it. With SQLite the gate
takes no thread either: hand-overs between threads were most of a webhook's cost.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from flask import Blueprint, Response, request

from connector.dialect.answers import answer, request_id
from connector.dialect.body import read_bytes
from connector.errors import Unavailable
from connector.flows.parts import Parts
from connector.flows.receive import USUAL_BODY, admit, keep, receive, tell_kept
from connector.stora.signature import HEADER
from connector.store.db import is_unavailable
from connector.store.ledger.together import Together
from connector.web.api import parts
from connector.web.hardening import HARDENING
from connector.web.limits import is_over
from connector.web.problems import LATER_S
from connector.web.wsgi import Answer, Scope
from connector.world import new_request_id, now_ms

PATH = "/hooks/stora/"
SIGNATURE = HEADER.lower().encode()
HEADERS = [
    (b"content-type", b"application/json; charset=utf-8"),
    *((name.lower().encode(), value.encode()) for name, value in HARDENING.items()),
]

hooks = Blueprint("hooks", __name__)


@hooks.post(f"{PATH}<endpoint_id>")
def receive_webhook(endpoint_id: str) -> Response:
    """Take in one webhook; the raw bytes are read before anything looks at them."""
    body = read_bytes(request, parts().settings.max_body_bytes)
    receive(parts(), endpoint_id, request.headers.get(HEADER), body, noted=not is_over())
    return answer({"received": True, "meta": {"request_id": request_id()}})


class Gate:
    """Takes in good webhooks for `parts` in front of Flask, on the event loop."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._together = Together(parts.store, partial(tell_kept, parts))
        self._pool = ThreadPoolExecutor(parts.settings.web_threads, thread_name_prefix="gate")

    async def __call__(self, scope: Scope, body: bytes) -> Answer | None:
        """Return the answer to a webhook that is good and durable, None for all else.

        Raises Unavailable when the database is: nothing was kept then, and Stora tries again.
        """
        endpoint_id = str(scope["path"]).removeprefix(PATH)
        if (
            scope["method"] != "POST"
            or endpoint_id == scope["path"]
            or "/" in endpoint_id
            or len(body) > USUAL_BODY
        ):
            return None
        signature = b",".join(value for name, value in scope["headers"] if name == SIGNATURE)
        try:
            await self._take_in(endpoint_id, signature, body)
        except Unavailable:
            raise
        except Exception as error:
            if is_unavailable(error):
                raise Unavailable(retry_after=LATER_S) from error
            return None
        return taken_in()

    async def _take_in(self, endpoint_id: str, signature: bytes, body: bytes) -> None:
        if self._parts.store.is_sqlite:
            find_hook = self._together.find_hook
            received = admit(self._parts, endpoint_id, signature, body, now_ms(), find_hook)
            await self._together.record(received)
        else:
            await asyncio.get_running_loop().run_in_executor(
                self._pool, self._take_in_waiting, endpoint_id, signature, body
            )

    def _take_in_waiting(self, endpoint_id: str, signature: bytes, body: bytes) -> None:
        keep(self._parts, admit(self._parts, endpoint_id, signature, body, now_ms()))


def taken_in() -> Answer:
    """Return the answer to a webhook that is durable."""
    body = b'{"received":true,"meta":{"request_id":"%s"}}' % new_request_id().encode()
    return Answer(200, [(b"content-length", b"%d" % len(body)), *HEADERS], body)
