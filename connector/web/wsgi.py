"""Calling a WSGI application (PEP 3333) with a request that is wholly in memory.

`environ_of` turns an ASGI scope and its body into an environ; `call` runs the application up to
the point where its answer is known: whole, or as an iterator that gives the rest.
Neither knows of event loops.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.types import WSGIApplication, WSGIEnvironment

Scope = dict[str, Any]

# The body was taken off the wire already, so what told how to do that is told no further.
_NOT_PASSED_ON = {b"content-length", b"transfer-encoding", b"expect"}
_NO_BODY = {204, 304}


@dataclass(frozen=True, slots=True)
class Answer:
    """What an application answers: `body`, then what `rest` gives; `close` when that is over.

    `rest` is None if `body` is the whole, and then `close` has been called already.
    """

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    rest: Iterator[bytes] | None = None
    close: Callable[[], object] = lambda: None


def environ_of(scope: Scope, body: bytes) -> WSGIEnvironment:
    """Return the environ of an ASGI HTTP request with `body`.

    A header given several times becomes one, joined by commas (RFC 9110 section 5.3), cookies by
    semicolons (RFC 9113 section 8.2.3). A name with an underscore is dropped: in the environ it
    would pass for the one with a hyphen.
    """
    root = scope.get("root_path", "").encode().decode("latin-1")
    server, port = scope.get("server") or ("", 0)
    client, client_port = scope.get("client") or ("", 0)
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": root,
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1").removeprefix(root),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_NAME": server,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client,
        "REMOTE_PORT": str(client_port),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        if name in _NOT_PASSED_ON or b"_" in name:
            continue
        key = name.decode("latin-1").upper().replace("-", "_")
        if key != "CONTENT_TYPE":
            key = f"HTTP_{key}"
        text = value.decode("latin-1")
        joint = "; " if key == "HTTP_COOKIE" else ","
        environ[key] = f"{environ[key]}{joint}{text}" if key in environ else text
    return environ


def call(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
    """Run `app`; its own exceptions pass through.

    An answer of known length is taken whole, so that no reader, however slow, holds the
    application. One without a length is a stream and is left to be iterated.
    """
    begun: list[tuple[str, list[tuple[str, str]]]] = []
    early: list[bytes] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], _exc_info: object = None
    ) -> Callable[[bytes], object]:
        begun.append((status, headers))  # a later call replaces an earlier one
        return early.append

    iterable = app(environ, start_response)
    close: Callable[[], object] = getattr(iterable, "close", lambda: None)
    try:
        return _answer(environ["REQUEST_METHOD"], iterable, begun, early, close)
    except BaseException:
        close()
        raise


def _answer(
    method: str,
    iterable: Iterable[bytes],
    begun: list[tuple[str, list[tuple[str, str]]]],
    early: list[bytes],
    close: Callable[[], object],
) -> Answer:
    chunks = iter(iterable)
    if not begun:  # allowed to wait for the first chunk
        early.extend(_first(chunks))
    if not begun:
        raise RuntimeError("the application did not call start_response")
    line, pairs = begun[-1]
    status = int(line[:3])
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in pairs]
    known = any(name == b"content-length" for name, _ in headers)
    if known or method == "HEAD" or status in _NO_BODY:
        answer = Answer(status, headers, b"".join([*early, *chunks]))
        close()
        return answer
    return Answer(status, headers, b"".join(early), chunks, close)


def _first(chunks: Iterator[bytes]) -> Iterable[bytes]:
    for chunk in chunks:
        return [chunk]
    return []
