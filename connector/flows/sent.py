"""What an attempt sent: its request, made again from what is kept.

Nothing of a request is stored, since all of it follows from the event, the endpoint and the moment
of the attempt. What can no longer be known is not guessed: signatures made before the newest change
of the secret are left out, and an address that may have been another is marked. A signature is
shown by its beginning: enough to compare it, too little to replay it.
"""

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from connector.errors import SettingsError
from connector.flows.deliver import headers_of
from connector.flows.secret import OVERLAP_MS
from connector.store.secrets import Vault

_SIGNATURE = re.compile(r"(v1[=,]\S{8})[^\s,]+")


@dataclass(frozen=True)
class Sent:
    """The head of a request: its first line, and its headers in order.

    `is_signed` is False where the signatures are no longer known, `may_differ` True where the
    endpoint was changed since, so that its address may have been another.
    """

    line: str
    headers: tuple[tuple[str, str], ...]
    is_signed: bool
    may_differ: bool

    @property
    def text(self) -> str:
        """The head as it went out, but for the ends of the signatures."""
        return "\n".join((self.line, *(f"{name}: {value}" for name, value in self.headers)))


def sent(vault: Vault, endpoint: Row[Any], event_id: str, body: bytes, at: int) -> Sent:
    """Return what was sent to `endpoint` (its columns) by an attempt that began at `at` (ms)."""
    host, _, path = endpoint.url.partition("://")[2].partition("/")
    secrets = _secrets(vault, endpoint, at)
    made = headers_of(secrets, event_id, body, at)
    return Sent(
        line=f"POST /{path} HTTP/1.1",
        headers=(
            ("Host", host),
            *((name, _SIGNATURE.sub(r"\1…", value)) for name, value in made.items()),
            ("Content-Length", str(len(body))),
        ),
        is_signed=bool(secrets),
        may_differ=endpoint.updated_at > at,
    )


def _secrets(vault: Vault, endpoint: Row[Any], at: int) -> list[str]:
    """Return the secrets that signed at a moment; none where they are no longer known."""
    until = endpoint.previous_secret_until
    sealed = [endpoint.secret_sealed]
    if until is not None:
        if at < until - OVERLAP_MS:
            return []
        if at < until:
            sealed.append(endpoint.previous_secret_sealed)
    try:
        return [vault.open(each) for each in sealed]
    except SettingsError:  # no key opens it: `doctor` says so, a page of the log need not
        return []
