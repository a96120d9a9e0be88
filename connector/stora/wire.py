"""One HTTP exchange with Stora, bounded in time and in size whatever the other side does.

`requests` bounds each read, not the whole: a server that sends one byte now and then would hold a
thread for ever. Here urllib3 is told the total, gives the answer what connecting left of it as the
socket's timeout, and `DeadlineResponse` makes a deadline out of that, for head and body alike.
Redirects are not followed, cookies not kept, proxies and netrc not read, bodies not decompressed.
"""

import http.client
import io
import json as json_text
import socket
import ssl
import threading
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, SSLError

from connector import __version__
from connector.errors import StoraUnavailable
from connector.world import monotonic

JSON = "application/json"
MAX_ANSWER = 8 * 1024 * 1024
CONNECT_S = 5.0  # for each address that Stora's name has
HEADERS = {
    "Accept": JSON,
    "Accept-Encoding": "identity",
    "User-Agent": f"Unitwire/{__version__}",
}
LOST = (
    "Stora's answer did not arrive, so nobody knows whether it did what was asked. "
    "Look in Stora before you repeat this."
)


@dataclass(frozen=True)
class Answer:
    """What Stora answered: `body` is its JSON object, empty when there was none.

    `content` are the bytes of a document of another kind, where one was asked for.
    """

    status: int
    body: dict[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = field(default=b"", repr=False)


class Wire:
    """Exchanges with Stora from any number of threads; each thread keeps its own connections."""

    def __init__(self) -> None:
        self._local = threading.local()
        # A thread that ends takes its session along; this only knows those that are left.
        self._sessions: weakref.WeakSet[requests.Session] = weakref.WeakSet()

    def exchange(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: object = None,
        params: Mapping[str, Any] | None = None,
        deadline_s: float,
        accept: str = JSON,
    ) -> Answer:
        """Return Stora's answer, of whatever status, within `deadline_s` seconds.

        A success is of the content type `accept`, a failure JSON.
        Raises StoraUnavailable; `lost` unless the request certainly never left. An answer that is
        not what was asked for, is larger than 8 MiB or a redirect is not Stora's own, so it is lost
        too.
        """
        try:
            response = self._session().request(
                method,
                url,
                headers={"Accept": accept, **(headers or {})},
                json=json,
                params=params,
                # requests hands urllib3's Timeout on as it is; its types do not say so.
                timeout=Timeout(total=deadline_s, connect=CONNECT_S),  # type: ignore[arg-type]
                stream=True,
                allow_redirects=False,
            )
            try:
                content = response.raw.read(MAX_ANSWER + 1, decode_content=False)
            finally:
                response.close()
        except (requests.RequestException, HTTPError, OSError) as problem:
            if _never_left(problem):
                raise StoraUnavailable from None
            raise StoraUnavailable(LOST, lost=True) from None
        status, told = response.status_code, response.headers
        if accept != JSON and 200 <= status < 300:
            if _kind(response) != accept or len(content) > MAX_ANSWER:
                raise StoraUnavailable(LOST, lost=True)
            return Answer(status, {}, told, content)
        return Answer(status, _object(response, content), told)

    def close(self) -> None:
        """Close all connections."""
        for session in list(self._sessions):
            session.close()

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
            session.trust_env = False
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
            session.headers.update(HEADERS)
            for scheme in ("https://", "http://"):
                session.mount(scheme, DeadlineAdapter())
            self._sessions.add(session)
        return session


def _never_left(problem: Exception) -> bool:
    """Whether no connection came about: no address, nobody there, no trust in the certificate.

    Another fault of TLS may also come in the middle of an answer, so it proves nothing.
    """
    reason = getattr(problem.args[0] if problem.args else None, "reason", None)
    if isinstance(reason, SSLError):
        return isinstance(reason.args[0], ssl.SSLCertVerificationError)
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)


def _object(response: requests.Response, content: bytes) -> dict[str, Any]:
    """Return the JSON object in an answer; {} for an empty one."""
    if not 300 <= response.status_code < 400 and not content:
        return {}
    try:
        if _kind(response) != JSON or len(content) > MAX_ANSWER:
            raise ValueError
        value = json_text.loads(content)
        if not isinstance(value, dict) or 300 <= response.status_code < 400:
            raise ValueError
    except (ValueError, RecursionError):
        raise StoraUnavailable(LOST, lost=True) from None
    return value


def _kind(response: requests.Response) -> str:
    """Return the content type without its parameters."""
    return response.headers.get("Content-Type", "").partition(";")[0].strip().lower()


# ---- the deadline ------------------------------------------------------------------------------


class DeadlineReader(io.RawIOBase):
    """Reads from a socket until a moment, however often and little it sends."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._file = sock.makefile("rb", buffering=0)
        self._deadline = deadline

    def readable(self) -> bool:
        """Say yes, for the buffer around this."""
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        """Read what is there; raise TimeoutError after the deadline."""
        left = self._deadline - monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        self._sock.settimeout(left)
        return self._file.readinto(buffer)

    def close(self) -> None:
        """Let go of the socket."""
        self._file.close()
        super().close()


class DeadlineResponse(http.client.HTTPResponse):
    """An answer that must have arrived whole within the socket's timeout."""

    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp.close()
        self.fp = io.BufferedReader(DeadlineReader(sock, monotonic() + (sock.gettimeout() or 0)))


class _Connection(HTTPConnection):
    response_class = DeadlineResponse


class _SecureConnection(HTTPSConnection):
    response_class = DeadlineResponse


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class DeadlineAdapter(HTTPAdapter):
    """The way of a session to connections whose answers have a deadline."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Make the pools of connections, as `requests` asks for them."""
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
