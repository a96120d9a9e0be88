"""Limits on public routes hold for all web processes together, as users run them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import cycle
from socket import create_server

import pytest
import requests
from processes import process
from stage import connect, listen

from connector.flows.parts import Parts
from connector.web.limits import FAILURES, PEOPLE

pytestmark = pytest.mark.slow

Ask = Callable[[str, str, str], requests.Response]
FORM = {"grant_type": "refresh_token", "client_id": "app_x", "refresh_token": "x", "token": "x"}


@pytest.fixture
def ask(parts: Parts) -> Iterator[Ask]:
    """Return a function that asks two web processes in turn, as from an address behind a proxy."""
    connect(parts)
    listen(parts)
    with ExitStack() as stack:
        urls = []
        for _ in range(2):
            sock = stack.enter_context(create_server(("127.0.0.1", 0), backlog=128))
            urls.append(f"http://127.0.0.1:{sock.getsockname()[1]}")
            stack.enter_context(process(parts, "serve", "--web-only", sock=sock, trusted_proxies=1))
        session = stack.enter_context(requests.Session())
        session.trust_env = False
        for url in urls:
            assert session.get(f"{url}/healthz", timeout=60).ok
        turns = cycle(urls)

        def send(method: str, path: str, address: str) -> requests.Response:
            return session.request(
                method,
                next(turns) + path,
                data=FORM if method == "POST" else None,
                headers={"X-Forwarded-For": address},
                allow_redirects=False,
                timeout=30,
            )

        yield send


ROUTES = (
    ("GET", "/oauth2/authorize", PEOPLE.most),
    ("GET", "/connect", PEOPLE.most),
    ("GET", "/connect/callback", PEOPLE.most),
    ("GET", "/login", PEOPLE.most),
    ("POST", "/login", PEOPLE.most),
    ("GET", "/setup", PEOPLE.most),
    ("POST", "/oauth2/token", FAILURES.most),
    ("POST", "/oauth2/revoke", FAILURES.most),
    ("POST", "/hooks/stora/we_1", FAILURES.most),
    ("POST", "/hooks/stora/we_unknown", FAILURES.most),
)


def test_n_are_answered_and_one_more_is_not(ask: Ask) -> None:
    """Between two processes, n requests of one address are answered and the next ones are 429."""
    for number, (method, path, most) in enumerate(ROUTES):
        mine, other = f"2001:db8:0:{number}::", f"2001:db8:1:{number}::1"
        # Each request from another address of one /64.
        answers = [ask(method, path, f"{mine}{n:x}").status_code for n in range(1, most + 1)]
        assert 429 not in answers, path
        for n in (1, 2):  # whichever process is asked
            refused = ask(method, path, f"{mine}{n:x}")
            assert refused.status_code == 429, path
            assert 1 <= int(refused.headers["Retry-After"]) <= 60
        assert ask(method, path, other).status_code != 429, path
