"""Twenty spend one code, or one refresh token, at the same moment, at four web processes.

`OAUTH_ROUNDS=50 python -m pytest tests/security/test_oauth_races.py` makes fifty rounds.
"""

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from socket import create_server

import pytest
import requests
from processes import process
from sqlalchemy import select, update
from stage import connect

from connector.flows import authorise
from connector.flows.clients import Client, add_client
from connector.flows.parts import Parts
from connector.flows.sessions import Session
from connector.flows.tokens import GRACE_MS, exchange
from connector.store.tables import token_families, tokens

pytestmark = pytest.mark.slow

ROUNDS = int(os.environ.get("OAUTH_ROUNDS", "3"))
PROCESSES, SPENDERS = 4, 20
REDIRECT_URI = "https://zapier.example.com/callback"
SCOPES = ("public.webhook_endpoint:read",)

Spend = Callable[..., list[requests.Response]]


@pytest.fixture
def spend(parts: Parts) -> Iterator[Spend]:
    """Return a function that sends one form from twenty threads, to four processes in turn."""
    connect(parts)
    with ExitStack() as stack:
        urls = []
        for _ in range(PROCESSES):
            sock = stack.enter_context(create_server(("127.0.0.1", 0), backlog=128))
            urls.append(f"http://127.0.0.1:{sock.getsockname()[1]}")
            stack.enter_context(process(parts, "serve", "--web-only", sock=sock, rate_limits=False))
        pool = stack.enter_context(ThreadPoolExecutor(SPENDERS))
        sessions = [stack.enter_context(requests.Session()) for _ in range(SPENDERS)]
        for session in sessions:
            session.trust_env = False
        for url in urls:
            assert sessions[0].get(f"{url}/healthz", timeout=60).ok
        gate = threading.Barrier(SPENDERS)

        def send(**form: str) -> list[requests.Response]:
            def one(number: int) -> requests.Response:
                gate.wait(30)
                url = f"{urls[number % PROCESSES]}/oauth2/token"
                return sessions[number].post(url, data=form, timeout=60)

            return list(pool.map(one, range(SPENDERS)))

        yield send


@pytest.fixture
def client(parts: Parts) -> tuple[Client, dict[str, str]]:
    """A builder's client that needs no PKCE, and what proves it."""
    made, secret = add_client(
        parts, platform="zapier", name="Zapier", redirect_uris=(REDIRECT_URI,), pkce=False
    )
    return made, {"client_id": made.id, "client_secret": str(secret)}


def consented(parts: Parts, client: Client) -> dict[str, str]:
    """Let the operator allow; return the form that exchanges the code."""
    asked = authorise.Asked(client, REDIRECT_URI, SCOPES, None, None, {})
    url = authorise.allow(parts, asked, Session("conn_1", "", SCOPES))
    code = url.partition("code=")[2].partition("&")[0]
    return {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI}


def live(parts: Parts) -> list[str]:
    """Return the families of refresh tokens that can still be used, one entry for each token."""
    with parts.store.read() as c:
        return list(
            c.execute(
                select(tokens.c.family_id)
                .join(token_families, token_families.c.id == tokens.c.family_id)
                .where(
                    tokens.c.kind == "refresh",
                    tokens.c.spent_at.is_(None),
                    token_families.c.revoked_at.is_(None),
                )
            ).scalars()
        )


def end_all(parts: Parts) -> None:
    """Begin the next round with nothing that lives."""
    with parts.store.begin() as c:
        c.execute(update(token_families).values(revoked_at=1))


def test_a_code_leaves_at_most_one_live_family(
    parts: Parts, spend: Spend, client: tuple[Client, dict[str, str]]
) -> None:
    """At most one of twenty gets tokens, the others are told that the code is used."""
    for _ in range(ROUNDS):
        answers = spend(**consented(parts, client[0]), **client[1])
        statuses = sorted(answer.status_code for answer in answers)
        assert statuses == [200] + [400] * (SPENDERS - 1)
        assert {a.json()["error"] for a in answers if a.status_code == 400} == {"invalid_grant"}
        assert live(parts) == []  # the code was used again, so what it gave has ended
        end_all(parts)


def test_a_refresh_token_leaves_one_live_leaf(
    parts: Parts, spend: Spend, client: tuple[Client, dict[str, str]]
) -> None:
    """Within the grace all are served and one token lives; after it the whole family ends."""
    for _ in range(ROUNDS):
        form = consented(parts, client[0])
        given = exchange(
            parts,
            client[0],
            code=form["code"],
            redirect_uri=form["redirect_uri"],
            code_verifier=None,
        )
        token = {"grant_type": "refresh_token", "refresh_token": given.refresh_token}
        answers = spend(**token, **client[1])
        assert {answer.status_code for answer in answers} == {200}
        assert len(live(parts)) == 1
        with parts.store.begin() as c:
            past = tokens.c.spent_at - GRACE_MS - 1000
            c.execute(update(tokens).where(tokens.c.spent_at.is_not(None)).values(spent_at=past))
        answers = spend(**token, **client[1])
        assert {answer.status_code for answer in answers} == {400}
        assert live(parts) == []
        end_all(parts)
