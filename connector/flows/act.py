"""Act: carry out an action or a search in Stora, once, however often its builder sends it.

A row's story says which calls are made; here they are made, within the time that a builder has.
A repeat under the same key goes on where the last one stopped (see `runs`):

    a lost answer        the same call under the same key of Stora's: it happens once
    a known failure      the same call under a fresh key, a few times
    done already         the answer that was given

What may not be sent twice (`unsafe`), and what came without a key, is never repeated after a lost
answer: then it may have happened, and a person has to look.

With the result, in one transaction, goes an entry for Stora's timeline, and the note that picklists
of the resource have changed.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from prometheus_client import Counter

from connector import world
from connector.catalogue.actions.row import Action, Call, Curies, Outcome, Reply, run
from connector.catalogue.forms import Values
from connector.catalogue.places import PLACES, place_at
from connector.errors import Forbidden, GiveUp, OutcomeUnknown, StoraUnavailable, UnitwireError
from connector.flows import choices, runs, timeline
from connector.flows.call import ACTION_WAIT_S, PAUSES_S, call_stora
from connector.flows.callers import Caller
from connector.flows.explain import AGAIN_S, explained
from connector.flows.parts import Parts
from connector.flows.runs import Finished, Run
from connector.flows.timeline import State, Workflow

ACT_S: Final = 25.0  # the strictest builder waits for 30 s
LEAST_ANSWER_S: Final = 5.0  # of it are kept for Stora's answer
TOO_LONG: Final = "Stora takes too long for this just now. Try again."
NOBODY: Final = Workflow()
TIMELINE: Final = "timeline_event"

DONE = Counter("unitwire_actions", "Actions and searches carried out", ["action", "result"])


@dataclass(frozen=True)
class Done:
    """What came of it: the answer, what completes its links, and its entry in the timeline."""

    answer: Mapping[str, Any]
    curies: Curies
    timeline: State | None = None


def act(
    parts: Parts,
    caller: Caller,
    action: Action,
    values: Values,
    *,
    key: str | None = None,
    run_id: str | None = None,
    workflow: Workflow = NOBODY,
    within_s: float = ACT_S,
) -> Done:
    """Carry out `action` on what its form has loaded, within about `within_s` seconds.

    `key` names this one thing; `run_id` names a run of the workflow, in which the same action on
    the same input is the same thing. Raises Forbidden for a scope that the caller lacks,
    OutcomeUnknown where it may have happened and must not be repeated blindly, and what
    `call_stora` raises, told in terms of the form.
    """
    caller.demand(*action.scopes_for(values))
    asked = {"action": action.key, "values": values}
    if key is None and run_id is not None:
        key = f"run {run_id} {json.dumps(asked, sort_keys=True)}"
    attempt = Attempt(parts, caller, action, values, world.monotonic() + within_s)
    try:
        if action.repeat == "read":
            outcome = attempt.tell()
            done = Done(outcome.answer, outcome.curies)
        else:
            done = _once(attempt, key, asked, workflow)
    except UnitwireError as problem:
        DONE.labels(action.key, problem.code).inc()
        raise explained(
            problem,
            action,
            values,
            attempt.call,
            keyed=key is not None,
            connect_url=f"{parts.settings.origin}/connect",
        ) from None
    DONE.labels(action.key, "ok").inc()
    return done


def _once(
    attempt: "Attempt", key: str | None, asked: Mapping[str, Any], workflow: Workflow
) -> Done:
    """Carry out what changes something in Stora, or return what came of it before."""
    parts, caller = attempt.parts, attempt.caller
    begun = runs.begin(parts, caller, key, asked)
    if isinstance(begun, Finished):
        answer, curies, entry_id = begun.answer["answer"], begun.answer["curies"], begun.entry_id
    else:
        attempt.run = begun
        try:
            outcome = attempt.tell()
        except BaseException:
            begun.leave()
            raise
        answer, curies = outcome.answer, list(outcome.curies)
        entry_id = _finish(attempt, begun, answer, curies, workflow)
    if attempt.action.resource == TIMELINE:
        return Done(answer, curies, State("written", answer[PLACES[TIMELINE].one]["id"]))
    entry = timeline.state_of(parts, caller.connection_id, entry_id) if entry_id else None
    return Done(answer, curies, entry)


def _finish(
    attempt: "Attempt", begun: Run, answer: Mapping[str, Any], curies: Curies, workflow: Workflow
) -> str | None:
    """Keep the result with all that follows from it; return the id of its entry, if it gets one."""
    parts, caller, action = attempt.parts, attempt.caller, attempt.action
    id = caller.connection_id
    changed = place_at(attempt.written[-1].path) if attempt.written else None
    body: dict[str, Any] = {}
    entry_id = problem = None
    if attempt.written and action.resource != TIMELINE:
        entry_id = world.new_ordered_id("tle")
        body = timeline.entry_of(action, attempt.values, answer, caller.platform, workflow)
        problem = timeline.missing(parts, id)
    with parts.store.begin() as c:
        mine = begun.finish(c, {"answer": answer, "curies": curies}, entry_id)
        if entry_id and mine:
            timeline.add(c, id, entry_id, body, problem)
        if changed is not None:
            choices.changed(c, id, changed.resource)
    return entry_id


@dataclass
class Attempt:
    """One telling of an action's story: makes its calls, and notes what changes something.

    `call` is the last one that was made, `written` are those that changed something.
    """

    parts: Parts
    caller: Caller
    action: Action
    values: Values
    until: float
    run: Run | None = None
    call: Call | None = None
    written: list[Call] = field(default_factory=list)

    def tell(self) -> Outcome:
        """Carry out the story; raises what `perform` raises."""
        return run(self.action.story(self.values), self.perform)

    def perform(self, call: Call) -> Reply:
        """Make one call of the story; raises what `call_stora` raises, and OutcomeUnknown."""
        if self.call is not None and world.monotonic() > self.until:
            raise StoraUnavailable(TOO_LONG, retry_after=AGAIN_S)
        self.call = call
        if call.method == "GET" or self.run is None:
            return self._send(call)
        pauses = iter(PAUSES_S)
        while True:
            try:
                reply = self._write(call, self.run)
            except StoraUnavailable:
                pause = next(pauses, None)
                late = world.monotonic() + (pause or 0) > self.until - LEAST_ANSWER_S
                if pause is None or late or self.action.repeat == "unsafe":
                    raise
                world.sleep(pause)
            else:
                self.written.append(call)
                return reply

    def _write(self, call: Call, run: Run) -> Reply:
        """Make a call that changes something: noted before, and when it failed."""
        position = len(self.written)
        write = run.write(position)
        was_unsure = write.unsure
        if was_unsure and self.action.repeat == "unsafe":
            raise OutcomeUnknown
        write.unsure = True
        run.note()
        try:
            return self._send(call, run.stora_key(position) if call.method == "POST" else None)
        except UnitwireError as problem:
            if not _is_lost(problem) and (_is_storas(problem) or not was_unsure):
                write.generation += 1
                write.unsure = False
                run.note()
            raise

    def _send(self, call: Call, key: str | None = None) -> Reply:
        left = self.until - world.monotonic()
        wait_s = max(0.0, min(ACTION_WAIT_S, left - LEAST_ANSWER_S))
        answer = call_stora(
            self.parts,
            self.caller.connection_id,
            call.method,
            call.path,
            json=call.json,
            params=call.params,
            idempotency_key=key,
            accept=call.accept,
            wait_s=wait_s,
            answer_s=max(LEAST_ANSWER_S, left - wait_s),
            repeats=call.method == "GET",
        )
        return Reply(answer.status, answer.body, answer.content)


def _is_lost(problem: UnitwireError) -> bool:
    return isinstance(problem, StoraUnavailable) and problem.lost


def _is_storas(problem: UnitwireError) -> bool:
    """Whether it is Stora's answer to this very call, which an earlier loss then had as well."""
    if isinstance(problem, StoraUnavailable):
        return problem.answered
    return isinstance(problem, GiveUp) and not isinstance(problem, Forbidden)
