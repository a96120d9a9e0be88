"""The way through the gate: what happens around each call of the versioned API.

    token known? (401) → within the limits? (429) → scope held? (403) → answered before under this
    Idempotency-Key? (the same answer) → a fault set for this call? → the view, in one transaction

A POST with an `Idempotency-Key` is answered once: its first status and body, errors included, are
kept for 24 hours and returned unchanged to whoever asks again with the same key at the same
operator (Stora page: guides/requests).
"""

from collections import deque
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, g, request

from connector.dialect.answers import request_id
from connector.dialect.body import read_bytes
from connector.errors import Forbidden, Internal, InvalidRequest, UnitwireError
from connector.sandbox.access import Access, Caller
from connector.sandbox.answers import problem
from connector.sandbox.faults import ApiFault, Faults
from connector.sandbox.limits import PER_SECOND, Limits, too_many
from connector.sandbox.state import State
from connector.world import iso, now_ms, sleep

KEEP_ANSWER_MS = 24 * 60 * 60 * 1000
MAX_KEY = 255

View = Callable[..., Response]


class Gate:
    """Stands before the API's views and beside the OAuth ones."""

    def __init__(self, state: State, access: Access, limits: Limits, faults: Faults) -> None:
        self.state = state
        self.access = access
        self.limits = limits
        self.faults = faults
        self.log: deque[dict[str, Any]] = deque(maxlen=1000)

    def watch(self, app: Flask) -> None:
        """Draw the faults before, and write the log after, every call of the public API."""
        app.before_request(self._draw_fault)
        app.after_request(self._finish)

    def operation(self, scope: str) -> Callable[[View], View]:
        """Return a decorator for a view that takes the `Caller` first and needs `scope`."""

        def decorate(view: View) -> View:
            def guarded(**path: str) -> Response:
                caller = self.access.caller(request.headers.get("Authorization"))
                g.operator = caller.operator
                self.limits.spend(f"{caller.operator} {caller.creator}")
                if scope not in caller.scopes:
                    raise Forbidden(f"The access token does not have the scope {scope}.")
                read_bytes(request)  # now, so that a slow sender keeps nobody out
                return self._once(caller, lambda: self._work(view, caller, path))

            guarded.__name__ = view.__name__
            return guarded

        return decorate

    def reset(self) -> None:
        """Forget faults, counted calls and the log."""
        self.faults.set([], [])
        self.limits.reset()
        self.log.clear()

    def strike(self) -> None:
        """Raise the 500 that was set for this call, if one was."""
        if self._fault() == "500":
            raise Internal("The sandbox was told to fail this call.")

    def _work(self, view: View, caller: Caller, path: dict[str, str]) -> Response:
        self.strike()
        return view(caller, **path)

    def _once(self, caller: Caller, work: Callable[[], Response]) -> Response:
        key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
        if key is not None and not 0 < len(key) <= MAX_KEY:
            raise InvalidRequest(f"Idempotency-Key has 1 to {MAX_KEY} characters.")
        with self.state.alone:
            if key is None:
                with self.state.transaction():
                    return work()
            kept = self.state.get(caller.operator, "answer", key)
            if kept is not None and now_ms() < kept["until_ms"]:
                return Response(kept["body"], kept["status"], content_type=kept["content_type"])
            try:
                with self.state.transaction():
                    response = work()
                    self._keep(caller, key, response)
            except UnitwireError as error:
                response = problem(error)
                self._keep(caller, key, response)
        return response

    def _keep(self, caller: Caller, key: str, response: Response) -> None:
        kept = {
            "status": response.status_code,
            "body": response.get_data(as_text=True),
            "content_type": response.content_type,
            "until_ms": now_ms() + KEEP_ANSWER_MS,
        }
        self.state.put(caller.operator, "answer", key, kept)

    # ---- faults and log ------------------------------------------------------------------------

    def _fault(self) -> str:
        fault: ApiFault | None = g.get("fault")
        return fault.kind if fault else ""

    def _draw_fault(self) -> None:
        if not _public():
            return
        fault = g.fault = self.faults.take_api(request.method, request.path)
        if fault is not None and fault.kind == "slow":
            sleep(fault.seconds)
        if fault is not None and fault.kind == "429":
            raise too_many(PER_SECOND, int(now_ms() / 1000 + fault.seconds))

    def _finish(self, response: Response) -> Response:
        if not _public():
            return response
        entry = {
            "request_id": request_id(),
            "at": iso(now_ms()),
            "method": request.method,
            "path": request.path,
            "operator": g.get("operator"),
            "status": response.status_code,
            "fault": self._fault() or None,
        }
        self.log.append(entry)
        if self._fault() == "lost_answer":
            # One byte is announced and none comes: the client sees the connection break.
            return Response(headers={"Content-Length": "1"})
        return response


def _public() -> bool:
    return request.path != "/" and not request.path.startswith("/_sandbox/")
