"""Calls to Stora's API: one answer, or one of `connector.errors`.

Nothing here waits, retries or refreshes; `flows.call` does, and every flow goes through that.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from connector.errors import NotFound
from connector.settings import Settings
from connector.stora.refusals import refusal_of
from connector.stora.versions import CURRENT
from connector.stora.wire import JSON, Answer, Wire

DEADLINE_S = 20.0


class StoraClient:
    """The way to Stora's API, from any number of threads."""

    def __init__(self, settings: Settings) -> None:
        self._root = settings.stora_api_url.rstrip("/")
        self.wire = Wire()

    def url(self, path: str) -> str:
        """Return the address of `path`; all but OAuth's lies under the version of the API."""
        prefix = "" if path.startswith("/oauth2/") else CURRENT.prefix
        return f"{self._root}{prefix}{quote(path, safe='/%')}"

    def call(
        self,
        token: str,
        method: str,
        path: str,
        *,
        json: object = None,
        params: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
        deadline_s: float = DEADLINE_S,
        accept: str = JSON,
    ) -> Answer:
        """Call Stora with an access token and return its answer, a 2xx, within `deadline_s`.

        `path` begins with a slash and has no version; ids in it go through `segment`.
        `idempotency_key` is for POST only: Stora keeps the first answer, errors included, for 24 h
        and repeats it for the same key (Stora page: guides/requests). `accept` is the content type
        of the answer; errors are always JSON.
        Raises what `refusals` maps Stora's errors to, and StoraUnavailable.
        """
        headers = {"Authorization": f"Bearer {token}"}
        if idempotency_key is not None:
            headers["Idempotency-Key"] = idempotency_key
        answer = self.wire.exchange(
            method,
            self.url(path),
            headers=headers,
            json=json,
            params=params,
            deadline_s=deadline_s,
            accept=accept,
        )
        if not 200 <= answer.status < 300:
            raise refusal_of(answer)
        return answer

    def close(self) -> None:
        """Close all connections."""
        self.wire.close()


def segment(id: str) -> str:
    """Return an id as one segment of a path; raise NotFound for what cannot be one."""
    if id in ("", ".", ".."):
        raise NotFound
    return quote(id, safe="")
