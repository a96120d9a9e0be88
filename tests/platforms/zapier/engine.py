"""Zapier's own engine, running the integration: the app tester of its core, in a Node process."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from platforms.account import Account

DRIVER = Path(__file__).with_name("driver.js")


class Failed(Exception):
    """A function of the integration threw: `name` is the class of Zapier's error."""

    def __init__(self, name: str, message: str) -> None:
        self.name = name
        super().__init__(f"{name}: {message}")


class Zapier:
    """Zapier's app tester, running the integration as somebody's connected account."""

    def __init__(self, node: str, folder: Path, account: Account) -> None:
        self.account = account
        self.auth: dict[str, Any] = {"address": account.url, "access_token": account.token}
        read, write = os.pipe()
        environment = os.environ | {
            "ADDRESS": account.url,
            "ALLOW_LOOPBACK": "1",
            "CLIENT_ID": account.client_id,
            "CLIENT_SECRET": account.client_secret,
            "NODE_ENV": "testing",  # Zapier's own checks throw
        }
        self._process = subprocess.Popen(
            [node, str(DRIVER), str(folder), str(write)],
            stdin=subprocess.PIPE,
            text=True,
            pass_fds=(write,),
            env=environment,
        )
        os.close(write)
        self._answers = os.fdopen(read)
        self.definition = self._say("definition", {})["definition"]

    def run(self, method: str, **bundle: Any) -> Any:
        """Return what a function of the integration returns; raises Failed with what it throws.

        `bundle` has `authData` of the account, unless it says otherwise.
        """
        return self._say(method, {"authData": self.auth, **bundle})

    def faults(self) -> list[str]:
        """Return what the platform's schema finds wrong."""
        return list(self._say("definition", {})["faults"])

    def _say(self, method: str, bundle: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"method": method, "bundle": bundle}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._answers.readline())
        assert "Zapier check" not in answer["printed"], answer["printed"]
        if "error" in answer:
            raise Failed(answer["error"]["name"], answer["error"]["message"])
        return answer["result"]

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(10)
        self._answers.close()
        assert self._process.stdin is not None
        self._process.stdin.close()
