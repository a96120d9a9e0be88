"""Why did it not run? One sentence, and what mends it.

    endpoint → verification → repeat → disabled, paused → filter → attempts → the builder's answer

The first thing on that way that stopped the event is the reason. Asked about a workflow, the
answer is about its newest event, or about why there is none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from connector.errors import NotFound
from connector.flows.deliver import GONE
from connector.flows.delivery_story import Story, story_of
from connector.flows.endpoints import ID
from connector.flows.parts import Parts
from connector.flows.receive import WHY_REFUSED
from connector.flows.workflows import mirrors, refused
from connector.store.tables import connections, deliveries, events
from connector.store.tables import webhook_endpoints as table
from connector.world import iso, now_ms

LATELY_MS = 7 * 86_400_000
PROBED = (
    "It waits, because its workflow takes nothing: one of its events is tried from time to time, "
    "and the others follow as soon as that succeeds."
)


@dataclass(frozen=True)
class Step:
    """One thing on the way: `good` is None where the event never came to it."""

    title: str
    good: bool | None
    told: str


@dataclass(frozen=True)
class Why:
    """`sentence` is the answer. `deed` names the button that mends it ("" where there is none):
    switch_on, resume, try_now, send_again, filter, renew, test.
    """

    sentence: str
    deed: str
    steps: Sequence[Step]
    endpoint_id: str
    endpoint_name: str
    delivery_id: str | None


def why(parts: Parts, connection_id: str, id: str) -> Why:
    """Return why the event, delivery or workflow with that id did not run, or that it did.

    Raises NotFound for an id that is not here, or not this connection's.
    """
    id = id.strip()
    with parts.store.read() as c:
        if ID.fullmatch(id):
            endpoint_id = id
            delivery_id = c.execute(
                select(deliveries.c.id)
                .where(deliveries.c.connection_id == connection_id, deliveries.c.endpoint_id == id)
                .order_by(deliveries.c.id.desc())
                .limit(1)
            ).scalar()
        else:
            found = c.execute(_named(connection_id, id)).first()
            if found is None:
                raise NotFound(
                    f"There is no {id[:80]} here. Stora has not sent it to Unitwire, or it is "
                    "older than what is kept."
                )
            endpoint_id, delivery_id = found.endpoint_id, found.id
        endpoint = c.execute(
            select(table).where(table.c.connection_id == connection_id, table.c.id == endpoint_id)
        ).first()
        status = c.scalar(select(connections.c.status).where(connections.c.id == connection_id))
    if endpoint is None:
        raise NotFound(f"There is no {id[:80]} here.")
    story = story_of(parts, connection_id, delivery_id) if delivery_id else None
    return _answer(parts, endpoint, str(status), story, about_workflow=id == endpoint_id)


def _named(connection_id: str, id: str) -> Any:
    """Return the SELECT of the newest delivery with that id, or of the event with that id."""
    mine = deliveries.c.connection_id == connection_id
    if id.startswith("dlv_"):
        return select(deliveries.c.id, deliveries.c.endpoint_id).where(mine, deliveries.c.id == id)
    endpoints = select(table.c.id).where(table.c.connection_id == connection_id)
    return (
        select(events.c.delivery_id.label("id"), events.c.endpoint_id)
        .where(
            events.c.connection_id == connection_id,
            events.c.endpoint_id.in_(endpoints),
            events.c.id == id,
        )
        .order_by(events.c.delivery_id.desc())
        .limit(1)
    )


def _answer(
    parts: Parts, endpoint: Row[Any], status: str, story: Story | None, *, about_workflow: bool
) -> Why:
    refusal = _refusal(parts, endpoint, story, about_workflow=about_workflow)
    ways = [_of_endpoint(parts, endpoint, status), _of_verification(story, refusal)]
    if story is not None:
        ways += [_of_arrival(story), _of_filter(story), _of_attempts(story)]
    steps: list[Step] = []
    stopped: tuple[str, str] | None = None
    for step, deed in ways:
        # What is wrong with the workflow now did not stop an event that got further.
        later_ran = story is not None and story.delivery.status == "delivered"
        steps.append(step)
        if step.good is False and stopped is None and not (later_ran and not about_workflow):
            stopped = (step.told, deed)
    if stopped is None and story is None:
        stopped = ("Stora has not sent an event for this workflow yet.", "test")
    sentence, deed = stopped or (steps[-1].told, "")
    return Why(
        sentence=sentence,
        deed=deed,
        steps=steps,
        endpoint_id=endpoint.id,
        endpoint_name=endpoint.name,
        delivery_id=story.delivery.id if story else None,
    )


def _of_endpoint(parts: Parts, endpoint: Row[Any], status: str) -> tuple[Step, str]:
    title = "The workflow listens"
    if endpoint.deleted_at is not None:
        why = endpoint.deleted_reason or "by its builder"
        return Step(
            title, False, f"The workflow was removed ({why}). Switch it on in the builder."
        ), ""
    if status != "active":
        return Step(
            title, False, "Stora no longer accepts the connection: it has to be renewed."
        ), "renew"
    if endpoint.status == "disabled":
        told = f"The workflow is switched off. {endpoint.disabled_reason or ''}".strip()
        return Step(title, False, told), "switch_on"
    if not any(
        each.status == "live" for each in mirrors(parts, endpoint.connection_id, endpoint.id)
    ):
        told = "Stora does not know the workflow; the hourly check makes it known again."
        return Step(title, False, told), ""
    if endpoint.paused_at is not None:
        return Step(
            title, False, "The workflow is paused: events wait until it is resumed."
        ), "resume"
    return Step(title, True, "The workflow is switched on, here and in Stora."), ""


def _refusal(
    parts: Parts, endpoint: Row[Any], story: Story | None, *, about_workflow: bool
) -> Row[Any] | None:
    """Return the newest refusal that answers the question: none about an event that was stored."""
    since = now_ms() - LATELY_MS
    if story is not None:
        if not about_workflow:
            return None
        since = max(since, story.received_at)
    newest = next(iter(refused(parts, endpoint.id)), None)
    return newest if newest is not None and newest.last_at > since else None


def _of_verification(story: Story | None, refusal: Row[Any] | None) -> tuple[Step, str]:
    title = "The signature is Stora's"
    if refusal is not None:
        many = "1 webhook was" if refusal.times == 1 else f"{refusal.times} webhooks were"
        reason = WHY_REFUSED.get(refusal.reason, refusal.reason)
        told = f"{many} refused, the newest at {iso(refusal.last_at)}. {reason}"
        return Step(title, False, told), ""
    if story is None:
        told = "Nothing has come in that could be verified, and nothing was refused."
        return Step(title, None, told), ""
    if story.is_test:
        return Step(title, True, "This is a test that was sent from here."), ""
    return Step(title, True, f"Verified and stored at {iso(story.received_at)}."), ""


def _of_arrival(story: Story) -> tuple[Step, str]:
    if story.repeats:
        told = f"Stora sent it {story.repeats + 1} times; it was taken once, as it should be."
        return Step("It is new", True, told), ""
    return Step("It is new", True, "It came once."), ""


def _of_filter(story: Story) -> tuple[Step, str]:
    title = "It is wanted"
    if story.delivery.status != "skipped":
        return Step(title, True, "No filter holds it back."), ""
    reason = story.delivery.reason or "It was skipped."
    deed = "filter" if reason.startswith("The filter") else "send_again"
    return Step(title, False, f"It was not sent on. {reason}"), deed


def _of_attempts(story: Story) -> tuple[Step, str]:
    title = "The builder takes it"
    delivery = story.delivery
    last = story.tries[-1] if story.tries else None
    if delivery.status == "skipped":
        return Step(title, None, "It did not come to that."), ""
    if delivery.status == "delivered":
        told = f"It ran: the builder took it at {iso(delivery.finished_at)}."
        return Step(title, True, told + (f" {last.told}" if last else "")), ""
    if delivery.status == "dead":
        gone = delivery.last_status == GONE
        return Step(
            title, False, delivery.reason or "It was given up."
        ), "" if gone else "send_again"
    if last is None and story.probed:
        return Step(title, False, PROBED), "try_now"
    if last is None:
        return Step(title, None, "It is about to be sent."), ""
    when = f" Next attempt at {iso(delivery.due)}." if delivery.due else ""
    return Step(title, False, f"The builder has not taken it. {last.told}{when}"), "try_now"
