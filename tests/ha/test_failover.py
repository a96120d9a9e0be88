"""The database moves to another server under load: nothing is lost, and nothing is started anew."""

import threading
import time
from contextlib import suppress

import psycopg
import pytest
from ha.cluster import TTL_S, Cluster
from ha.drill import Report, drill
from ha.members import Server

from connector.cli.prove.town import Town

SETTLED_S = 15.0  # a new primary waits until a replica follows it, since replication is strict
TEMPTED_S = 8.0
ALONE_S = 8.0


def judge(report: Report, away_s: float) -> None:
    """Check what every drill must come to; the service was away for `away_s` at most."""
    print(report)  # noqa: T201 (the figures, for `pytest -rP`)
    assert report.sent == report.acknowledged > 0
    assert (report.lost, report.changed_id, report.restarts) == (0, 0, 0)
    assert report.rude == [], "what cannot be taken in is answered 503, with when to come back"
    assert report.away_s <= away_s


@pytest.mark.slow
def test_a_killed_primary_is_followed_by_another(cluster: Cluster, town: Town) -> None:
    """It dies with its manager (kill -9): a replica takes over once the leader's key is too old."""
    primary = cluster.primary
    report = drill(town, "primary killed", primary.kill, primary.start)
    judge(report, TTL_S + SETTLED_S)
    assert report.refused > 0
    assert cluster.primary is not primary


@pytest.mark.ha
@pytest.mark.parametrize("turn", range(5))
def test_kills_in_a_row(cluster: Cluster, town: Town, turn: int) -> None:
    """Each primary in its turn."""
    primary = cluster.primary
    judge(drill(town, f"primary killed, {turn}", primary.kill, primary.start), TTL_S + SETTLED_S)


@pytest.mark.ha
def test_a_crashed_primary_comes_back(cluster: Cluster, town: Town) -> None:
    """Its manager lives, and starts it again or has another follow, whichever is faster."""
    judge(drill(town, "primary crashed", cluster.primary.crash), SETTLED_S)


@pytest.mark.ha
def test_a_switchover_is_short(cluster: Cluster, town: Town) -> None:
    """As an operator does it before maintenance."""
    judge(drill(town, "switched over", cluster.switch_over), SETTLED_S)


@pytest.mark.ha
def test_a_frozen_primary_is_left(cluster: Cluster, town: Town) -> None:
    """It keeps its connections and answers nothing; when it thaws it acknowledges no write."""
    primary = cluster.primary
    written = 0

    def thaw() -> None:
        nonlocal written
        primary.thaw()
        written = tempt(cluster, primary)

    with cluster.connect(primary) as connection:
        connection.execute("CREATE TABLE fence (at timestamptz)")
    judge(drill(town, "primary frozen", primary.freeze, thaw), TTL_S + SETTLED_S)
    assert cluster.primary is not primary
    assert written == 0


def tempt(cluster: Cluster, server: Server) -> int:
    """Try to write on this very server for a while; return how many writes it acknowledged."""
    written = 0
    end = time.monotonic() + TEMPTED_S
    while time.monotonic() < end:
        with suppress(psycopg.Error):
            with cluster.connect(server, connect_timeout=2) as connection:
                connection.execute("INSERT INTO fence VALUES (now())")
            written += 1
        time.sleep(0.05)
    return written


@pytest.mark.ha
def test_writes_go_on_without_one_replica(cluster: Cluster, town: Town) -> None:
    """The synchronous one dies: its part falls to the other within seconds; no 503."""
    replica = cluster.replicas[0]
    judge(drill(town, "synchronous replica killed", replica.kill, replica.start), 0)


@pytest.mark.ha
def test_writes_wait_without_any_replica(cluster: Cluster, town: Town) -> None:
    """What is on one disk only is not acknowledged; they go on when a replica is back."""
    replicas = cluster.replicas

    def kill() -> None:
        for replica in replicas:
            replica.kill()
        threading.Timer(ALONE_S, start).start()

    def start() -> None:
        for replica in replicas:
            replica.start()

    report = drill(town, "both replicas killed", kill)
    judge(report, ALONE_S + SETTLED_S)
    assert report.slowest_s >= ALONE_S


@pytest.mark.ha
def test_the_loss_of_an_etcd_leader_is_not_noticed(cluster: Cluster, town: Town) -> None:
    """The two others elect one; the primary keeps its part."""
    leader = cluster.etcd_leader
    judge(drill(town, "etcd leader killed", leader.kill, leader.start), 0)
