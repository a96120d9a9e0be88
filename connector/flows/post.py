"""One POST on one libcurl handle: how it is set up, guarded, cut short and understood.

What is set here holds for every outgoing webhook: HTTP/1.1 over verified TLS 1.2 or newer, no
redirects, no proxy, no netrc, no cookies, no decompression, a guard on the address dialled, a cap
on headers and body of the answer, and a deadline for the whole.
"""

import re
import socket
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Literal

import pycurl

from connector.flows.target import Allow, Target, permitted

MAX_ANSWER_KEPT = 1024
MAX_ANSWER_READ = 64 * 1024
MAX_ANSWER_HEADERS = 64 * 1024
MAX_HEAD_KEPT = 1024
MAX_RETRY_AFTER = 64
IDLE_S = 30  # how long a connection is kept for the next POST

Error = Literal["", "refused_target", "dns", "connect", "tls", "timeout", "reset", "protocol"]

# Headers of an answer that help its owner to find out what happened; no cookie is ever kept.
TELLING = frozenset(
    b"content-type location retry-after server via www-authenticate x-request-id cf-ray".split()
)

# libcurl's result in our words; whatever is not listed is an answer that is not HTTP.
_ERRORS: dict[int, Error] = {
    pycurl.E_OK: "",
    pycurl.E_COULDNT_RESOLVE_HOST: "dns",
    pycurl.E_COULDNT_CONNECT: "connect",
    pycurl.E_OPERATION_TIMEDOUT: "timeout",
    pycurl.E_SSL_CONNECT_ERROR: "tls",
    pycurl.E_PEER_FAILED_VERIFICATION: "tls",
    pycurl.E_GOT_NOTHING: "reset",
    pycurl.E_SEND_ERROR: "reset",
    pycurl.E_RECV_ERROR: "reset",
    pycurl.E_PARTIAL_FILE: "reset",
}

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2


@lru_cache(maxsize=256)
def _is_name(text: str) -> bool:
    return bool(_NAME.fullmatch(text))


def _is_value(text: str) -> bool:
    return text.isascii() and text.replace("\t", " ").isprintable()


def header_lines(headers: Mapping[str, str]) -> list[str]:
    """Return `headers` as libcurl takes them.

    Raises ValueError for a header that could not be sent as one line of printable ASCII.
    """
    lines = []
    for name, value in headers.items():
        if not _is_name(name) or not _is_value(value):
            raise ValueError(f"header {name!r} cannot be sent: its value must be printable ASCII")
        lines.append(f"{name}: {value}" if value.strip() else f"{name};")  # ; sends it empty
    # libcurl adds these two by itself; without a value they are left out.
    return [*lines, "Expect:", "Accept:"]


class Post:
    """A reusable handle (`curl`, for the multi interface) that carries one POST at a time.

    `opened` is told the descriptor of each new socket.
    """

    def __init__(
        self,
        allow: Allow,
        ca_file: str,
        connect_timeout_s: float,
        opened: Callable[[int], None],
    ) -> None:
        self._allow = allow
        self._opened = opened
        self.curl = curl = pycurl.Curl()
        curl.setopt(pycurl.POST, 1)
        curl.setopt(pycurl.FOLLOWLOCATION, 0)
        curl.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
        curl.setopt(pycurl.USERAGENT, "")  # the caller's header says who we are
        curl.setopt(pycurl.PROXY, "")  # not even that of the environment
        curl.setopt(pycurl.NETRC, pycurl.NETRC_IGNORED)
        curl.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1)
        curl.setopt(pycurl.HTTP09_ALLOWED, 0)
        curl.setopt(pycurl.PATH_AS_IS, 1)  # what the guard has read is what is sent
        curl.setopt(pycurl.SSL_VERIFYPEER, 1)
        curl.setopt(pycurl.SSL_VERIFYHOST, 2)
        curl.setopt(pycurl.SSLVERSION, pycurl.SSLVERSION_TLSv1_2)
        curl.setopt(pycurl.CAINFO, ca_file)
        curl.setopt(pycurl.CONNECTTIMEOUT_MS, round(connect_timeout_s * 1000))
        curl.setopt(pycurl.MAXAGE_CONN, IDLE_S)
        curl.setopt(pycurl.NOSIGNAL, 1)
        curl.setopt(pycurl.OPENSOCKETFUNCTION, self._open)
        curl.setopt(pycurl.HEADERFUNCTION, self._take_header)
        curl.setopt(pycurl.WRITEFUNCTION, self._take_body)

    def load(
        self, to: Target, addresses: Sequence[str], lines: list[str], body: bytes, left_s: float
    ) -> None:
        """Set everything that differs from one POST to the next.

        `addresses` are what the host name stands for, `lines` come from `header_lines`, and
        `left_s` is the time until the whole answer must be there.
        """
        self._refused = False
        self._header_bytes = self._body_bytes = 0
        self._retry_after = self._head = self._answer = b""
        # The + lets libcurl forget the addresses again, after a minute.
        known = [] if to.literal else [f"+{to.host}:{to.port}:{','.join(addresses)}"]
        self.curl.setopt(pycurl.URL, to.url)
        self.curl.setopt(pycurl.RESOLVE, known)
        self.curl.setopt(pycurl.HTTPHEADER, lines)
        self.curl.setopt(pycurl.POSTFIELDS, body)
        self.curl.setopt(pycurl.TIMEOUT_MS, max(1, round(left_s * 1000)))

    def result(self, code: int) -> tuple[int, Error, str, bytes, bytes]:
        """Return status, error, Retry-After, and what is kept of the answer: its head and its body.

        `code` is libcurl's result. An answer that was cut here for its length is whole for us.
        """
        status = self.curl.getinfo(pycurl.RESPONSE_CODE)
        error = _ERRORS.get(code, "protocol")
        if self._refused and not status:
            error = "refused_target"
        elif self._body_bytes > MAX_ANSWER_READ:
            error = ""
        elif status < 200:  # only interim answers came, or none
            status, error = 0, error or "protocol"
        return status, error, self._retry_after.decode("latin-1"), self._head, self._answer

    def _open(self, _purpose: int, address: pycurl.CurlSockAddr) -> int:
        """Give libcurl a socket for `address`, or not: here the guard stands."""
        if not permitted(str(address.addr[0]), self._allow):
            self._refused = True
            return pycurl.SOCKET_BAD
        fd = socket.socket(address.family, address.socktype, address.protocol).detach()
        self._opened(fd)
        return fd

    def _take_header(self, line: bytes) -> int | None:
        self._header_bytes += len(line)
        if self._header_bytes > MAX_ANSWER_HEADERS:
            return 0  # libcurl breaks off
        if line.startswith(b"HTTP/"):
            self._head = line[:MAX_HEAD_KEPT]  # that of an interim answer is forgotten
            return None
        name, _, value = line.partition(b":")
        name = name.lower()
        if name in TELLING:
            self._head = (self._head + line)[:MAX_HEAD_KEPT]
            if name == b"retry-after":
                self._retry_after = value.strip()[:MAX_RETRY_AFTER]
        return None

    def _take_body(self, data: bytes) -> int | None:
        self._body_bytes += len(data)
        self._answer += data[: MAX_ANSWER_KEPT - len(self._answer)]
        return 0 if self._body_bytes > MAX_ANSWER_READ else None
