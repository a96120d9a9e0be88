"""The other side of every call that leaves Unitwire, in this process and without a socket.

Stora is the sandbox, the workflows are what `Workflows` says. `fate` decides over each call: it
goes through, is lost on the way (`before`), or its answer is lost on the way back (`after`).
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from flask.testing import FlaskClient

from connector.errors import StoraUnavailable
from connector.flows.send import Outcome
from connector.sandbox import Operator, Partner, Sandbox, create_sandbox
from connector.stora.wire import JSON, LOST, Answer

Fate = Literal["", "before", "after"]

ORIGIN = "http://127.0.0.1:8080"  # the default of UNITWIRE_PUBLIC_URL
STORA = "http://127.0.0.1:1"  # where nobody listens: what is not caught here fails
HARBOUR, HILLTOP = "harbour", "hilltop"


def through(_what: str) -> Fate:
    """Let everything through."""
    return ""


def make_sandbox() -> Sandbox:
    """Return a Stora with two operators and our application, without rate limits."""
    return create_sandbox(
        limits=False,
        partner=Partner("partner-id", "partner-secret", [f"{ORIGIN}/connect/callback"]),
        operators=[Operator(id, f"{id.title()} Storage", f"{id}-token") for id in OPERATORS],
        allow_http_loopback=True,
    )


OPERATORS = (HARBOUR, HILLTOP)


class StoraWire:
    """Stands in for connector.stora.wire.Wire: calls the sandbox as a function."""

    def __init__(self, sandbox: Sandbox, fate: Callable[[str], Fate] = through) -> None:
        self.sandbox = sandbox
        self.fate = fate

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
        """Return the sandbox's answer, or raise StoraUnavailable as the wire would."""
        path = url.removeprefix(STORA)
        fate = self.fate(f"{method} {path}")
        if fate == "before":
            raise StoraUnavailable
        with self.sandbox.test_client() as client:
            answer = client.open(
                path, method=method, headers=dict(headers or {}), json=json, query_string=params
            )
        if fate == "after" or (answer.get_json(silent=True) is None and answer.data):
            raise StoraUnavailable(LOST, lost=True)
        return Answer(answer.status_code, answer.get_json(silent=True) or {}, answer.headers)

    def close(self) -> None:
        """Have nothing to close."""


def consent(client: FlaskClient, url: str, operator: str = HARBOUR) -> dict[str, str]:
    """Allow on Stora's consent page at `url`; return what the browser brings back."""
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    answer = client.post(
        "/oauth2/authorize", data={**asked, "operator": operator, "decision": "allow"}
    )
    back = parse_qs(urlsplit(answer.headers["Location"]).query)
    given = {name: values[0] for name, values in back.items()}
    return {"code": "", "error": "", "error_description": "", "iss": "", **given}


class Workflows:
    """The workflows of all builders, in this process.

    `answer` says how the one at a URL answers; `received` holds the bodies that came to a URL
    under a `webhook-id`.
    """

    def __init__(self, fate: Callable[[str], Fate] = through) -> None:
        self.fate = fate
        self.answer: Callable[[str], Outcome] = lambda _url: Outcome("", 200)
        self.received: defaultdict[tuple[str, str], list[bytes]] = defaultdict(list)


class Postman:
    """Stands in for connector.flows.send.Sender: brings webhooks to `workflows`.

    `holds` says, each time, whether an outcome is not there yet.
    """

    def __init__(self, workflows: Workflows, holds: Callable[[], bool] = lambda: False) -> None:
        self._workflows = workflows
        self._holds = holds
        self._under_way: list[Outcome] = []

    @property
    def in_flight(self) -> int:
        """How many POSTs have begun and not ended."""
        return len(self._under_way)

    def start(
        self, key: str, url: str, headers: Mapping[str, str], body: bytes, deadline_s: float
    ) -> bool:
        """Take one POST; its outcome comes with a `poll`."""
        fate = self._workflows.fate(f"POST {url}")
        if fate == "before":
            self._under_way.append(Outcome(key, error="connect"))
            return True
        self._workflows.received[url, headers["webhook-id"]].append(body)
        lost = fate == "after"
        outcome = Outcome(key, error="reset") if lost else self._workflows.answer(url)
        self._under_way.append(outcome._replace(key=key))
        return True

    def poll(self, _timeout_s: float) -> list[Outcome]:
        """Return what has ended."""
        held = [outcome for outcome in self._under_way if self._holds()]
        done = [outcome for outcome in self._under_way if outcome not in held]
        self._under_way = held
        return done

    def close(self) -> None:
        """Break off whatever is under way."""
        self._under_way.clear()
