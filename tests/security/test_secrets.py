"""No secret in clear: one of each kind goes through real flows, and is then looked for everywhere.

Everywhere is: the database's own files (tables, write-ahead log), a backup, the logs at DEBUG with
a dump of all stacks, every page, every answer of the API that is not the one telling a secret once,
metrics, documents, and what the commands print.
"""

import base64
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from socket import create_server, socket
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
import requests
from broker import OPERATORS, Stora, serve_stora
from processes import process
from receiver import receiver
from security.house import calls
from sqlalchemy import select, text

from connector import world
from connector.catalogue.samples import sample
from connector.factory import app_of
from connector.flows.clients import add_client
from connector.flows.parts import Parts, open_parts
from connector.flows.sessions import csrf_token, login_link
from connector.sandbox import Operator, Partner
from connector.stora.signature import HEADER, sign
from connector.store.tables import connections, deliveries, webhook_endpoints

pytestmark = pytest.mark.slow

PLAIN = "A-name-that-is-no-secret"  # what must be found, or the search is worth nothing
CALLBACK = "https://zapier.example.com/callback"
SCOPE = "public.webhook_endpoint:read public.webhook_endpoint:write"
# They begin something, or go on for ever.
PASSED_OVER = ("connect.renew", "connect.come_back", "deliveries_page.live")


@dataclass
class Found:
    """The secrets by kind, and what was said in the open."""

    secrets: dict[str, str] = field(default_factory=dict)
    said: dict[str, bytes] = field(default_factory=dict)


class Person:
    """A browser, and a builder's server, at a running Unitwire."""

    def __init__(self, url: str, stora: Stora) -> None:
        self.url, self.stora = url, stora
        self.browser = requests.Session()
        self.browser.trust_env = False

    def ask(self, method: str, path: str, **more: Any) -> requests.Response:
        """Ask without following redirects."""
        options = {"allow_redirects": False, "timeout": 30, **more}
        return self.browser.request(method, path if "://" in path else self.url + path, **options)

    @property
    def cookie(self) -> str:
        """The value of the browser's cookie."""
        return str(self.browser.cookies["unitwire"])

    def press(self, path: str, **form: str) -> requests.Response:
        """Send a form of a page."""
        return self.ask(
            "POST", path, data={"csrf": csrf_token(self.cookie), "once": world.new_token()} | form
        )

    def connect_stora(self) -> None:
        """Connect an operator's account at Stora's consent page."""
        consent = self.ask("GET", "/connect").headers["Location"]
        given = {name: values[0] for name, values in parse_qs(urlsplit(consent).query).items()}
        form = given | {"operator": OPERATORS[0], "decision": "allow"}
        back = self.ask("POST", consent.partition("?")[0], data=form).headers["Location"]
        assert self.ask("GET", back).status_code == 303


@pytest.fixture
def sock() -> Iterator[socket]:
    """Where Unitwire listens."""
    with create_server(("127.0.0.1", 0), backlog=128) as made:
        yield made


def test_no_secret_is_found_in_clear(make_settings: Any, sock: socket, tmp_path: Path) -> None:
    """Of each kind of secret, used well and wrongly, not one is found; a plain name is."""
    url = f"http://127.0.0.1:{sock.getsockname()[1]}"
    found = Found()
    planted = {"partner": world.new_token(), **{each: world.new_token() for each in OPERATORS}}
    found.secrets |= {"Stora's client secret": planted["partner"]}
    operators = [Operator(id, f"{PLAIN} {id}", planted[id]) for id in OPERATORS]
    partner = Partner("partner-id", planted["partner"], [f"{url}/connect/callback"])
    log = tmp_path / "log"
    with ExitStack() as stack:
        stora = stack.enter_context(serve_stora(operators=operators, partner=partner))
        target = stack.enter_context(receiver())
        target.answer = 500
        told = {
            "public_url": url,
            "stora_api_url": stora.url,
            "stora_client_id": "partner-id",
            "stora_client_secret": planted["partner"],
            "log_level": "debug",
        }
        parts = open_parts(make_settings(**told))
        stack.callback(parts.close)
        output = stack.enter_context(log.open("wb"))
        running = stack.enter_context(
            process(parts, "serve", sock=sock, log=output.fileno(), before=FAULTHANDLER, **told)
        )
        person = Person(url, stora)
        stack.callback(person.browser.close)
        assert person.ask("GET", "/healthz").ok
        live(person, parts, found, target.url)
        err(person, found)
        target.wait_for(2, 20)
        look_around(person, parts, found)
        run_commands(parts, found, told, tmp_path)
        os.kill(running.pid, signal.SIGABRT)  # faulthandler dumps every stack
        running.wait(10)
        found.said |= database_files(parts, tmp_path)
    found.said["log"] = log.read_bytes()
    assert b"Fatal Python error: Aborted" in found.said["log"]
    assert found.said["backup"]
    for kind, secret in found.secrets.items():
        assert len(secret) >= 20, kind
        for form in (secret, quote(secret, safe=""), base64.b64encode(secret.encode()).decode()):
            places = [place for place, said in found.said.items() if form.encode() in said]
            assert not places, f"{kind} is in {places}"
    seen = {place.partition(" ")[0] for place, said in found.said.items() if PLAIN.encode() in said}
    assert {"page", "api", "database", "backup", "command"} <= seen


FAULTHANDLER = ("env", "PYTHONFAULTHANDLER=1")


def live(person: Person, parts: Parts, found: Found, target: str) -> None:
    """Do what people and builders do; note each secret that is told."""
    secrets = found.secrets
    person.connect_stora()
    secrets["session before"] = person.cookie
    with parts.store.read() as c:
        row = c.execute(connections.select()).one()
    held = parts.vault.open(row.credentials_sealed)
    secrets |= {f"Stora's {n}": t for n, t in re.findall(r'"(\w+_token)": ?"([^"]+)"', held)}
    assert {"Stora's access_token", "Stora's refresh_token"} <= secrets.keys()

    link = login_link(parts, row.id)
    secrets["login link"] = link.partition("code=")[2]
    person.ask("GET", link)
    assert person.press("/login", code=secrets["login link"]).status_code == 303
    secrets["session"] = person.cookie

    client, client_secret = add_client(
        parts, platform="zapier", name=PLAIN, redirect_uris=(CALLBACK,), pkce=False
    )
    secrets["client secret"] = str(client_secret)
    asked = {"response_type": "code", "client_id": client.id, "redirect_uri": CALLBACK}
    path = f"/oauth2/authorize?{urlencode(asked | {'state': 'a state', 'scope': SCOPE})}"
    assert person.ask("GET", path).status_code == 200
    answer = person.press(path, decision="allow")
    secrets["code"] = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
    proof = {"client_id": client.id, "client_secret": secrets["client secret"]}
    form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "code": secrets["code"]}
    given = person.ask("POST", "/oauth2/token", data=form | proof).json()
    secrets["refresh token before"] = given["refresh_token"]
    form = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
    given = person.ask("POST", "/oauth2/token", data=form | proof).json()
    secrets |= {"access token": given["access_token"], "refresh token": given["refresh_token"]}

    bearer = {"Authorization": f"Bearer {secrets['access token']}"}
    body = {
        "name": PLAIN,
        "api_version": "2025-09",
        "url": f"{target}/hook",
        "event_types": ["invoice.paid"],
    }
    headers = bearer | {"Idempotency-Key": "once"}
    made = person.ask("POST", "/2025-09/webhook_endpoints", json=body, headers=headers).json()
    secrets["webhook secret before"] = made["endpoint"]["secret"]
    rotate = f"/2025-09/webhook_endpoints/{made['endpoint']['id']}/rotate_secret"
    rotated = person.ask("POST", rotate, headers=bearer).json()
    secrets["webhook secret"] = rotated["endpoint"]["secret"]
    secrets["Stora's webhook secret"] = person.stora.endpoints()[0]["secret"]

    page = person.press("/account/tokens", name=PLAIN, rights="all").text
    (secrets["personal token"],) = re.findall(r'id="token" value="([^"]+)"', page)
    secrets["key"] = parts.settings.secret_keys[0]
    endpoint_id = made["endpoint"]["id"]
    for number in range(2):
        raw = json.dumps(sample("invoice.paid", event_id=f"evt_{number}")).encode()
        signed = {HEADER: sign(secrets["Stora's webhook secret"], raw, world.now_ms() // 1000)}
        answer = person.ask("POST", f"/hooks/stora/{endpoint_id}", data=raw, headers=signed)
        assert answer.status_code == 200, answer.text


def err(person: Person, found: Found) -> None:
    """Use every secret where it is wrong, and note what is answered."""
    for number, secret in enumerate(found.secrets.values()):
        bearer, basic = f"Bearer {secret}", base64.b64encode(f"app_x:{secret}".encode()).decode()
        wrong: list[tuple[str, str, dict[str, Any]]] = [
            ("GET", "/2025-09/webhook_endpoints", {"headers": {"Authorization": f"Basic {basic}"}}),
            ("GET", "/mcp", {"headers": {"Authorization": bearer}}),
            ("POST", "/2025-09/webhook_endpoints", {"json": {"secret": secret}}),
            ("POST", "/oauth2/token", {"json": {"grant_type": "x", "client_secret": secret}}),
            ("POST", "/oauth2/token", {"data": {"grant_type": "authorization_code",
                "client_id": "app_x", "client_secret": secret, "code": secret,
                "redirect_uri": CALLBACK}}),
            ("POST", "/oauth2/revoke", {"data": {"client_id": "app_x", "token": secret}}),
            ("POST", f"/oauth2/token?client_secret={secret}", {}),
            ("GET", f"/oauth2/token/info?access_token={secret}", {}),
            ("GET", f"/connect/callback?state={secret}&code={secret}", {}),
            ("POST", "/login", {"data": {"csrf": secret, "code": secret}}),
            ("POST", "/hooks/stora/we_1", {"data": secret,
                "headers": {HEADER: f"t=1,v1={secret}"}}),
            ("GET", "/2025-09/deliveries", {"headers": {"Cookie": f"unitwire={secret}"}}),
        ]  # fmt: skip
        for place, (method, path, more) in enumerate(wrong):
            answer = person.ask(method, path, **more)
            assert 300 <= answer.status_code < 500, (method, path, answer.text)
            found.said[f"error {number}.{place}"] = said_by(answer)


def said_by(answer: requests.Response) -> bytes:
    """Return headers and body of an answer, but for the cookie that the browser has anyway."""
    kept = {name: text for name, text in answer.headers.items() if name != "Set-Cookie"}
    return repr(kept).encode() + answer.content


def look_around(person: Person, parts: Parts, found: Found) -> None:
    """Open every page and every list, as the owner and with the token."""
    with parts.store.read() as c:
        ids = {
            "endpoint_id": c.execute(select(webhook_endpoints.c.id)).scalars().first(),
            "delivery_id": c.execute(select(deliveries.c.id)).scalars().first(),
            "replay_id": "rpl_1",
            "grant_id": "tok_1",
        }
    bearer = {"Authorization": f"Bearer {found.secrets['access token']}"}
    for call in calls(app_of(parts)):
        if call.method == "GET" and call.endpoint not in PASSED_OVER:
            headers = {} if call.is_page else bearer
            answer = person.ask("GET", call.path(ids), headers=headers)
            assert answer.status_code < 500, call
            kind = "page" if call.is_page else "api"
            found.said[f"{kind} {call.rule}"] = said_by(answer)


def run_commands(parts: Parts, found: Found, told: dict[str, str], folder: Path) -> None:
    """Run what lists or exports, and keep what is printed and written."""
    env = {name: text for name, text in os.environ.items() if not name.startswith("UNITWIRE_")}
    env |= {
        "UNITWIRE_DATABASE_URL": parts.settings.database_url,
        "UNITWIRE_SECRET_KEYS": parts.settings.secret_keys[0],
        "UNITWIRE_ALLOW_TARGETS": ",".join(parts.settings.allow_targets),
        **{f"UNITWIRE_{name.upper()}": text for name, text in told.items()},
    }
    things = ("connections", "clients", "tokens", "endpoints", "events", "deliveries")
    lists = [[thing, "list", "--json"] for thing in things]
    for command in [*lists, ["doctor"], ["why", "evt_0"], ["backup", str(folder / "backup.db")]]:
        ran = subprocess.run(
            [sys.executable, "-m", "connector", *command],
            env=env,
            capture_output=True,
            timeout=60,
            check=False,
        )
        found.said[f"command {' '.join(command[:2])}"] = ran.stdout + ran.stderr
    found.said["backup"] = (folder / "backup.db").read_bytes()


def database_files(parts: Parts, folder: Path) -> dict[str, bytes]:
    """Return the raw bytes of all that the database keeps, its log of writes included."""
    files = list(folder.glob("unitwire.db*"))
    if not parts.store.is_sqlite:
        with parts.store.read() as c:
            c.execute(text("CHECKPOINT"))
            data = Path(c.execute(text("SHOW data_directory")).scalar_one())
            oid = c.execute(
                text("SELECT oid FROM pg_database WHERE datname = current_database()")
            ).scalar_one()
        files = [*(data / "base" / str(oid)).iterdir(), *(data / "pg_wal").glob("0*")]
    return {f"database {file.name}": file.read_bytes() for file in files if file.is_file()}
