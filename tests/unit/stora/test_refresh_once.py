"""A token is renewed once, whoever needs it, wherever."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from account import Stora, the
from parallel import at_once
from unit.stora.renewal import TOKEN, expire, secrets, set_row, works

from connector import errors
from connector.flows import refresh
from connector.flows.connect import connect_client_credentials
from connector.flows.parts import Parts
from connector.flows.refresh import LEASE_MS, access_token
from connector.settings import Settings
from connector.world import now_ms


def test_twenty_threads_refresh_once(
    parts: Parts, stora: Stora, connection_id: str, more_parts: Callable[[], Parts]
) -> None:
    """Twenty callers in two processes' worth of parts get one and the same new token."""
    expire(parts, connection_id)
    both = (parts, more_parts())
    got = at_once(20, lambda number: access_token(both[number % 2], connection_id))
    assert got == [secrets(parts, connection_id)["access_token"]] * 20
    assert stora.calls("POST", TOKEN) == 1


PROCESS = """
import json, sys, threading
from connector.flows.parts import open_parts
from connector.flows.refresh import access_token
from connector.settings import Settings

given = json.loads(sys.stdin.readline())
parts = open_parts(Settings(**{k: tuple(v) if isinstance(v, list) else v
                               for k, v in given["settings"].items()}))
print("ready", flush=True)
sys.stdin.readline()
got = []
threads = [threading.Thread(target=lambda: got.append(access_token(parts, given["id"])))
           for _ in range(5)]
for thread in threads: thread.start()
for thread in threads: thread.join()
parts.close()
print(json.dumps(got))
"""


@pytest.mark.slow
def test_four_processes_refresh_once(
    parts: Parts, stora: Stora, settings: Settings, connection_id: str
) -> None:
    """Twenty callers in four real processes cause one refresh (law 5)."""
    expire(parts, connection_id)
    names = ("database_url", "secret_keys", "stora_api_url", "stora_client_id")
    shared = {name: getattr(settings, name) for name in (*names, "stora_client_secret")}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[3],
        )
        for _ in range(4)
    ]
    got: list[str] = []
    for process in processes:
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps({"settings": shared, "id": connection_id}) + "\n")
        process.stdin.flush()
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        out, _ = process.communicate(timeout=60)
        got += json.loads(out)
    assert got == [secrets(parts, connection_id)["access_token"]] * 20
    assert stora.calls("POST", TOKEN) == 1


def test_nobody_waits_while_the_old_token_is_good(
    parts: Parts, stora: Stora, connection_id: str
) -> None:
    """During an early refresh by somebody else, everybody goes on with the old token."""
    old = secrets(parts, connection_id)["access_token"]
    set_row(
        parts,
        connection_id,
        expires_at=now_ms() + 60_000,
        refresh_lease="another",
        refresh_until=now_ms() + LEASE_MS,
    )
    began = time.monotonic()
    assert access_token(parts, connection_id) == old
    assert time.monotonic() - began < 1
    assert stora.calls("POST", TOKEN) == 0


def test_a_lease_whose_holder_died_is_taken_over(
    parts: Parts, stora: Stora, connection_id: str
) -> None:
    """Callers wait for the holder as long as its lease lasts, then one of them goes on."""
    expire(parts, connection_id)
    set_row(parts, connection_id, refresh_lease="dead", refresh_until=now_ms() + 400)
    began = time.monotonic()
    assert works(stora, access_token(parts, connection_id))
    assert time.monotonic() - began >= 0.3
    assert stora.calls("POST", TOKEN) == 1


def test_a_caller_does_not_wait_for_ever(parts: Parts, connection_id: str, stora: Stora) -> None:
    """While somebody holds the lease and nothing comes of it, callers are told to come again."""
    expire(parts, connection_id)
    set_row(parts, connection_id, refresh_lease="slow", refresh_until=now_ms() + LEASE_MS)
    with pytest.raises(errors.StoraUnavailable) as caught:
        access_token(parts, connection_id, wait_s=0.2)
    assert caught.value.message == "Stora gives no new access token just now."
    assert caught.value.retry_after == 5


def test_who_lost_the_lease_saves_nothing(
    parts: Parts, stora: Stora, connection_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A holder that was frozen while another took over returns the other's token (fencing).

    What it got itself, and nobody will ever use, is revoked at Stora.
    """
    expire(parts, connection_id)
    real, mine = refresh.auth.refresh, []

    def freeze(*args: Any) -> Any:
        grant = real(*args)
        mine.append(grant.access_token)
        if len(mine) == 1:
            set_row(parts, connection_id, refresh_until=now_ms() - 1)
            mine.append(access_token(parts, connection_id))
        return grant

    monkeypatch.setattr(refresh.auth, "refresh", freeze)
    got = access_token(parts, connection_id)
    assert got == mine[-1] == secrets(parts, connection_id)["access_token"]
    assert works(stora, got)
    assert not works(stora, mine[0])


def test_who_asks_too_late_judges_nothing(
    parts: Parts, stora: Stora, connection_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A holder that was frozen before it asked is refused, for another's new token is in use.

    It goes on with that one: its caller is not told to connect again (law 5).
    """
    expire(parts, connection_id)
    real, others = refresh.auth.refresh, []

    def freeze(*args: Any) -> Any:
        if not others:
            others.append("")
            set_row(parts, connection_id, refresh_until=now_ms() - 1)
            others.append(access_token(parts, connection_id))
            stora.sandbox.access.bearer(f"Bearer {others[-1]}")
        return real(*args)

    monkeypatch.setattr(refresh.auth, "refresh", freeze)
    assert access_token(parts, connection_id) == others[-1]
    assert the(parts, connection_id).status == "active"


def test_who_lost_the_lease_ends_nothing(
    parts: Parts, stora: Stora, connection_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refusal counts for nothing while another, who may have spent the token, renews it."""
    expire(parts, connection_id)
    real, asked = refresh.auth.refresh, []

    def overtaken(*args: Any) -> Any:
        asked.append(args)
        if len(asked) == 1:
            set_row(parts, connection_id, refresh_lease="another", refresh_until=now_ms() + 200)
            raise errors.NeedsReauth
        return real(*args)

    monkeypatch.setattr(refresh.auth, "refresh", overtaken)
    assert works(stora, access_token(parts, connection_id))
    assert len(asked) == 2


def test_a_failure_gives_back_only_its_own_lease(
    parts: Parts, stora: Stora, connection_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever took over meanwhile keeps what it took."""
    expire(parts, connection_id)

    def overtaken(*args: Any) -> Any:
        set_row(parts, connection_id, refresh_lease="another", refresh_until=now_ms() + LEASE_MS)
        raise errors.StoraUnavailable

    monkeypatch.setattr(refresh.auth, "refresh", overtaken)
    with pytest.raises(errors.StoraUnavailable):
        access_token(parts, connection_id)
    assert the(parts, connection_id).refresh_lease == "another"


def test_a_token_that_came_too_late_and_cannot_be_revoked_does_no_harm(
    parts: Parts, stora: Stora, connection_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether or not Stora hears of it, the caller goes on with the token that is kept."""
    expire(parts, connection_id)
    real, asked = refresh.auth.refresh, []

    def overtaken(*args: Any) -> Any:
        asked.append(args)
        if len(asked) == 1:
            set_row(parts, connection_id, refresh_lease="another", refresh_until=now_ms() + 200)
        return real(*args)

    def away(*args: Any) -> None:
        raise errors.StoraUnavailable

    monkeypatch.setattr(refresh.auth, "refresh", overtaken)
    monkeypatch.setattr(refresh.auth, "revoke", away)
    assert access_token(parts, connection_id) == secrets(parts, connection_id)["access_token"]
    assert len(asked) == 2


def test_who_lost_the_lease_blames_no_application(
    parts: Parts, stora: Stora, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refusal of the operator's own application counts for nothing while another asks too."""
    connection_id = connect_client_credentials(parts, "harbour-id", "harbour-secret")
    expire(parts, connection_id)
    real, asked = refresh.auth.client_credentials, []

    def overtaken(*args: Any) -> Any:
        asked.append(args)
        if len(asked) == 1:
            set_row(parts, connection_id, refresh_lease="another", refresh_until=now_ms() + 200)
            raise errors.StoraRefused("refused")
        return real(*args)

    monkeypatch.setattr(refresh.auth, "client_credentials", overtaken)
    assert works(stora, access_token(parts, connection_id))
    assert the(parts, connection_id).status == "active"


def test_a_caller_waits_for_ten_seconds(
    parts: Parts, connection_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So long, and a glance longer, callers wait for somebody else's new token."""
    expire(parts, connection_id)
    set_row(parts, connection_id, refresh_lease="slow", refresh_until=now_ms() + LEASE_MS)
    waited = [0.0]
    monkeypatch.setattr(refresh, "monotonic", lambda: sum(waited))
    monkeypatch.setattr(refresh, "sleep", waited.append)
    with pytest.raises(errors.StoraUnavailable):
        access_token(parts, connection_id)
    assert sum(waited) == pytest.approx(10, abs=0.2)
