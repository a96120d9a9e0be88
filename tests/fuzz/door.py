"""A whole installation, asked with any bytes: no answer is a 5xx, and every error has one shape.

Requests go through the intake, as the server hands them over; Stora is the sandbox, in the same
process. A target's input is text of a few lines, so that people can read the corpus.
"""

import asyncio
import json
import tempfile
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from broker import BODY, Broker, Stora
from fuzz.parsers import lines
from network import ORIGIN, STORA, StoraWire, make_sandbox

from connector.catalogue.filters import Clause
from connector.catalogue.scopes import SCOPES
from connector.factory import app_of
from connector.flows.clients import add_client
from connector.flows.endpoint_filter import set_filter
from connector.flows.parts import open_parts
from connector.flows.subscribe import subscribe
from connector.settings import Settings
from connector.stora.signature import sign
from connector.web.intake import Intake
from connector.web.wsgi import Answer
from connector.world import now_ms

Pairs = Sequence[tuple[bytes, bytes]]

REDIRECT: Final = "https://zapier.example.com/callback"
OAUTH: Final = ("/oauth2/token", "/oauth2/revoke", "/oauth2/token/info", "/oauth2/authorize")
LISTS: Final = ("webhook_endpoints", "deliveries", "event_types", "actions", "picklists/scopes")


class Door:
    """One installation with one connection, one endpoint with a filter, and one client."""

    def __init__(self, broker: Broker) -> None:
        self.parts = broker.parts
        self.token = broker.personal_token(" ".join(SCOPES)).encode()
        self.client, self.secret = add_client(
            self.parts, platform="zapier", name="zapier", redirect_uris=(REDIRECT,)
        )
        made = subscribe(self.parts, broker.script(), BODY | {"event_types": ["invoice.paid"]})
        self.endpoint = made.endpoint.id
        clause = Clause("invoice.status", "is", ("paid",))
        set_filter(self.parts, broker.connections[0], self.endpoint, [clause], actor="tok_1")
        (upstream,) = broker.stora.endpoints()
        self.upstream_secret = upstream["secret"]
        self._intake = Intake(app_of(self.parts))
        self._loop = asyncio.new_event_loop()
        # In a thread of its own: a browser's test before this one may have left a loop running.
        self._thread = threading.Thread(target=self._loop.run_forever, name="door", daemon=True)
        self._thread.start()

    # ---- targets -------------------------------------------------------------------------------

    def oauth(self, data: bytes) -> None:
        """OAuth's endpoints. Lines: which one, Authorization, Content-Type; then body or query."""
        which, authorization, kind, rest = lines(data, 4)
        path = OAUTH[sum(which) % len(OAUTH)]
        rest = rest.replace(b"CLIENT", self.client.id.encode())
        headers = [(b"authorization", authorization)] if authorization else []
        if path in OAUTH[:2]:
            answer = self.ask("POST", path, body=rest, headers=[*headers, (b"content-type", kind)])
            self.check_oauth(answer)
            return
        answer = self.ask("GET", path, query=rest, headers=headers)
        if path == "/oauth2/token/info":
            self.check(answer)
            return
        assert answer.status < 500
        goal = dict(answer.headers).get(b"location", b"").decode("latin-1")
        assert not goal or goal.startswith((REDIRECT, f"{ORIGIN}/", "/", f"{STORA}/")), goal

    def headers(self, data: bytes) -> None:
        """Any headers on a call of the API. Lines: `name: value` each."""
        pairs = [
            (name.strip().lower(), value.strip())
            for name, _, value in (line.partition(b":") for line in data.split(b"\n")[:20])
        ]
        given = {name for name, _ in pairs}
        own = [(b"authorization", b"Bearer " + self.token), (b"content-type", b"application/json")]
        pairs += [(name, value) for name, value in own if name not in given]
        body = json.dumps(BODY | {"name": ""}).encode()  # refused at the very end
        self.check(self.ask("POST", "/2025-09/webhook_endpoints", body=body, headers=pairs))

    def queries(self, data: bytes) -> None:
        """Any query on a list. Lines: which list; then the query."""
        which, query = lines(data, 2)
        path = f"/2025-09/{LISTS[sum(which) % len(LISTS)]}"
        bearer = [(b"authorization", b"Bearer " + self.token)]
        self.check(self.ask("GET", path, query=query, headers=bearer))

    def paths(self, data: bytes) -> None:
        """Any path. Lines: method; then the path."""
        method, path = lines(data, 2)
        word = method.decode("latin-1") if method.isalpha() and method.isascii() else "GET"
        bearer = [(b"authorization", b"Bearer " + self.token)]
        raw = "/" + path.decode("latin-1").partition("?")[0].lstrip("/")
        answer = self.ask(word.upper(), raw, headers=bearer)
        assert answer.status < 500, (word, raw)

    def hooks(self, data: bytes) -> None:
        """Any body that Stora has signed: it is taken in, or refused in the one shape."""
        header = sign(self.upstream_secret, data, now_ms() // 1000).encode()
        pairs = [(b"x-stora-signature", header), (b"content-type", b"application/json")]
        answer = self.ask("POST", f"/hooks/stora/{self.endpoint}", body=data, headers=pairs)
        self.check(answer)

    @property
    def targets(self) -> Mapping[str, Callable[[bytes], None]]:
        """The targets by name."""
        found = (self.oauth, self.headers, self.queries, self.paths, self.hooks)
        return {target.__name__: target for target in found}

    # ---- asking and looking --------------------------------------------------------------------

    def ask(
        self, method: str, path: str, *, query: bytes = b"", headers: Pairs = (), body: bytes = b""
    ) -> Answer:
        """Return the answer to one request."""
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode("latin-1"),
            "query_string": query,
            "headers": [(b"host", b"unitwire.example"), *headers],
            "client": ("192.0.2.1", 1),
            "server": ("127.0.0.1", 80),
        }
        sent: list[dict[str, object]] = []

        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": body}

        async def send(message: dict[str, object]) -> None:
            sent.append(message)

        served = self._intake(scope, receive, send)  # type: ignore[arg-type]
        asyncio.run_coroutine_threadsafe(served, self._loop).result()
        head, *rest = sent
        whole = b"".join(message["body"] for message in rest)  # type: ignore[misc]
        return Answer(head["status"], head["headers"], whole)  # type: ignore[arg-type]

    def check(self, answer: Answer) -> None:
        """Assert an answer without fault, or the one error shape."""
        assert answer.status < 500, answer
        if answer.status < 400:
            return
        error = json.loads(answer.body)["error"]
        assert error.keys() == {"code", "details", "links", "message", "request_id", "type"}
        assert error["message"]
        uuid.UUID(error["request_id"])
        assert all(detail.keys() == {"pointer", "message"} for detail in error["details"])

    def check_oauth(self, answer: Answer) -> None:
        """Assert an answer without fault, or OAuth's error shape (RFC 6749 section 5.2)."""
        if b'"request_id"' in answer.body:  # refused before OAuth heard of it
            self.check(answer)
            return
        assert answer.status in (200, 400, 401, 415, 422), answer
        if answer.status != 200:
            told = json.loads(answer.body)
            assert told.keys() <= {"error", "error_description"}
            assert told["error"].startswith(("invalid_", "unsupported_", "unauthorized_")), told

    def close(self) -> None:
        """Let go of everything."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self.parts.close()


@contextmanager
def open_door() -> Iterator[Door]:
    """Open an installation on a fresh SQLite file."""
    sandbox = make_sandbox()
    with tempfile.TemporaryDirectory() as folder:
        parts = open_parts(
            Settings(
                database_url=f"sqlite:///{Path(folder) / 'unitwire.db'}",
                stora_api_url=STORA,
                rate_limits=False,
            )
        )
        parts.stora.wire = StoraWire(sandbox)  # type: ignore[assignment]
        door = Door(Broker(parts, Stora(sandbox, STORA)))
        try:
            yield door
        finally:
            door.close()
            sandbox.state.close()
