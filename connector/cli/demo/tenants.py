"""The two operators of the demo, each connected by OAuth, and calls in their name."""

from dataclasses import dataclass
from typing import Any

import requests

from connector.cli.demo.browser import TIMEOUT_S, Consents, WrongTurn, authorise
from connector.cli.demo.house import House


@dataclass(frozen=True)
class Tenant:
    """A connected operator: what it was asked, and what the builder holds of it now."""

    operator: str
    connection: str
    sandbox_token: str
    consents: Consents


def call(
    method: str, url: str, *, token: str | None = None, json: Any = None, status: int = 200
) -> dict[str, Any]:
    """Return the JSON that `url` answers; raises WrongTurn for another status, or none."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with requests.Session() as session:
        session.trust_env = False
        try:
            answer = session.request(method, url, json=json, headers=headers, timeout=TIMEOUT_S)
        except requests.RequestException as problem:
            raise WrongTurn(f"{method} {url} was not answered: {problem}") from None
    if answer.status_code != status:
        raise WrongTurn(f"{method} {url} answered {answer.status_code}: {answer.text}")
    return dict(answer.json())


def operators(home: House) -> list[dict[str, Any]]:
    """Return the sandbox's operators: `{id, name, token, …}`."""
    found = call("GET", f"{home.settings.stora_api_url}/_sandbox/operators")
    return list(found["operators"])


def connect(home: House, operator: dict[str, Any]) -> Tenant:
    """Let an operator connect Stora and allow the builder, as a browser would."""
    consents = authorise(home.builder, operator["id"])
    info = call(
        "GET",
        f"{home.settings.origin}/oauth2/token/info",
        token=consents.tokens.access_token,
    )
    return Tenant(info["operator"]["name"], info["connection"], operator["token"], consents)


def document(home: House, tenant: Tenant) -> dict[str, str]:
    """Return what `demo --json` tells of a tenant."""
    return {
        "operator": tenant.operator,
        "token": tenant.consents.tokens.access_token,
        "refresh_token": tenant.consents.tokens.refresh_token,
        "client_id": home.builder.client_id,
        "client_secret": home.builder.client_secret,
        "redirect_uri": home.builder.redirect_uri,
        "connection": tenant.connection,
        "sandbox_token": tenant.sandbox_token,
    }
