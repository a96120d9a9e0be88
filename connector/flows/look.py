"""One GET at an address, for what it tells of whoever answers: its certificate, its clock, itself.

Redirects are not followed, and neither proxies nor netrc are read. The whole takes no longer than
`ANSWER_S`, and no more than `MAX_BODY` of the answer is kept.
"""

import ssl
from dataclasses import dataclass
from typing import Literal

import certifi
import pycurl

from connector import __version__
from connector.world import now_ms

ANSWER_S = 4.0
MAX_BODY = 16 * 1024

Fault = Literal["", "name", "certificate", "tls", "silence"]

_FAULTS: dict[int, Fault] = {
    pycurl.E_COULDNT_RESOLVE_HOST: "name",
    pycurl.E_PEER_FAILED_VERIFICATION: "certificate",
    pycurl.E_SSL_CONNECT_ERROR: "tls",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """What came back, if anything did.

    `fault` is empty once there is an answer, else it says what stood in the way, and `why` says so
    in libcurl's words: the name is not known, the certificate is not valid, there is no TLS, nobody
    answers.
    `date` is the answer's Date as it came, `at` the moment here at which it was sent, as near as
    can be told, and `certified_until` the end of the certificate (ms; None without TLS).
    """

    fault: Fault = ""
    why: str = ""
    status: int = 0
    body: bytes = b""
    date: str = ""
    at: int = 0
    certified_until: int | None = None


def look(url: str, ca_file: str | None = None) -> Seen:
    """Return what a GET of `url` brings; never raises.

    `ca_file` holds the certificate authorities that are trusted, by default certifi's.
    """
    body, dates = bytearray(), [""]

    def take_body(data: bytes) -> int | None:
        body.extend(data[: MAX_BODY - len(body)])
        return 0 if len(body) >= MAX_BODY else None

    def take_header(line: bytes) -> None:
        name, _, value = line.partition(b":")
        if name.lower() == b"date":
            dates[0] = value.strip().decode("latin-1")

    curl = pycurl.Curl()
    curl.setopt(pycurl.URL, url)
    curl.setopt(pycurl.FOLLOWLOCATION, 0)
    curl.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
    curl.setopt(pycurl.USERAGENT, f"Unitwire/{__version__}")
    curl.setopt(pycurl.HTTPHEADER, ["Cache-Control: no-cache"])
    curl.setopt(pycurl.PROXY, "")
    curl.setopt(pycurl.NETRC, pycurl.NETRC_IGNORED)
    curl.setopt(pycurl.HTTP09_ALLOWED, 0)
    curl.setopt(pycurl.CAINFO, ca_file or certifi.where())
    curl.setopt(pycurl.OPT_CERTINFO, 1)
    curl.setopt(pycurl.TIMEOUT_MS, round(ANSWER_S * 1000))
    curl.setopt(pycurl.NOSIGNAL, 1)
    curl.setopt(pycurl.WRITEFUNCTION, take_body)
    curl.setopt(pycurl.HEADERFUNCTION, take_header)
    began = now_ms()
    try:
        curl.perform()
    except pycurl.error as problem:
        code = int(problem.args[0])
        if not (code == pycurl.E_WRITE_ERROR and body):  # cut here for its length: an answer
            return Seen(_FAULTS.get(code, "silence"), curl.errstr())
    halfway_s = (
        curl.getinfo(pycurl.PRETRANSFER_TIME) + curl.getinfo(pycurl.STARTTRANSFER_TIME)
    ) / 2
    return Seen(
        status=curl.getinfo(pycurl.RESPONSE_CODE),
        body=bytes(body),
        date=dates[0],
        at=began + round(halfway_s * 1000),
        certified_until=_end_of(curl.getinfo(pycurl.INFO_CERTINFO)),
    )


def _end_of(chain: list[list[tuple[str, str]]]) -> int | None:
    """Return when the first certificate of a chain ends (ms); None if there is none."""
    for name, value in chain[0] if chain else ():
        if name == "Expire date":
            return int(ssl.cert_time_to_seconds(value)) * 1000
    return None
