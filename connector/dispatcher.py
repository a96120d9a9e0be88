"""The dispatcher: the loop that sends what is due.

One thread claims deliveries, keeps many of them in flight at once and saves what came of them in
batches. The rows are the truth: a dispatcher that is killed loses nothing, since its leases end by
themselves within seconds and another one, or the next, claims the rows again.

    claimed → waiting for room → in flight → landed → saved

How many of an endpoint's deliveries may be in flight is a matter of flows/rooms.py, how many of a
connection's of flows/shares.py; what a dispatcher does beside sending, of flows/chores.py.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from connector import world
from connector.errors import SettingsError
from connector.flows import deliver
from connector.flows.chores import Chores
from connector.flows.endpoint_state import apply, probe_at
from connector.flows.parts import Parts
from connector.flows.rooms import FIRST_ROOM, Rooms
from connector.flows.send import Outcome, Sender
from connector.flows.shares import Shares
from connector.store.bell import ear_of
from connector.store.db import is_unavailable
from connector.store.ledger import CLAIM, Due, Held, Result

log = structlog.get_logger()

POLL_S = 0.5  # safety net beside the doorbell
LEASE_MS = 10_000
RENEW_MS = 4_000
ROOM_MS = 1_000  # how long a claimed delivery waits here until its endpoint has room
LOOK_AGAIN_S = 0.05  # how often room is looked for while one waits
GRACE_S = 10.0  # for what is in flight when the process is asked to end
PROBES_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class Flight:
    """One delivery on its way: under which lease, and since when (ms)."""

    due: Due
    lease: str
    started: int

    @property
    def held(self) -> Held:
        """What names this delivery and its lease."""
        return (self.due.connection_id, self.due.delivery_id, self.lease)

    @property
    def key(self) -> str:
        """What names this attempt: after a freeze, one delivery may be under way twice."""
        return f"{self.due.delivery_id} {self.lease}"


class Dispatcher:
    """Sends what is due until it is stopped."""

    def __init__(self, parts: Parts) -> None:
        settings = parts.settings
        self._parts = parts
        self._ear = ear_of(parts.store)
        self._most = settings.max_in_flight
        self._sender: Sender = Sender(
            parts.allow,
            max_in_flight=self._most,
            per_target=self._most,
            doorbell=self._ear.fileno(),
        )
        self._rooms = Rooms(max(FIRST_ROOM, self._most // 2))
        self._shares = Shares(self._most)
        self._waiting: list[Flight] = []
        self._flights: dict[str, Flight] = {}
        self._results: list[Result] = []
        self._errands = ThreadPoolExecutor(1, thread_name_prefix="unitwire-errand")
        self._chores = Chores(parts)
        self._renew_at = self._probes_at = 0.0

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set, then let what is in flight end and return.

        A database that is away does not end the loop: it tries again every half second.
        """
        log.info("dispatcher_started")
        while not stop.is_set():
            try:
                self.turn(POLL_S)
            except Exception:
                log.exception("dispatcher_turn_failed")
                self._bide(POLL_S)
        self._finish()
        log.info("dispatcher_stopped")

    def turn(self, wait_s: float) -> int:
        """Save what landed, claim, send, wait up to `wait_s` s; return how many were claimed."""
        self._ear.drain()
        self._hear_of_probes()
        claimed = self._claim()
        self._depart()
        if self._waiting:
            wait_s = min(wait_s, LOOK_AGAIN_S)
        elif claimed == CLAIM and len(self._flights) < self._most:
            wait_s = 0
        self._land(self._sender.poll(wait_s))
        self._keep_leases()
        self._chores.look()
        return claimed

    def _claim(self) -> int:
        """Save and claim, in one transaction: each would wait for the disk."""
        if len(self._flights) >= self._most or len(self._waiting) >= self._most:
            self._save()
            return 0
        lease = world.new_id("lse")
        now = world.now_ms()
        with self._saving() as landed:
            found = self._parts.ledger.claim(
                lease=lease,
                now=now,
                until=now + LEASE_MS,
                count=min(CLAIM, self._shares.claimable()),
                busy={
                    *self._rooms.crowded(world.monotonic()),
                    *(flight.due.endpoint_id for flight in self._waiting),
                },
                full=self._shares.crowded(),
                landed=landed,
            )
        paused: list[Held] = []
        skipped: list[Result] = []
        for due in found:
            flight = Flight(due, lease, now)
            if (result := deliver.skipped(due, lease=lease, now=now)) is not None:
                skipped.append(result)
            elif due.paused_at is not None:
                paused.append(flight.held)
            else:
                self._waiting.append(flight)
        if skipped:
            self._parts.ledger.save(skipped)
        if paused:
            self._parts.ledger.release(paused, None)
        return len(found)

    def _depart(self) -> None:
        """Start what waits, as far as there is room; let go what has waited long enough."""
        now = world.now_ms()
        waiting, self._waiting = self._waiting, []
        let_go: list[Flight] = []
        for flight in waiting:
            try:
                if now - flight.started >= ROOM_MS:  # or longer, if this process was frozen
                    let_go.append(flight)
                elif self._start(flight):
                    continue
                elif self._rooms.is_broken(flight.due.endpoint_id):
                    let_go.append(flight)
                else:
                    self._waiting.append(flight)
            except SettingsError as problem:  # its secret opens with no key: the others go on
                endpoint = flight.due.endpoint_id
                log.error("delivery_cannot_be_signed", endpoint=endpoint, problem=str(problem))
                let_go.append(flight)
        if let_go:
            try:
                self._parts.ledger.release([each.held for each in let_go], now + ROOM_MS)
            except Exception:
                self._waiting += let_go  # an attempt that was not made is not to count
                raise

    def _start(self, flight: Flight) -> bool:
        due = flight.due
        if not self._shares.take(due.connection_id):
            return False
        if not self._rooms.take(due.endpoint_id, due.url, world.monotonic()):
            self._shares.give_back(due.connection_id)
            return False
        started = False
        try:
            request = deliver.request_of(due, self._parts.vault, flight.started)
            deadline_s = self._parts.settings.attempt_timeout
            started = self._sender.start(
                flight.key, request.url, request.headers, request.body, deadline_s
            )
        finally:
            if not started:
                self._rooms.give_back(due.endpoint_id)
                self._shares.give_back(due.connection_id)
        if started:
            self._flights[flight.key] = flight
        return started

    def _bide(self, seconds: float) -> None:
        """Let time pass while the database is away: what is in flight goes on, and lands."""
        end = world.monotonic() + seconds
        while (left := end - world.monotonic()) > 0:
            self._ear.drain()
            self._land(self._sender.poll(left))

    def _land(self, outcomes: list[Outcome]) -> None:
        now = world.now_ms()
        for outcome in outcomes:
            flight = self._flights.pop(outcome.key)
            judgement = deliver.judge(
                flight.due, outcome, lease=flight.lease, started=flight.started, now=now
            )
            self._results.append(judgement.result)
            if judgement.endpoint:
                self._errand(apply, self._parts, flight.due, judgement.endpoint, now)
            self._leave(flight.due, judgement.result, now)

    def _save(self) -> None:
        """Save what landed."""
        with self._saving() as landed:
            if landed:
                self._parts.ledger.save(landed)

    @contextmanager
    def _saving(self) -> Iterator[list[Result]]:
        """Hand out what landed to be saved; while the database is away, keep it for later."""
        landed, self._results = self._results, []
        try:
            yield landed
        except Exception as problem:
            if is_unavailable(problem):
                self._results = landed
            raise

    def _leave(self, due: Due, result: Result, now: int) -> None:
        """Give back the place of one that has ended, and note what that does to the endpoint."""
        self._shares.give_back(due.connection_id)
        success = result.status == "delivered"
        wait_s = self._rooms.leave(due.endpoint_id, success, world.monotonic())
        if wait_s is not None:
            self._errand(probe_at, self._parts, due, now, now + round(wait_s * 1000))
        elif success and due.failing_since:
            self._errand(apply, self._parts, due, "well", now)

    def _hear_of_probes(self) -> None:
        """Every second, while an endpoint is broken, look whether somebody asks for a probe."""
        now_s = world.monotonic()
        if not self._rooms.any_broken() or now_s < self._probes_at:
            return
        self._probes_at = now_s + PROBES_EVERY_S
        now = world.now_ms()
        for endpoint_id, at in self._parts.ledger.probes(now):
            self._rooms.ask(endpoint_id, now_s - (now - at) / 1000)

    def _keep_leases(self) -> None:
        if world.monotonic() < self._renew_at:
            return
        self._renew_at = world.monotonic() + RENEW_MS / 1000
        now = world.now_ms()
        old = [f.held for f in self._flights.values() if now - f.started >= RENEW_MS // 2]
        if old:
            self._parts.ledger.renew(old, now + LEASE_MS)

    def _finish(self) -> None:
        """Let what is in flight end, save it, give back the rest: within GRACE_S, and no more."""
        end = world.monotonic() + GRACE_S
        try:
            while not self._ended(end) and world.monotonic() < end:
                self._bide(min(POLL_S, end - world.monotonic()))
        finally:
            self._sender.close()
            self._ear.close()
            self._errands.shutdown(cancel_futures=True)
            self._chores.close()

    def _ended(self, end: float) -> bool:
        """Go on until nothing is left to do; False if the database is away, so try once more."""
        try:
            self._save()
            while self._flights and (left := end - world.monotonic()) > 0:
                self._land(self._sender.poll(min(left, POLL_S)))
                self._save()
                self._keep_leases()
            left_over = [*self._waiting, *self._flights.values()]
            self._parts.ledger.release([each.held for each in left_over], world.now_ms())
        except Exception as problem:
            log.error("dispatcher_cannot_finish", problem=str(problem))
            return False
        return True

    def _errand(self, work: Callable[..., object], *arguments: object) -> None:
        def run() -> None:
            try:
                work(*arguments)
            except Exception:
                log.exception("errand_failed")

        self._errands.submit(run)
