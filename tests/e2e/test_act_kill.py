"""A process dies between sending an action to Stora and saving what came of it.

Real processes: Unitwire's web server is killed while Stora is at work, and started again; the
builder repeats its request as it was told to.
"""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

pytestmark = pytest.mark.slow

EMAIL = "jane@example.com"
STORA_TAKES_S = 2.0
PATIENCE_S = 60.0


def act(town: Any, key: str) -> requests.Response:
    """Send the action as a builder does, once."""
    return requests.post(
        f"{town.url}/2025-09/actions/create_contact",
        json={"email": EMAIL, "full_name": "Jane Doe"},
        headers={"Authorization": f"Bearer {town.token}", "Idempotency-Key": key},
        timeout=30,
    )


def contacts(town: Any) -> list[Any]:
    """Return the contacts that Stora has under the e-mail address."""
    found = town.ask(
        "POST", f"{town.url}/2025-09/actions/find_contact", {"email": EMAIL, "limit": 100}
    )
    return list(found["contacts"])


def test_a_killed_action_happens_once(
    town: Any, until: Callable[[Callable[[], Any], float], Any]
) -> None:
    """One contact and one entry in the timeline, however often the builder has to ask."""
    slow = {
        "kind": "slow",
        "method": "POST",
        "path": "/2025-09/contacts",
        "times": 1,
        "seconds": STORA_TAKES_S,
    }
    dials = f"{town.sandbox_url}/_sandbox/faults"
    town.ask("PUT", dials, {"api": [slow], "webhooks": []})
    failures: list[Exception] = []

    def first() -> None:
        try:
            act(town, "run-1")
        except requests.RequestException as broken:
            failures.append(broken)

    builder = threading.Thread(target=first)
    builder.start()
    until(lambda: town.ask("GET", dials)["api"] == [], 20)  # Stora is at work
    town.processes["web"].kill()
    builder.join()
    assert failures, "killed too late to prove anything"

    town.processes["web"].start()
    end = time.monotonic() + PATIENCE_S
    while (answer := act(town, "run-1")).status_code == 503:
        assert time.monotonic() < end
        time.sleep(min(5, int(answer.headers["Retry-After"])))
    assert answer.status_code == 200, answer.text
    (contact,) = contacts(town)
    assert answer.json()["contact"]["id"] == contact["id"]

    again = until(
        lambda: (
            (told := act(town, "run-1").json())["meta"]["timeline"]["status"] == "written" and told
        ),
        20,
    )
    assert again["contact"] == answer.json()["contact"]
    log = town.ask("GET", f"{town.sandbox_url}/_sandbox/requests")["requests"]
    noted = [each for each in log if each["path"] == "/2025-09/timeline/events"]
    assert [each["status"] for each in noted] == [201]
