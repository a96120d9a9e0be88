"""The demo as a person and as a script run it: real processes, one story, nothing left behind."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from connector.cli.demo.reference import BODY

pytestmark = pytest.mark.slow

UNITWIRE = [sys.executable, "-m", "connector"]
POLL_MS = 400  # an event that no bell announces waits for up to half a second
TOO_LONG_S = 30.0  # from the start to the first delivered event, however busy the machine
PATIENCE_S = 60.0

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def room() -> Iterator[Path]:
    """A folder for temporary files, with a name short enough for a socket in it."""
    folder = Path(tempfile.mkdtemp(prefix="uw-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def start(room: Path, tmp_path: Path) -> Iterator[Start]:
    """Return a function that starts `unitwire …`, whose temporary files are in `room`."""
    started: list[subprocess.Popen[str]] = []

    def run(*arguments: str) -> "subprocess.Popen[str]":
        with (tmp_path / "stderr").open("w") as errors:
            process = subprocess.Popen(
                [*UNITWIRE, *arguments],
                env=os.environ | {"TMPDIR": str(room)},
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            process.terminate()
            process.wait(30)
        assert process.stdout is not None
        process.stdout.close()


def ask(method: str, url: str, token: str = "", **more: Any) -> requests.Response:
    """Return the answer of `url`."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with requests.Session() as session:
        session.trust_env = False
        return session.request(method, url, headers=headers, timeout=20, **more)


def test_the_story_is_told_once(start: Start, tmp_path: Path, room: Path) -> None:
    """`demo --once` tells all six steps, the first event before long, and leaves nothing."""
    demo = start("demo", "--once")
    told, _ = demo.communicate(timeout=60)

    assert demo.returncode == 0, (tmp_path / "stderr").read_text()
    assert re.findall(r"^  (\d)  ", told, re.MULTILINE) == ["1", "2", "3", "4", "5", "6"]
    for fact in ("Allow Unitwire?", "Let Zapier use", "external_id abc_123", "evt_", "genuine"):
        assert fact in told
    seconds = re.search(r"first event was delivered ([0-9.]+) s", told)
    assert seconds is not None
    assert float(seconds[1]) < TOO_LONG_S
    later_ms = re.search(r"reaches the workflow +([0-9]+) ms later", told)
    assert later_ms is not None
    assert int(later_ms[1]) < POLL_MS, "the dispatcher was there, and heard the bell"
    assert "curl" not in told, "nothing is left to try when it has ended"
    assert not list(room.iterdir())


def test_what_to_try_next_works(
    start: Start, tmp_path: Path, room: Path, family: Callable[[int], list[int]]
) -> None:
    """The commands that the demo names work as they stand, the reference page's call first."""
    demo = start("demo")
    assert demo.stdout is not None
    told = ""
    while "unitwire doctor" not in told:
        line = demo.stdout.readline()
        assert line, (tmp_path / "stderr").read_text()
        told += line
    call = told[told.index("curl --request") : told.index("# every command")]
    words = shlex.split(call.replace("\\\n", " "))
    options = dict(zip(words[1::2], words[2::2], strict=True))
    token = re.search(r"Bearer (\S+)'", call)
    assert token is not None
    assert options["--data"].strip() == BODY
    made = ask(options["--request"], options["--url"], token[1], json=json.loads(BODY))
    assert made.status_code == 201
    assert made.json()["endpoint"]["url"] == "https://example.com/new_webhook"

    env_file = re.search(r"^\. (\S+)$", told, re.MULTILINE)
    assert env_file is not None

    def shell(command: str) -> str:
        return subprocess.run(
            ["bash", "-c", f". {env_file[1]}; {command}"],
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        ).stdout

    cursor = json.loads(shell("unitwire deliveries list --json"))[0]["id"]
    assert shell("unitwire trigger credit_note.created").startswith("evt_")
    assert json.loads(shell("unitwire doctor --json"))["ok"]
    for name in ("deliveries list", "endpoints list", "connections list", "clients list"):
        assert shell(f"unitwire {name}").count("\n") >= 2, name
    listen = f". {env_file[1]}; exec unitwire listen --json --since {cursor}"
    with subprocess.Popen(["bash", "-c", listen], stdout=subprocess.PIPE, text=True) as hearing:
        too_late = threading.Timer(PATIENCE_S, hearing.kill)
        too_late.start()
        assert hearing.stdout is not None
        heard = (json.loads(line)["delivery"]["event"]["type"] for line in hearing.stdout)
        assert "credit_note.created" in heard
        too_late.cancel()
        hearing.terminate()

    people = family(demo.pid)
    assert len(people) == 4, "the demo, the sandbox, the web server, the dispatcher"
    demo.terminate()
    assert demo.wait(20) == 0
    assert not [pid for pid in people if family(pid)]
    assert not list(room.iterdir())


def test_a_script_gets_one_line_and_two_tenants(
    start: Start, database_url: str, until: Callable[..., Any]
) -> None:
    """`demo --json` prints one line; its tokens make the main job work, tenant by tenant."""
    demo = start("demo", "--json", "--no-limits", "--database-url", database_url)
    assert demo.stdout is not None
    ready = json.loads(demo.stdout.readline())
    assert ready["ready"] is True
    assert ready["database_url"] == database_url
    first, second = ready["tenants"]
    assert first["operator"] != second["operator"]
    assert first["connection"] != second["connection"]
    api = f"{ready['url']}/2025-09"

    body = json.loads(BODY)
    assert ask("POST", f"{api}/webhook_endpoints", first["token"], json=body).status_code == 201
    body |= {"url": f"{ready['receiver_url']}/hook", "metadata": {}}
    made = ask("POST", f"{api}/webhook_endpoints", second["token"], json=body).json()["endpoint"]
    happened = ask(
        "POST",
        f"{ready['sandbox_url']}/_sandbox/trigger",
        json={"event_type": "credit_note.created", "operator": second["operator"]},
    ).json()
    received = until(lambda: ask("GET", f"{ready['receiver_url']}/received").json(), 20)
    assert [each["path"] for each in received] == ["/hook"]
    assert json.loads(received[0]["body"])["event"]["id"] == happened["events"][0]
    log = ask("GET", f"{api}/deliveries", second["token"]).json()["deliveries"]
    assert [each["endpoint"]["id"] for each in log] == [made["id"]]
    foreign = ask("GET", f"{api}/deliveries/{log[0]['id']}", first["token"])
    assert foreign.status_code == 404

    renewed = ask(
        "POST",
        f"{ready['url']}/oauth2/token",
        data={
            "grant_type": "refresh_token",
            "refresh_token": first["refresh_token"],
            "client_id": first["client_id"],
            "client_secret": first["client_secret"],
        },
    )
    assert renewed.status_code == 200
    assert ask(
        "GET", f"{ready['sandbox_url']}/2025-09/webhook_endpoints", first["sandbox_token"]
    ).ok
    demo.terminate()
    rest, _ = demo.communicate(timeout=20)
    assert rest == ""
    assert demo.returncode == 0


def test_killed_demo_leaves_no_process(start: Start, family: Callable[[int], list[int]]) -> None:
    """With `kill -9` of the demo, all that it started ends by itself within seconds."""
    demo = start("demo", "--json")
    assert demo.stdout is not None
    demo.stdout.readline()
    people = family(demo.pid)
    assert len(people) == 4
    demo.send_signal(signal.SIGKILL)
    demo.wait()
    end = time.monotonic() + 10
    while left := [pid for pid in people if family(pid)]:
        assert time.monotonic() < end, left
        time.sleep(0.1)


def test_what_is_killed_is_started_again(
    start: Start, family: Callable[[int], list[int]], until: Callable[..., Any]
) -> None:
    """After `kill -9` of Unitwire, or of the sandbox, the demo goes on at the same addresses."""
    demo = start("demo", "--json")
    assert demo.stdout is not None
    ready = json.loads(demo.stdout.readline())
    for pid in family(demo.pid)[1:]:
        os.kill(pid, signal.SIGKILL)
    until(lambda: len(family(demo.pid)) == 4, 20)
    first, second = ready["tenants"]
    assert ask("GET", f"{ready['url']}/2025-09/deliveries", first["token"]).ok
    kept = ask("GET", f"{ready['sandbox_url']}/oauth2/token/info", second["sandbox_token"])
    assert kept.json()["operator"]["name"] == second["operator"]
    demo.terminate()
    rest, _ = demo.communicate(timeout=20)
    assert (demo.returncode, rest) == (0, ""), "standard output has one line, whatever happens"


def test_answers_of_the_receiver_can_be_set(start: Start, until: Callable[..., Any]) -> None:
    """The receiver answers what it is told to, and that is what the log shows."""
    ready = json.loads(start("demo", "--json", "--no-limits").stdout.readline())
    told = ask("POST", f"{ready['receiver_url']}/_answer", json={"path": "/gone", "status": 410})
    assert told.status_code == 200
    token = ready["tenants"][0]["token"]
    body = json.loads(BODY) | {"url": f"{ready['receiver_url']}/gone"}
    api = f"{ready['url']}/2025-09"
    made = ask("POST", f"{api}/webhook_endpoints", token, json=body).json()["endpoint"]
    ask(
        "POST",
        f"{ready['sandbox_url']}/_sandbox/trigger",
        json={"event_type": "credit_note.created"},
    )
    until(lambda: ask("GET", f"{api}/deliveries?status=dead", token).json()["deliveries"], 20)
    until(lambda: ask("GET", f"{api}/webhook_endpoints/{made['id']}", token).status_code == 404, 20)
