"""Trouble on request: what the API and the webhooks shall do wrong, and how often.

The dials are set as a whole:

    {"api": [{"kind": "500", "method": "POST", "path": "/oauth2/token", "times": 1}],
     "webhooks": [{"kind": "duplicate", "times": 3}]}

A fault is spent once for each call or delivery it hits; the first that fits is taken.
"""

import threading
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, TypeVar

ApiKind = Literal["429", "500", "lost_answer", "slow"]
WebhookKind = Literal["duplicate", "reorder", "wrong_signature", "stale_timestamp"]


@dataclass(frozen=True)
class ApiFault:
    """Something wrong with an answer of the API.

    `429` refuses before anything is done, `500` fails instead of working, `lost_answer` works but
    breaks the connection instead of answering, `slow` waits first.
    `path` is a prefix, `method` empty for any; `seconds` is how long `slow` waits, and when a
    `429` says to come back.
    """

    kind: ApiKind
    times: int = 1
    path: str = "/"
    method: str = ""
    seconds: float = 1.0


@dataclass(frozen=True)
class WebhookFault:
    """Something wrong with a delivery.

    `duplicate` sends it twice, `reorder` holds it back so that later ones overtake it,
    `wrong_signature` signs with a key nobody has, `stale_timestamp` signs rightly, an hour ago.
    """

    kind: WebhookKind
    times: int = 1


Fault = TypeVar("Fault", ApiFault, WebhookFault)


class Faults:
    """The dials, turned by one thread and read by all."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._api: list[ApiFault] = []
        self._webhooks: list[WebhookFault] = []

    def set(self, api: list[ApiFault], webhooks: list[WebhookFault]) -> None:
        """Replace all dials."""
        with self._lock:
            self._api, self._webhooks = list(api), list(webhooks)

    def show(self) -> dict[str, list[dict[str, Any]]]:
        """Return the dials with how many times each is still to happen."""
        with self._lock:
            return {
                "api": [asdict(fault) for fault in self._api],
                "webhooks": [asdict(fault) for fault in self._webhooks],
            }

    def take_api(self, method: str, path: str) -> ApiFault | None:
        """Spend and return the fault that hits this call, if any."""
        with self._lock:
            for place, fault in enumerate(self._api):
                if path.startswith(fault.path) and fault.method in ("", method):
                    return _spend(self._api, place)
        return None

    def take_webhook(self) -> WebhookFault | None:
        """Spend and return the fault that hits this delivery, if any."""
        with self._lock:
            return _spend(self._webhooks, 0) if self._webhooks else None


def _spend(dials: list[Fault], place: int) -> Fault:
    fault = dials[place]
    if fault.times > 1:
        dials[place] = replace(fault, times=fault.times - 1)
    else:
        del dials[place]
    return fault
