"""One suite, written from the reference page, for everything that speaks Stora's dialect.

A test gets an `api`. To put another server under the suite, name it in `params` and give it a
fixture `<name>_api` that returns an `Api`.
"""

import json
import os
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import pytest
import requests
from broker import Broker, serve_stora
from served import served

from connector.factory import app_of
from connector.flows.parts import open_parts
from connector.sandbox import create_sandbox
from connector.settings import Settings
from connector.store.secrets import new_key
from connector.web.intake import Intake
from connector.web.problems import links_of
from connector.web.server import Server, listen


@dataclass
class Api:
    """A server under test.

    `token(scopes, operator)` gives an access token of operator 0 or 1, strangers to each other.
    `stamps` says that the server writes `metadata.source` and `metadata.external_id` itself, knows
    an endpoint again by them, and that removing one twice is no fault.
    """

    base_url: str
    token: Callable[[str, int], str]
    stamps: bool = False
    session: requests.Session = field(default_factory=requests.Session)

    endpoints: ClassVar = "/2025-09/webhook_endpoints"
    read: ClassVar = "public.webhook_endpoint:read"
    write: ClassVar = "public.webhook_endpoint:write"
    page: ClassVar[dict[str, Any]] = json.loads(
        (Path(__file__).parents[1] / "data" / "stora-create-webhook-endpoint.json").read_text()
    )

    def request(
        self,
        method: str,
        path: str,
        *,
        scopes: str = f"{read} {write}",
        operator: int = 0,
        headers: Mapping[str, str | bytes | None] | None = None,
        **options: Any,
    ) -> requests.Response:
        """Call `path` with a token of `scopes`; `headers` replace or remove (None) any."""
        bearer = {"Authorization": f"Bearer {self.token(scopes, operator)}"}
        return self.session.request(
            method,
            self.base_url + path,
            headers={**bearer, **(headers or {})},
            timeout=30,
            allow_redirects=False,
            **options,
        )

    def body(self, **changes: Any) -> dict[str, Any]:
        """Return the page's request body with a workflow id of its own, and `changes`."""
        metadata = {"source": "zapier", "external_id": uuid.uuid4().hex}
        return {**self.page["request"], "metadata": metadata, **changes}

    def create(self, **changes: Any) -> dict[str, Any]:
        """Create an endpoint from `body(**changes)`."""
        response = self.request("POST", self.endpoints, json=self.body(**changes))
        assert response.status_code == 201, response.text
        return response.json()["endpoint"]

    def show(self, id: str) -> dict[str, Any]:
        """Return the endpoint as it stands now."""
        response = self.request("GET", f"{self.endpoints}/{id}")
        assert response.status_code == 200, response.text
        return response.json()["endpoint"]

    def patch(self, id: str, **changes: Any) -> dict[str, Any]:
        """Change the endpoint and return the answer."""
        response = self.request("PATCH", f"{self.endpoints}/{id}", json=changes)
        assert response.status_code == 200, response.text
        return response.json()["endpoint"]

    def count(self) -> int:
        """Return how many endpoints the first operator has."""
        response = self.request("GET", self.endpoints, params={"limit": 1})
        return response.json()["meta"]["pagination"]["count"]

    def own(self, metadata: dict[str, str]) -> dict[str, str]:
        """Return `metadata` without what the server stamps."""
        stamp = ("source", "external_id") if self.stamps else ()
        return {key: text for key, text in metadata.items() if key not in stamp}


def assert_problem(
    response: requests.Response, status: int, code: str, *pointers: str
) -> dict[str, Any]:
    """Assert the one error shape and return the error; `pointers` are all fields at fault."""
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"].startswith("application/json")
    assert response.json().keys() == {"error"}
    error = response.json()["error"]
    assert error.keys() == {"code", "details", "links", "message", "request_id", "type"}
    assert error["code"] == code
    assert error["type"] == "invalid_request_error"
    assert error["message"]
    assert [link["kind"] for link in error["links"]] == ["open_api", "documentation"]
    uuid.UUID(error["request_id"])
    assert all(detail.keys() == {"pointer", "message"} for detail in error["details"])
    if pointers:
        assert {detail["pointer"] for detail in error["details"]} == set(pointers)
    return error


@pytest.fixture(scope="session")
def problem() -> Callable[..., dict[str, Any]]:
    """The assertion that a response has the one error shape."""
    return assert_problem


@pytest.fixture(params=["sandbox", "unitwire"], scope="session")
def api(request: pytest.FixtureRequest) -> Api:
    """A server that speaks Stora's dialect."""
    return request.getfixturevalue(f"{request.param}_api")


@pytest.fixture(scope="session")
def sandbox_api() -> Iterator[Api]:
    """The sandbox on a socket, without rate limits."""
    with served(create_sandbox(limits=False)) as base_url, requests.Session() as session:
        operators = session.get(f"{base_url}/_sandbox/operators", timeout=30).json()["operators"]

        @cache
        def token(scopes: str, operator: int) -> str:
            asked = {
                "grant_type": "client_credentials",
                "client_id": operators[operator]["client_id"],
                "client_secret": operators[operator]["client_secret"],
                "scope": scopes,
            }
            answer = session.post(f"{base_url}/oauth2/token", json=asked, timeout=30)
            return answer.json()["access_token"]

        yield Api(base_url, token, session=session)


@pytest.fixture(scope="session")
def unitwire_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Unitwire behind its own server; its two connections are operators of its own sandbox.

    Its database is a fresh SQLite file, or the empty one at CONTRACT_DATABASE_URL.
    """
    file = tmp_path_factory.mktemp("contract") / "unitwire.db"
    database_url = os.environ.get("CONTRACT_DATABASE_URL", f"sqlite:///{file}")
    with serve_stora() as stora, requests.Session() as session:
        settings = Settings(
            database_url=database_url,
            secret_keys=(new_key(),),
            stora_api_url=stora.url,
            rate_limits=False,
        )
        parts = open_parts(settings)
        broker = Broker(parts, stora)

        @cache
        def token(scopes: str, operator: int) -> str:
            return broker.personal_token(scopes, operator)

        sock = listen("127.0.0.1", 0)
        server = Server(Intake(app_of(parts), links=links_of(parts.settings.origin)), sock)
        thread = threading.Thread(target=server.run)
        thread.start()
        yield Api(f"http://127.0.0.1:{sock.getsockname()[1]}", token, stamps=True, session=session)
        session.close()
        server.stop()
        thread.join()
        parts.close()
