"""What whoever runs Unitwire and the operator do so that a builder may act: a client, a yes."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import requests
from platforms.account import PATIENCE_S, Account

from connector.cli.demo.browser import Browser
from connector.settings import PREFIX


def environment_of(account: Account) -> dict[str, str]:
    """Return the variables with which every command works on the running demo."""
    file = Path(urlsplit(account.database_url).path[1:]).with_name("env")
    pairs = [shlex.split(line)[1].partition("=") for line in file.read_text().splitlines()]
    return {name: value for name, _, value in pairs if name.startswith(PREFIX)}


def add_client(account: Account, platform: str, redirect_uri: str, *flags: str) -> tuple[str, str]:
    """Return the id and the secret of a new client, made as its documentation says."""
    command = [sys.executable, "-m", "connector", "clients", "add", "--platform", platform]
    done = subprocess.run(
        [*command, "--redirect-uri", redirect_uri, *flags, "--json"],
        env=os.environ | environment_of(account),
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_S,
    )
    client = json.loads(done.stdout)
    return client["client_id"], client["client_secret"]


def allow(account: Account, url: str) -> str:
    """Let the operator say yes at `url`, page by page; return where the browser ends.

    An operator who comes back in a new browser is known again by a webhook endpoint in Stora.
    """
    account.listens("/known-again")
    told = requests.get(f"{account.sandbox_url}/_sandbox/operators", timeout=PATIENCE_S).json()
    ids = {each["name"]: each["id"] for each in told["operators"]}
    browser = Browser()
    try:
        stora = browser.open(url)
        unitwire = browser.press(stora, operator=ids[account.operator], decision="allow")
        return browser.press(unitwire, decision="allow").url
    finally:
        browser.close()


def answer_in(url: str) -> dict[str, str]:
    """Return the parameters with which a browser came back."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
