"""n8n, the real one: a workflow that answers at once and POSTs what came.

Its webhook node hands on a parsed body, so no signature is checked, which favours it. Of what
happened to an execution it keeps a record in its own SQLite database.
"""

import os
import time
from collections.abc import Sequence
from typing import Any

import requests

from benchmarks.ports import HOST, START_S, free_port
from benchmarks.systems.node_red import CACHE
from benchmarks.systems.system import Bare, Command, Missing, Place

OWNER = {
    "email": "owner@example.com",
    "firstName": "Bench",
    "lastName": "Owner",
    "password": "Correct-Horse-9",
}
OFF = (
    *("DIAGNOSTICS_ENABLED", "VERSION_NOTIFICATIONS_ENABLED", "DYNAMIC_BANNERS_ENABLED"),
    *("VERSION_NOTIFICATIONS_WHATS_NEW_ENABLED", "TEMPLATES_ENABLED", "SECURE_COOKIE"),
    *("PERSONALIZATION_ENABLED", "LICENSE_AUTO_RENEW_ENABLED"),
)


class N8n(Bare):
    """It tries again what fails, as set here, but does not resume what a crash cut off."""

    name = "n8n 2.41"
    server = "its own"
    promises = "acknowledged before anything is kept, 5 retries; no signature checked"
    path = "/webhook/hook"

    def prepare(self, place: Place) -> None:
        """Find n8n and the Node that it needs."""
        node = sorted(CACHE.glob("node-*/node_modules/.bin"))
        found = sorted(CACHE.glob("n8n-2*/node_modules/.bin/n8n"))
        if not node or not found:
            raise Missing("n8n is not installed: make test-n8n does it (2.9 GB)")
        self._program, self._is_set_up = found[-1], False
        self._env = {
            "PATH": f"{node[-1]}{os.pathsep}{os.environ['PATH']}",
            "N8N_USER_FOLDER": str(place.folder),
            "N8N_PORT": str(place.port),
            "N8N_LISTEN_ADDRESS": HOST,
            "WEBHOOK_URL": f"http://{HOST}:{place.port}/",
            "N8N_ENCRYPTION_KEY": "bench",
            "N8N_RUNNERS_BROKER_PORT": str(free_port()),
            "N8N_DISABLED_MODULES": "instance-ai,mcp,mcp-registry,chat-hub",
            **{f"N8N_{name}": "false" for name in OFF},
            "EXTERNAL_FRONTEND_HOOKS_URLS": "",
        }

    def web(self, place: Place) -> Sequence[Command]:
        """Return n8n."""
        return [Command([self._program, "start"], self._env, place.folder)]

    def ready(self, place: Place) -> None:
        """Wait until n8n serves; the first time, make its owner and switch the workflow on."""
        base = f"http://{HOST}:{place.port}"
        with requests.Session() as session:
            session.trust_env = False
            session.headers["browser-id"] = "bench"
            until_ok(session, f"{base}/healthz/readiness")
            if not self._is_set_up:
                rest(session, f"{base}/rest/owner/setup", OWNER)
                made = rest(session, f"{base}/rest/workflows", workflow(place.target))
                on = {"versionId": made["versionId"]}
                rest(session, f"{base}/rest/workflows/{made['id']}/activate", on)
                self._is_set_up = True
            # A webhook that is registered refuses GET by naming what it takes.
            until_ok(session, f"{base}{self.path}", told="GET")


def until_ok(session: requests.Session, url: str, told: str = "") -> None:
    """Return when `url` is answered with 200, or with a text in which `told` stands."""
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        try:
            answer = session.get(url, timeout=5)
        except requests.RequestException:
            answer = None
        if answer is not None and (answer.ok or (told and "not registered for GET" in answer.text)):
            return
        time.sleep(0.1)
    raise RuntimeError(f"{url} did not come up")


def rest(session: requests.Session, url: str, body: object) -> Any:
    """POST to n8n's own API and return the data that it answers."""
    answer = session.post(url, json=body, timeout=START_S)
    if not answer.ok:
        raise RuntimeError(f"{url}: {answer.status_code} {answer.text}")
    return answer.json()["data"]


def workflow(target: str) -> dict[str, object]:
    """Return the workflow: webhook, then an HTTP request with retries."""
    return {
        "name": "hooks",
        "nodes": [
            {
                "id": "in",
                "name": "In",
                "type": "n8n-nodes-base.webhook",
                "typeVersion": 2,
                "position": [0, 0],
                "webhookId": "bench",
                "parameters": {"httpMethod": "POST", "path": "hook", "responseMode": "onReceived"},
            },
            {
                "id": "post",
                "name": "Post",
                "type": "n8n-nodes-base.httpRequest",
                "typeVersion": 4.2,
                "position": [200, 0],
                "retryOnFail": True,
                "maxTries": 5,
                "waitBetweenTries": 2000,
                "parameters": {
                    "method": "POST",
                    "url": target,
                    "sendBody": True,
                    "specifyBody": "json",
                    "jsonBody": "={{ JSON.stringify($json.body) }}",
                },
            },
        ],
        "connections": {"In": {"main": [[{"node": "Post", "type": "main", "index": 0}]]}},
        "settings": {"executionOrder": "v1"},
    }
