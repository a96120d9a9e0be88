"""One drill: Unitwire on a cluster, under load, while something goes wrong with the database.

Unitwire's processes are those of `unitwire prove` (sandbox, one web process, two dispatchers, a
workflow), and so are the books: the sandbox's log of what was acknowledged, the workflow's own list
of what came. Beside them a prober knocks all the time, with a webhook that nobody signed: to refuse
that, Unitwire has to read and to write.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests
from ha.cluster import until

from connector.cli.prove.town import Town
from connector.store.db import Store

RATE, BEAT_S = 20, 0.25  # events in a second, in small groups
PROBE_S = 0.05
QUIET_S, SETTLED_S = 3.0, 90.0
TROUBLE_S = 60.0  # longest time that the service may be away
STEADY = 20  # good answers in a row: it is back
GOOD = "401"


@dataclass
class Report:
    """What one drill came to; times in seconds.

    `away_s` is from the trouble to the first answer after which all were good. Those that were not
    are `refused` (503 that said when to come back) or `rude`, any others, each kind once.
    `slowest_s` is the longest wait for an answer.
    """

    trouble: str
    sent: int = 0
    acknowledged: int = 0
    lost: int = 0
    repeated: int = 0
    changed_id: int = 0
    restarts: int = 0
    away_s: float = 0.0
    refused: int = 0
    rude: list[str] = field(default_factory=list)
    slowest_s: float = 0.0


class Prober:
    """Knocks at a hook all the time, each time on a connection of its own."""

    def __init__(self, town: Town) -> None:
        store = Store(town.settings)
        ((endpoint,),) = store.query("SELECT id FROM webhook_endpoints", {})
        store.close()
        self._url = f"{town.settings.origin}/hooks/stora/{endpoint}"
        self.answers: list[tuple[float, float, str]] = []  # asked at, took, what came
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._ask_on, daemon=True)

    def __enter__(self) -> "Prober":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _ask_on(self) -> None:
        with requests.Session() as session:
            session.trust_env = False
            while not self._over.wait(PROBE_S):
                asked = time.monotonic()
                try:
                    headers = {"Connection": "close"}
                    answer = session.post(self._url, json={}, timeout=30, headers=headers)
                    told = str(answer.status_code)
                    if answer.status_code == requests.codes.unavailable:
                        told += " later" if answer.headers.get("Retry-After") else ""
                except requests.RequestException as problem:
                    told = type(problem).__name__
                self.answers.append((asked, time.monotonic() - asked, told))

    def steady(self, since: float) -> bool:
        """Whether the newest answers, to what was asked after `since`, were all good."""
        newest = self.answers[-STEADY:]
        return len(newest) == STEADY and all(
            told == GOOD and asked >= since for asked, _, told in newest
        )


def drill(
    town: Town, trouble: str, what: Callable[[], object], after: Callable[[], object] = lambda: None
) -> Report:
    """Do `what` to the database under load, wait for the service, then do `after`; report.

    The town may have seen other drills: only what is sent here is counted, but for the workflow's
    repeats, of which those before are taken off.
    """
    report = Report(trouble)
    sent: set[str] = set()
    acknowledged: set[str] = set()
    before = town.witness.books.verdict(0, set(), set())
    mine = processes(town)

    def load(seconds: float, over: Callable[[], bool] = lambda: False) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end and not over():
            sent.update(town.trigger(round(RATE * BEAT_S)))
            acknowledged.update(town.acknowledged() & sent)
            town.wait(BEAT_S)

    def settled() -> bool:
        acknowledged.update(town.acknowledged() & sent)
        return sent <= acknowledged and sent <= town.witness.books.delivered()

    with Prober(town) as prober:
        load(QUIET_S)
        sent.update(town.trigger(round(RATE * BEAT_S)))
        town.wait(BEAT_S / 2)  # these are on their way now
        began = time.monotonic()
        what()
        load(QUIET_S)
        load(TROUBLE_S, lambda: prober.steady(began))
        after()
        load(QUIET_S)
        town.wait(0)
        until(settled, SETTLED_S)
    verdict = town.witness.books.verdict(0, sent, acknowledged)
    report.sent, report.acknowledged, report.lost = len(sent), len(acknowledged), verdict.lost
    report.repeated = verdict.repeated - before.repeated
    report.changed_id = verdict.changed_id - len(town.witness.books.delivered() - sent)
    report.restarts = sum(now != then for now, then in zip(processes(town), mine, strict=True))
    since = [each for each in prober.answers if each[0] + each[1] >= began]
    bad = [(asked, took, told) for asked, took, told in since if told != GOOD]
    if bad:
        last = max(asked + took for asked, took, _ in bad)
        report.away_s = round(min(a + t for a, t, told in since if a + t > last) - began, 1)
    report.refused = sum(told == "503 later" for *_, told in bad)
    report.rude = sorted({told for *_, told in bad if told != "503 later"})
    report.slowest_s = round(max(took for _, took, _ in since), 1)
    return report


def processes(town: Town) -> list[Any]:
    """Return what tells each process of Unitwire's from one that was started again."""
    return [victim._process for victim in (town.web, *town.dispatchers)]
