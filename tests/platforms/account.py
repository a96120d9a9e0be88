"""One operator's account in the running demo, seen from all sides: Unitwire, sandbox, receiver."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import requests

API = "/2025-09"
PATIENCE_S = 20.0


class Account:
    """What `unitwire demo --json` told of an operator, and hands that reach everywhere."""

    def __init__(self, demo: dict[str, Any], tenant: dict[str, Any]) -> None:
        self.url: str = demo["url"]
        self.sandbox_url: str = demo["sandbox_url"]
        self.receiver_url: str = demo["receiver_url"]
        self.database_url: str = demo["database_url"]
        self.operator: str = tenant["operator"]
        self.connection: str = tenant["connection"]
        self.token: str = tenant["token"]
        self.refresh_token: str = tenant["refresh_token"]
        self.client_id: str = tenant["client_id"]
        self.client_secret: str = tenant["client_secret"]
        self.redirect_uri: str = tenant["redirect_uri"]
        self._sandbox_token: str = tenant["sandbox_token"]
        self._session = requests.Session()
        self._session.trust_env = False

    def unitwire(self, method: str, path: str, json: Any = None, status: int = 0) -> Any:
        """Return what Unitwire answers below its API's version; {} for no content."""
        return self._ask(method, f"{self.url}{API}{path}", self.token, json, status)

    def stora(self, method: str, path: str, json: Any = None, status: int = 0) -> Any:
        """Return what the sandbox answers to the operator itself."""
        return self._ask(
            method, f"{self.sandbox_url}{API}{path}", self._sandbox_token, json, status
        )

    def happens(self, event_type: str, **changes: str) -> str:
        """Let one event happen in Stora; return its id. `changes` maps dotted paths to values."""
        url = f"{self.sandbox_url}/_sandbox/trigger"
        wanted = {"event_type": event_type, "operator": self.operator, "set": changes}
        return str(self._ask("POST", url, None, wanted)["events"][0])

    def listens(self, path: str, event_type: str = "note.updated") -> dict[str, Any]:
        """Return a webhook endpoint that sends to the receiver's `path`; the same on every call."""
        body = {
            "name": "Account",
            "api_version": API.strip("/"),
            "url": self.receiver_url + path,
            "event_types": [event_type],
            "metadata": {"external_id": path},
        }
        return dict(self.unitwire("POST", "/webhook_endpoints", body)["endpoint"])

    def received(self, event_id: str, path: str) -> dict[str, Any]:
        """Return the delivery of an event that arrived at `path`: {path, headers, body, at}."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            for each in self._ask("GET", f"{self.receiver_url}/received", None, None):
                if each["path"] == path and event_id in each["body"]:
                    return dict(each)
            time.sleep(0.05)
        raise AssertionError(f"{event_id} did not arrive at {path} within {PATIENCE_S} s")

    def answers(self, path: str, status: int) -> None:
        """Let the receiver answer so at `path` from now on."""
        self._ask(
            "POST", f"{self.receiver_url}/_answer", None, {"path": path, "status": status}, 200
        )

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds; fails the test if it never does."""
        until = time.monotonic() + PATIENCE_S
        while not holds():
            assert time.monotonic() < until, f"did not come true within {PATIENCE_S} s"
            time.sleep(0.05)

    def upstream(self, endpoint_id: str) -> list[dict[str, Any]]:
        """Return the endpoints in Stora that serve one of Unitwire's."""
        found = self._ask("GET", f"{self.sandbox_url}/_sandbox/endpoints", None, None)
        return [
            each
            for each in found["endpoints"]
            if each["metadata"].get("endpoint_id") == endpoint_id
        ]

    def all(self, path: str, envelope: str) -> Iterator[dict[str, Any]]:
        """Yield all documents of one of Stora's lists."""
        page: int | None = 1
        while page:
            answer = self.stora("GET", f"{path}?limit=100&page={page}")
            yield from answer[envelope]
            page = answer["meta"]["pagination"]["next"]

    def close(self) -> None:
        """Close all connections."""
        self._session.close()

    def _ask(self, method: str, url: str, token: str | None, json: Any, status: int = 0) -> Any:
        """Return the JSON of an answer, {} for none; any 2xx will do if no `status` is named."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = self._session.request(method, url, json=json, headers=headers, timeout=PATIENCE_S)
        good = answer.status_code == status if status else answer.ok
        assert good, f"{method} {url}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else {}


@contextmanager
def demo() -> Iterator[Account]:
    """Run `unitwire demo`; give an operator in it, connected by OAuth as Zapier's client."""
    command = [sys.executable, "-m", "connector", "demo", "--json", "--no-limits"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, "the demo did not start"
        told = json.loads(line)
        with closing(Account(told, told["tenants"][0])) as opened:
            yield opened
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
        if process.stdout is not None:
            process.stdout.close()
