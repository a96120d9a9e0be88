"""A real Node-RED with the packed nodes in it: installed, started, driven over its admin API."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from socket import create_server
from typing import Any, Final, TypeVar

import requests
from platforms.npm import MANIFESTS, installed

T = TypeVar("T")
Node = dict[str, Any]

PATIENCE_S: Final = 20.0
SETTINGS: Final = """module.exports = {
  uiHost: '127.0.0.1',
  uiPort: %d,
  flowFile: 'flows.json',
  credentialSecret: 'a secret for tests',
  editorTheme: { tours: false },
  telemetry: { enabled: false, updateNotification: false },
  externalModules: { autoInstall: false, palette: { allowInstall: false } },
  logging: { console: { level: 'info' } },
};
"""


def until(look: Callable[[], T], seconds: float = PATIENCE_S) -> T:
    """Return what `look` finds, as soon as it finds something."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, f"nothing within {seconds} s"
        time.sleep(0.05)
    return found


class NodeRed:
    """One Node-RED with a user folder of its own; messages come out in a file, line by line."""

    def __init__(self, node: str, folder: Path) -> None:
        self._node = node
        self.home = folder / "home"
        self.home.mkdir()
        self.out = folder / "out"
        self._log = folder / "log"
        self._engine = installed("node_red", Path(__file__).parent)
        with create_server(("127.0.0.1", 0)) as sock:
            self.port = sock.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._session = requests.Session()
        self._session.trust_env = False
        (self.home / "settings.js").write_text(SETTINGS % self.port)
        self._install(folder)
        self.start()

    def _install(self, folder: Path) -> None:
        """Pack the package as it would be published, and install it as a palette does."""
        package = folder / "package"
        shutil.copytree(MANIFESTS / "node-red", package)
        run = {"check": True, "capture_output": True, "text": True, "timeout": 60}
        packed = subprocess.run(["npm", "pack", "--json"], cwd=package, **run)  # type: ignore[call-overload]
        tarball = package / json.loads(packed.stdout)[0]["filename"]
        (self.home / "package.json").write_text('{"private": true}')
        quiet = ("--offline", "--no-audit", "--no-fund", "--no-update-notifier")
        subprocess.run(["npm", "install", *quiet, str(tarball)], cwd=self.home, **run)  # type: ignore[call-overload]

    def start(self) -> None:
        """Start it, and wait until its flows run."""
        red = self._engine / "node_modules" / "node-red" / "red.js"
        before = self.log().count("Started flows")
        self._mark = len(self.messages())
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                [self._node, str(red), "--userDir", str(self.home)],
                stdout=log,
                stderr=log,
                env=os.environ | {"NO_UPDATE_NOTIFIER": "1"},
            )
        until(lambda: self.log().count("Started flows") > before or self._process.poll())
        assert self._process.poll() is None, self.log()

    def stop(self) -> None:
        """End it as a service manager does."""
        self._process.terminate()
        self._process.wait(30)

    def close(self) -> None:
        """Remove its flows, and so its webhook endpoints, and end it."""
        if self._process.poll() is None:
            self.deploy([])
        self.stop()
        self._session.close()

    def log(self) -> str:
        """Return all that it has logged."""
        return self._log.read_text() if self._log.exists() else ""

    def deploy(self, flow: list[Node], kind: str = "full") -> None:
        """Deploy a flow, and wait until it runs; `kind` is full, flows or nodes."""
        flow = [{"x": 1, "y": 1, **node} if "z" in node else node for node in flow]  # no settings
        headers = {"Node-RED-Deployment-Type": kind}
        before = self.log().count("] Started ")
        self._mark = len(self.messages())
        self.ask("POST", "flows", json=flow, headers=headers, status=204)
        until(lambda: self.log().count("] Started ") > before)

    def ask(self, method: str, path: str, *, status: int = 200, **given: Any) -> Any:
        """Return the JSON that a route answers; None for no content."""
        answer = self._session.request(
            method, f"{self.url}/{path}", timeout=PATIENCE_S * 2, **given
        )
        assert answer.status_code == status, f"{path}: {answer.status_code} {answer.text}"
        is_json = "json" in answer.headers.get("Content-Type", "")
        return answer.json() if is_json else answer.text

    def messages(self) -> list[Node]:
        """Return the messages that came out, in order."""
        lines = self.out.read_text().splitlines() if self.out.exists() else []
        return [json.loads(line) for line in lines if line]

    def message(self, fits: Callable[[Node], bool]) -> Node:
        """Wait for a message that fits."""
        return until(lambda: next((each for each in self.messages() if fits(each)), None))

    def listens(self) -> None:
        """Wait until, since the last deploy or start, a trigger has said that it listens."""

        def said() -> bool:
            later = self.messages()[self._mark :]
            return any(each.get("status", {}).get("text") == "listening" for each in later)

        until(said)

    def endpoints(self, url: str, token: str) -> list[Node]:
        """Return the webhook endpoints that this Node-RED has in Unitwire at `url`."""
        answer = self._session.get(
            f"{url}/2025-09/webhook_endpoints?limit=100&metadata[source]=node-red",
            headers={"Authorization": f"Bearer {token}"},
            timeout=PATIENCE_S,
        )
        return [each for each in answer.json()["endpoints"] if each["url"].startswith(self.url)]

    # ---- parts of flows ------------------------------------------------------------------------

    def account(self, address: str, token: str, **more: Any) -> Node:
        """Return the account node."""
        return {
            "id": "account",
            "type": "unitwire-account",
            "address": address,
            "auth": "token",
            "publicUrl": self.url,
            "credentials": {"token": token},
        } | more

    def outlet(self) -> list[Node]:
        """Return nodes that write to the file what comes in, what is caught, and each status."""
        whole = {"t": "set", "p": "payload", "pt": "msg", "to": "$string($)", "tot": "jsonata"}
        return [
            {"id": "catch", "type": "catch", "z": "tab", "scope": None, "wires": [["whole"]]},
            {"id": "status", "type": "status", "z": "tab", "scope": None, "wires": [["whole"]]},
            {"id": "whole", "type": "change", "z": "tab", "rules": [whole], "wires": [["file"]]},
            {
                "id": "file",
                "type": "file",
                "z": "tab",
                "filename": str(self.out),
                "filenameType": "str",
                "appendNewline": True,
                "createDir": False,
                "overwriteFile": "false",
                "wires": [[]],
            },
        ]
