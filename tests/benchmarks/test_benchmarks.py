"""The benchmarks run, a moment on Unitwire and on its ceiling; and what becomes of the figures."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.figures import percentile
from benchmarks.load import Load
from benchmarks.processes import Processes, runs
from benchmarks.receiver import Receiver
from benchmarks.report import medians_of, report
from benchmarks.targets import TARGETS
from benchmarks.workload import events

ROOT = Path(__file__).parents[2]
PATIENCE_S = 90.0
WITH_PROTOTYPE = 6  # the command, its piece, multiprocessing's tracker, the receiver, and two


def bench(*arguments: str) -> str:
    """Return what the command prints."""
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
    ).stdout


@pytest.mark.slow
def test_unitwire_and_its_ceiling_are_measured_end_to_end(tmp_path: Path) -> None:
    """One round sends events through both; all arrive, and a second call has nothing to add."""
    run = ["end-to-end", "--systems", "unitwire,prototype", "--rounds", "1", "--extent", "0.5"]
    into = ["--into", str(tmp_path / "run.jsonl"), "--json"]
    lines = json.loads(bench(*run, *into))
    assert [line["system"] for line in lines] == ["unitwire", "prototype"]
    assert all(line["per_s"] > 10 and line["missing"] == 0 for line in lines)
    assert json.loads(bench(*run, *into)) == lines


@pytest.mark.slow
def test_a_backlog_is_worked_off_by_one_dispatcher() -> None:
    """The rows that the benchmark puts into the database are those that a dispatcher sends."""
    run = ["dispatch", "--systems", "unitwire", "--rounds", "1", "--extent", "0.1", "--json"]
    [line] = json.loads(bench(*run))
    assert line["per_s"] > 10
    assert line["cpu_us"] > 0


@pytest.mark.slow
def test_a_measure_that_a_system_cannot_answer_is_told_and_skipped() -> None:
    """The prototype has no API; the run goes on and says so."""
    assert "only Unitwire has this API" in bench("api", "--systems", "prototype", "--rounds", "1")


@pytest.mark.slow
def test_a_run_that_is_ended_leaves_nothing_behind(tmp_path: Path) -> None:
    """SIGTERM reaches the systems that are being measured, and their files go."""
    run = ["end-to-end", "--systems", "prototype", "--rounds", "1", "--extent", "60"]
    processes = Processes(tmp_path / "log")
    environment = {"TMPDIR": str(tmp_path)}
    processes.start([sys.executable, "-m", "benchmarks", *run], environment, ROOT)
    try:
        end = time.monotonic() + PATIENCE_S
        while len(family := processes.pids()) < WITH_PROTOTYPE:
            assert time.monotonic() < end
            time.sleep(0.05)
        os.kill(family[0], signal.SIGTERM)
        while any(map(runs, family)):
            assert time.monotonic() < end
            time.sleep(0.05)
    finally:
        processes.kill()
    assert not list(tmp_path.glob("unitwire-bench-*"))


def test_the_load_and_the_receiver_agree() -> None:
    """Every event that was acknowledged has arrived once; the sender stays on this machine."""
    with Receiver() as receiver:
        supply = [event for event, _ in zip(events(), range(200), strict=False)]
        sent = Load(receiver.url, 8).all(supply)
        assert all(each.acknowledged for each in sent)
        arrivals = receiver.arrivals()
    assert set(arrivals) == {event.id for event in supply}
    assert all(len(came) == 1 for came in arrivals.values())
    with pytest.raises(ValueError, match="stays on this machine"):
        Load("http://192.0.2.1:80/hook", 1)


def test_an_event_that_was_refused_has_not_arrived() -> None:
    """While the receiver answers 503, nothing counts as arrived, and the sender sees it."""
    with Receiver() as receiver:
        receiver.answer(503)
        [sent] = Load(receiver.url, 1).all([next(events())])
        assert sent.status == 503
        assert receiver.count() == 0


def test_a_paced_load_keeps_its_pace() -> None:
    """20 events at 100 a second take a fifth of a second, however fast they are answered."""
    with Receiver() as receiver:
        supply = [event for event, _ in zip(events(), range(21), strict=False)]
        sent = Load(receiver.url, 4).paced(supply, 100)
    assert max(each.began for each in sent) - min(each.began for each in sent) == pytest.approx(0.2)


def test_the_report_shows_medians_ratios_and_targets() -> None:
    """Medians over rounds, Unitwire's rate as a multiple, each target judged once, no others."""
    lines = [
        {"measure": "ingest", "system": system, "round": number, "per_s": rate, "p99_ms": 10.0}
        for system, rates in (("unitwire", (100.0, 300.0, 170.0)), ("prototype", (200.0,) * 3))
        for number, rate in enumerate(rates)
    ]
    assert medians_of(lines)["ingest"]["unitwire"]["per_s"] == 170
    text = report(lines)
    assert "| Unitwire, SQLite | uvicorn + intake | 170 | 10 | 1.00 | 3 |" in text
    assert "| ingest, share of the ceiling | ≥ 0.85 | 0.85 | yes |" in text
    assert text.count("yes") + text.count("**no**") == 2


def test_a_missed_target_is_said_to_be_missed() -> None:
    """One lost event in one of three rounds is enough."""
    lines = [
        {"measure": "losses-kill", "system": "unitwire", "round": number, "missing": lost}
        for number, lost in enumerate((0, 1, 0))
    ]
    assert "| losses-kill, missing: unitwire | ≤ 0 | 1 | **no** |" in report(lines)


def test_every_target_has_its_own_words() -> None:
    """No two rows of the table say the same."""
    assert len({target.says for target in TARGETS}) == len(TARGETS)


def test_a_percentile_is_one_of_the_values() -> None:
    """The median of an odd number, the highest at 1, 0 of nothing."""
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2
    assert percentile([3.0, 1.0, 2.0], 1.0) == 3
    assert percentile([], 0.5) == 0
