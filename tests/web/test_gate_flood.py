"""A flood of forgeries at the gate: refused before Flask, and nobody else hears of it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from flask import Flask
from stage import connect, listen, rows
from web.test_gate import HOOK, Door, plain, send, serving, webhook

from connector.factory import app_of
from connector.flows.parts import Parts
from connector.settings import Settings
from connector.stora.signature import HEADER
from connector.store.rates import Rate
from connector.store.tables import refusals
from connector.web import intake, limits
from connector.web.hooks import Gate
from connector.web.intake import Intake
from connector.web.problems import links_of

FORGED = {HEADER: "t=1,v1=" + "0" * 64}


@pytest.fixture
def settings(make_settings: Callable[..., Settings]) -> Settings:
    """An installation that counts, behind one proxy."""
    return make_settings(rate_limits=True, trusted_proxies=1)


@pytest.fixture(autouse=True)
def low(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three a minute, and the next are not kept waiting for long."""
    monkeypatch.setattr(limits, "FAILURES", Rate(3, 60))
    monkeypatch.setattr(intake, "HOLD_S", 0.01)


@pytest.fixture
def door(app: Flask) -> Door:
    """What stands behind the gate."""
    return Door(app)


@pytest.fixture
def url(parts: Parts, door: Door) -> Iterator[str]:
    """Unitwire behind its own server, with one endpoint that listens."""
    connect(parts)
    listen(parts)
    links = links_of(parts.settings.origin)
    with serving(Intake(door, gate=Gate(parts), links=links)) as address:
        yield address


def forge(url: str, caller: str, path: str = HOOK, **headers: str) -> Any:
    """Send what Stora has not signed, through the proxy."""
    return send(url + path, b"{}", FORGED | {"X-Forwarded-For": caller} | headers)


@pytest.mark.parametrize("path", [HOOK, "/hooks/stora/we_unknown"])
def test_who_is_over_the_limit_never_reaches_flask(
    parts: Parts, url: str, door: Door, path: str
) -> None:
    """The fourth is the last that Flask hears of; the next are told the same by the gate."""
    answers = [forge(url, "203.0.113.7", path) for _ in range(7)]
    assert [answer.status_code for answer in answers[3:]] == [429] * 4
    assert door.asked == 4
    by_flask, by_gate = plain(answers[3]), plain(answers[4])
    assert int(by_gate[1].pop("retry-after")) <= int(by_flask[1].pop("retry-after")) <= 60
    assert by_gate[1].pop("cache-control") == "no-store"
    assert by_gate[1] == by_flask[1]
    assert by_gate[2].replace("59 seconds", "60 seconds") == by_flask[2]
    noted = [row.count for row in rows(parts, refusals)]
    assert noted == ([4] if path == HOOK else [])


def test_a_good_webhook_is_taken_from_a_flooding_address(url: str, door: Door) -> None:
    """What Stora has signed counts for nothing, whoever else sends from there."""
    for _ in range(5):
        forge(url, "203.0.113.7")
    body, headers = webhook()
    answer = send(url + HOOK, body, headers | {"X-Forwarded-For": "203.0.113.7"})
    assert answer.status_code == 200
    assert door.asked == 4


@pytest.mark.parametrize(
    ("others", "status"),
    [
        ("203.0.113.8", 401),
        ("203.0.113.7, 203.0.113.8", 401),  # the proxy's word is the last
        ("203.0.113.8, 203.0.113.7", 429),
        ("203.0.113.7:51000", 429),
        ("", 401),
    ],
)
def test_the_caller_is_the_one_that_flask_sees(
    url: str, door: Door, others: str, status: int
) -> None:
    """As far as proxies are believed, with both ways of telling who it is."""
    for _ in range(5):
        forge(url, "203.0.113.7")
    asked = door.asked
    assert forge(url, others).status_code == status
    assert door.asked - asked == (status == 401)


def test_without_limits_all_is_answered_by_flask(
    make_settings: Callable[..., Settings], parts: Parts
) -> None:
    """Where nothing is counted, nobody is over."""
    connect(parts)
    listen(parts)
    with ExitStack() as stack:
        free = Parts(**vars(parts) | {"settings": make_settings(rate_limits=False)})
        door = Door(app_of(free))
        url = stack.enter_context(serving(Intake(door, gate=Gate(free))))
        assert {forge(url, "203.0.113.7").status_code for _ in range(6)} == {401}
        assert door.asked == 6
