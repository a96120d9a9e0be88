"""A simulated town: one operator's Stora, Unitwire with two dispatchers, builders and workflows.

Everything that happens is one step of one actor, drawn from the seed. Nothing waits: time passes
when it is told to. After the storm comes calm, in which everybody finishes what was begun; then
the laws must hold.
"""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from network import HARBOUR, StoraWire, Workflows
from simulator.held import Time
from simulator.weather import Killed, Weather
from simulator.wish import Wish
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from connector import world
from connector.dispatcher import Dispatcher
from connector.errors import UnitwireError
from connector.flows.callers import Caller
from connector.flows.parts import Parts
from connector.flows.receive import receive
from connector.flows.send import Outcome
from connector.flows.subscribe import change, enable, subscribe
from connector.flows.sweep import UNFINISHED_MS, sweep
from connector.flows.unsubscribe import disable, unsubscribe
from connector.sandbox import deliver as stora_deliver
from connector.sandbox import deliveries as stora_deliveries
from connector.sandbox import events as stora_events
from connector.store.tables import deliveries

TYPES = ("invoice.paid", "deal.won", "credit_note.created")
PAUSES_S = (0.01, 0.3, 1, 6, 11, 31, 130, 700, 4000, 8000)
BROWSER = "the cookie of a browser"
PATIENCE = 3000  # steps in which everything must have come to an end
NO_SUCH = "0" * 64  # a signing secret that nobody has


@dataclass
class Town:
    """The state of one simulation; `trace` says what happened."""

    parts: Parts
    dice: random.Random
    time: Time
    weather: Weather
    stora: StoraWire
    workflows: Workflows
    file: Path
    connection_id: str = ""
    wishes: list[Wish] = field(default_factory=list)
    moods: dict[str, Outcome] = field(default_factory=dict)
    told_taken: set[tuple[str, str]] = field(default_factory=set)
    sent: dict[tuple[str, str], bytes] = field(default_factory=dict)
    trace: list[str] = field(default_factory=list)
    dispatchers: list[Dispatcher] = field(default_factory=list)

    # ---- the builders --------------------------------------------------------------------------

    def app(self) -> Caller:
        """A platform's app that acts for the operator."""
        return Caller(
            connection_id=self.connection_id,
            operator=HARBOUR,
            platform="zapier",
            creator="app_1",
            client_id="app_1",
            token_id="fam_1",
            scopes=frozenset(),
            curies=(),
            expires_at=None,
            created_at=0,
        )

    def wish(self) -> None:
        """A builder begins, changes or ends a workflow, or repeats what it was not told."""
        open_wishes = [each for each in self.wishes if not each.told]
        if open_wishes and self.dice.random() < 0.6:
            self.ask(self.dice.choice(open_wishes))
            return
        living = [each for each in self.wishes if each.alive and each.told]
        if len(living) < 2 or self.dice.random() < 0.2:
            chosen = Wish(f"w{len(self.wishes)}", self.dice.sample(TYPES, 2))
            self.wishes.append(chosen)
        else:
            chosen = self.dice.choice(living)
            chosen.meddled = True
            what = self.dice.randrange(4)
            if what == 0:
                chosen.alive = False
            elif what == 1:
                chosen.on = not chosen.on
            else:
                chosen.event_types = self.dice.sample(TYPES, self.dice.randint(1, 3))
            chosen.told = False
        self.ask(chosen)

    def ask(self, wish: Wish) -> None:
        """Tell Unitwire what is wanted."""
        parts = self.parts

        def tell() -> None:
            if not wish.alive:
                if wish.endpoint_id:
                    unsubscribe(parts, self.connection_id, wish.endpoint_id)
            elif not wish.endpoint_id:
                wished = {
                    "name": wish.external_id,
                    "api_version": "2025-09",
                    "url": wish.url,
                    "event_types": wish.event_types,
                    "metadata": {"external_id": wish.external_id},
                }
                wish.endpoint_id = subscribe(parts, self.app(), wished).endpoint.id
            else:
                new = {"event_types": wish.event_types}
                found = change(parts, self.app(), wish.endpoint_id, new)
                if found.status == "enabled" and not wish.on:
                    disable(parts, self.connection_id, wish.endpoint_id)
                elif found.status == "disabled" and wish.on:
                    enable(parts, self.connection_id, wish.endpoint_id, actor="app_1")
            wish.told = True

        self.does(f"builder of {wish.external_id}", tell)

    # ---- Stora and strangers -------------------------------------------------------------------

    def happen(self) -> None:
        """Something happens in Stora."""
        sandbox = self.stora.sandbox
        kind = self.dice.choice(TYPES)
        stora_events.trigger(
            sandbox.state, sandbox.faults, HARBOUR, kind, count=self.dice.randint(1, 3)
        )

    def send(self) -> bool:
        """Stora delivers what has been due longest; whether there was anything."""
        sandbox = self.stora.sandbox
        claimed = stora_deliveries.claim(sandbox.state, world.now_ms())
        if claimed is not None:
            sandbox.deliverer._deliver(None, claimed)  # type: ignore[arg-type]
        return claimed is not None

    def take(
        self, _handle: object, url: str, headers: dict[str, str], body: bytes, _timeout_s: float
    ) -> tuple[int, str, str]:
        """Let one webhook of Stora arrive at Unitwire, or not; return what Stora sees."""
        self.weather.begin()
        endpoint_id = url.rpartition("/")[2]
        event_id = json.loads(body)["event"]["id"]
        self.sent[endpoint_id, event_id] = body
        try:
            lost = self.weather.call("POST /hooks/stora")
            if lost == "before":
                return 0, "lost", ""
            receive(self.parts, endpoint_id, headers["X-Stora-Signature"], body)
            if not self.is_durable(endpoint_id, event_id):
                raise AssertionError(f"{event_id}: taken in before it was kept")
            if lost == "after":
                return 0, "lost", ""
        except Killed:
            return 0, "reset", ""
        except OperationalError:
            return 503, "", ""
        except UnitwireError as refused:
            return refused.status, "", ""
        self.told_taken.add((endpoint_id, event_id))
        return 200, "", ""

    def is_durable(self, endpoint_id: str, event_id: str) -> bool:
        """Whether anybody else who looks into the file sees the event and its delivery."""
        other = self.parts.store.bare_connection()
        try:
            found = other.execute(
                "SELECT 1 FROM events e JOIN deliveries d ON d.id = e.delivery_id"
                " WHERE e.endpoint_id = ? AND e.id = ?",
                (endpoint_id, event_id),
            ).fetchall()
        finally:
            other.close()
        return len(found) == 1

    def forge(self) -> None:
        """A stranger sends what Stora never signed."""
        made = [each.endpoint_id for each in self.wishes if each.endpoint_id]
        endpoint_id = self.dice.choice(made) if made else "we_1"
        body = b'{"event": {"id": "evt_forged", "type": "invoice.paid", "data": {}}}'
        signature = stora_deliver.sign(NO_SUCH, body, world.now_ms() // 1000)
        try:
            receive(self.parts, endpoint_id, signature, body)
        except (UnitwireError, OperationalError, Killed):
            return
        raise AssertionError("a forged webhook was taken in")

    # ---- Unitwire ------------------------------------------------------------------------------

    def dispatch(self, number: int) -> None:
        """A dispatcher takes a turn; one that dies is replaced by another."""
        working = self.dispatchers[number]

        def turn() -> None:
            working.turn(0)

        if not self.does(f"dispatcher {number}", turn):
            self.replace(number)

    def replace(self, number: int) -> None:
        """Let a dispatcher die (kill -9) and another begin."""
        self.trace.append(f"dispatcher {number} is replaced")
        self.dispatchers[number]._ear.close()
        self.dispatchers[number] = Dispatcher(self.parts)

    def sweep(self) -> None:
        """The sweep comes by."""
        self.does("sweep", lambda: sweep(self.parts))

    def does(self, who: str, what: Callable[[], object]) -> bool:
        """Let a process do something; return whether it survived."""
        self.weather.begin()
        try:
            what()
        except Killed:
            self.trace.append(f"{who}: killed")
            return False
        except (UnitwireError, OperationalError) as problem:
            self.trace.append(f"{who}: {type(problem).__name__}")
            return True
        self.trace.append(f"{who}: done")
        return True

    # ---- storm and calm ------------------------------------------------------------------------

    def mood(self) -> None:
        """A workflow begins to answer otherwise."""
        if self.wishes:
            wish = self.dice.choice(self.wishes)
            self.moods[wish.url] = self.dice.choice(
                [
                    Outcome("", 200),
                    Outcome("", 500),
                    Outcome("", 302),
                    Outcome("", 429, retry_after="120"),
                    Outcome("", 0, "timeout"),
                ]
            )

    def storm(self, steps: int) -> None:
        """Let anything happen, and much of it go wrong."""
        self.weather.fails_by, self.weather.kills_by = 0.02, 0.005
        actors: dict[Callable[[], object], int] = {
            self.wish: 4,
            self.happen: 4,
            self.send: 10,
            lambda: self.dispatch(0): 6,
            lambda: self.dispatch(1): 6,
            lambda: self.replace(self.dice.randrange(2)): 1,
            lambda: self.time.sleep(self.dice.choice(PAUSES_S)): 5,
            self.sweep: 1,
            self.forge: 1,
            self.mood: 2,
            lambda: self.stora.sandbox.access.end_all(HARBOUR, "expire"): 1,
        }
        for actor in self.dice.choices(list(actors), list(actors.values()), k=steps):
            self.weather.begin()
            actor()

    def calm(self) -> None:
        """Let nothing go wrong any more, and everybody finish what was begun."""
        self.weather.fails_by = self.weather.kills_by = 0.0
        self.moods.clear()
        self.time.sleep(UNFINISHED_MS / 1000 + 1)
        for wish in self.wishes:
            for _ in range(3):
                if not wish.told:
                    self.ask(wish)
        assert all(wish.told for wish in self.wishes), "a builder was never told"
        self.time.sleep(UNFINISHED_MS / 1000 + 1)
        self.sweep()
        for _ in range(PATIENCE):
            busy = self.send()
            for number in range(len(self.dispatchers)):
                self.dispatch(number)
            if not busy and not self.wait():
                break
        else:
            raise AssertionError("it did not come to an end")
        self.sweep()

    def wait(self) -> bool:
        """Let time pass until something is due; whether there is anything left."""
        with self.parts.store.read() as c:
            waiting = c.execute(
                select(deliveries.c.due).where(deliveries.c.status == "pending")
            ).scalars()
            moments = [due for due in waiting if due is not None]
        if (due := stora_deliveries.next_due(self.stora.sandbox.state)) is not None:
            moments.append(due)
        if moments:
            self.time.sleep(max(0.1, (min(moments) - world.now_ms()) / 1000))
        return bool(moments)
