"""The intake: an ASGI application in front of a WSGI one, which nobody can hold up.

A WSGI server gives each request a thread and lets the thread read the body; forty senders that
stop in the middle of theirs then hold every thread, for ever. Here each body is read whole, with
a cap and a deadline, before a thread is taken:

    head checked → body read → a thread runs the application → the answer is sent

Before a thread is taken, a gate may answer by itself what is simple and frequent. Whom it refuses
because they ask too often waits a second for the answer, in nobody's way: so a flood is no faster
than its connections are many.
What is refused here is refused in the one error shape, before the application hears of it.
An answer with a length is sent from memory. An answer without one is a stream: each of its chunks
is fetched on a thread and sent before the next one is fetched, so that a stream holds a thread
only while it makes a chunk, and ends when its reader has gone.
"""

import asyncio
import contextvars
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from wsgiref.types import WSGIApplication

import structlog

from connector.dialect.answers import JSON_TYPE, written
from connector.errors import (
    HeadersTooLarge,
    Internal,
    InvalidRequest,
    PayloadTooLarge,
    RequestTimeout,
    TooManyRequests,
    Unavailable,
    UnitwireError,
    body_of,
)
from connector.web.hardening import HARDENING
from connector.web.wsgi import Answer, Scope, call, environ_of
from connector.world import new_request_id

MAX_BODY = 1024 * 1024
BODY_DEADLINE_S = 10.0
MAX_HEADERS = 100
MAX_HEADER_BYTES = 64 * 1024
THREADS = 16
MAX_WAITING = 256
LATER_S = 5  # in which another server will have taken over
HOLD_S = 1.0
MAX_HELD = 500  # half of the connections that a server takes

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Gate = Callable[[Scope, bytes], Awaitable[Answer | None]]
Result = TypeVar("Result")

_HOST = re.compile(rb"[A-Za-z0-9._-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")

log = structlog.get_logger()


def refusal(error: UnitwireError, links: Sequence[Mapping[str, str]] = ()) -> Answer:
    """Return `error` as an answer in the one error shape."""
    request_id = new_request_id()
    body = written(body_of(error, request_id, links))
    headers = {
        "Content-Type": JSON_TYPE,
        "Content-Length": str(len(body)),
        "Cache-Control": "no-store",
        **HARDENING,
        **error.headers,
    }
    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    return Answer(error.status, pairs, body)


class Intake:
    """The ASGI application that serves `app`.

    `max_body` is in bytes, `body_deadline_s` in seconds from the end of the head to the end of
    the body. `threads` run the application; `max_waiting` whole requests may wait for one, and
    the next is answered 503. `gate` is asked first: where it answers None, the application runs.
    `links` stand in each refusal.
    """

    def __init__(
        self,
        app: WSGIApplication,
        *,
        max_body: int = MAX_BODY,
        body_deadline_s: float = BODY_DEADLINE_S,
        threads: int = THREADS,
        max_waiting: int = MAX_WAITING,
        gate: Gate | None = None,
        links: Sequence[Mapping[str, str]] = (),
    ) -> None:
        self._app = app
        self._max_body = max_body
        self._body_deadline_s = body_deadline_s
        self._most = threads + max_waiting
        self._gate = gate
        self._links = links
        self._busy = 0
        self._held = 0
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="web")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the life of the server (ASGI 3, HTTP and lifespan)."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        # What the application keeps in context variables stays with the request, whichever
        # threads its chunks come from.
        context = contextvars.copy_context()
        try:
            _check_head(scope)
            body = await self._read(scope, receive)
            if body is None:
                return
            answer = await self._enter(context, scope, body)
        except TooManyRequests as error:
            await self._hold()
            answer = refusal(error, self._links)
        except UnitwireError as error:
            answer = refusal(error, self._links)
        except asyncio.CancelledError:  # the server ends, and waits no longer
            answer = refusal(Unavailable(retry_after=LATER_S), self._links)
        except Exception:
            log.exception("unexpected_error", path=scope["path"])
            answer = refusal(Internal(), self._links)
        headers = answer.headers
        if _asks_to_upgrade(scope):
            headers = [*headers, (b"connection", b"close")]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        if answer.rest is None:
            await send({"type": "http.response.body", "body": answer.body})
        else:
            await self._stream(context, answer, answer.rest, receive, send)

    async def _read(self, scope: Scope, receive: Receive) -> bytes | None:
        """Return the body, None if the client has gone."""
        self._check_length(scope)
        parts = []
        room = self._max_body
        try:
            async with asyncio.timeout(self._body_deadline_s):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return None
                    part = message.get("body", b"")
                    room -= len(part)
                    if room < 0:
                        raise self._too_large()
                    parts.append(part)
                    if not message.get("more_body"):
                        return b"".join(parts)
        except TimeoutError:
            # Where the next request would begin is unknown.
            raise RequestTimeout(headers={"Connection": "close"}) from None

    def _check_length(self, scope: Scope) -> None:
        """Refuse a body that is declared too large before any of it is read."""
        headers = dict(scope["headers"])
        length = headers.get(b"content-length", b"0")
        if not length.isdigit():
            raise InvalidRequest("The Content-Length header is not a number.")
        if len(length) > 18 or int(length) > self._max_body:
            # Whoever asked first whether to send may now send the body or not (RFC 9110 section
            # 10.1.1), so where the next request would begin is unknown.
            raise self._too_large({"Connection": "close"} if b"expect" in headers else {})

    def _too_large(self, headers: dict[str, str] | None = None) -> PayloadTooLarge:
        return PayloadTooLarge(
            f"The request body is larger than {self._max_body} bytes.", headers=headers
        )

    async def _enter(self, context: contextvars.Context, scope: Scope, body: bytes) -> Answer:
        """Ask the gate, then run the application on a thread, unless too many wait already."""
        if self._busy >= self._most:
            raise Unavailable(retry_after=1)
        self._busy += 1
        try:
            if self._gate and (answer := await self._gate(scope, body)):
                return answer
            return await self._on_thread(context, lambda: call(self._app, environ_of(scope, body)))
        finally:
            self._busy -= 1

    async def _hold(self) -> None:
        """Keep a caller waiting for `HOLD_S`, unless `MAX_HELD` others wait so already."""
        if self._held >= MAX_HELD:
            return
        self._held += 1
        try:
            await asyncio.sleep(HOLD_S)
        finally:
            self._held -= 1

    async def _on_thread(self, context: contextvars.Context, work: Callable[[], Result]) -> Result:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, context.run, work)

    async def _stream(
        self,
        context: contextvars.Context,
        answer: Answer,
        chunks: Iterator[bytes],
        receive: Receive,
        send: Send,
    ) -> None:
        """Send chunk after chunk until there are no more, or nobody who reads them.

        An exception of the application passes through: the server then breaks the connection,
        which tells the reader that the answer is not whole.
        """
        gone = asyncio.ensure_future(receive())  # after the body, only a disconnect can come
        try:
            chunk: bytes | None = answer.body
            while chunk is not None and not gone.done():
                if chunk:
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
                chunk = await self._on_thread(context, lambda: next(chunks, None))
            await send({"type": "http.response.body", "body": b""})
        finally:
            gone.cancel()
            await self._on_thread(context, answer.close)

    async def _live(self, receive: Receive, send: Send) -> None:
        """Answer the server's start and end (ASGI lifespan)."""
        while True:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                self._pool.shutdown(wait=False, cancel_futures=True)
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return


def _check_head(scope: Scope) -> None:
    """Refuse what no honest client sends, but some servers let through."""
    headers = scope["headers"]
    size = sum(len(name) + len(value) + len(b": \r\n") for name, value in headers)
    if len(headers) > MAX_HEADERS or size > MAX_HEADER_BYTES:
        raise HeadersTooLarge
    if _asks_to_upgrade(scope) and any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
        for name, value in headers
    ):
        raise InvalidRequest("This server changes no protocols: leave out the Upgrade header.")
    hosts = [value for name, value in headers if name == b"host"]
    if len(hosts) != 1 or not _HOST.fullmatch(hosts[0]):
        raise InvalidRequest("The request must have exactly one Host header, with a valid host.")


def _asks_to_upgrade(scope: Scope) -> bool:
    """Tell whether the client offers to go on in another protocol.

    It is answered as if it did not, but httptools has dropped what came after the head, a body
    included, and would read the rest as another request: the connection must end with the answer.
    """
    return any(name == b"upgrade" for name, _ in scope["headers"])
