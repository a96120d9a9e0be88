"""Workflows: all of them, and one with what can be done to it."""

from flask import Response

from connector.catalogue.filters import read_clauses, sentence
from connector.errors import InvalidRequest
from connector.flows import replays
from connector.flows.audit import BROWSER
from connector.flows.deliveries import Filter, retry_now
from connector.flows.endpoint_filter import places_of
from connector.flows.endpoints import Endpoint
from connector.flows.filter_choices import names_in
from connector.flows.pause import COUNTED, pause, resume, waiting
from connector.flows.receive import WHY_REFUSED
from connector.flows.samples import send_test
from connector.flows.search import search
from connector.flows.secret import rotate_secret
from connector.flows.subscribe import enable
from connector.flows.unsubscribe import disable
from connector.flows.workflows import list_workflows, mirrors, one_workflow, refused
from connector.web.api import parts
from connector.web.pages import leave
from connector.web.pages.people import (
    asked,
    form,
    mine,
    people,
    sent_before,
    show,
    unspent_if_refused,
)

workflows = people("workflows")

STATES = ("failing", "paused", "disabled", "listening")


@workflows.get("/workflows")
def see_all() -> Response:
    """List all workflows; `q` narrows by name, builder and event type, `state` by how it is."""
    query = asked()
    words, state = query.get("q", "").casefold().split(), query.get("state", "")
    found = list_workflows(parts(), mine())
    fitting = [
        each
        for each in found
        if state in ("", each.state)
        and all(
            word
            in " ".join(
                (each.endpoint.name, each.endpoint.source, *each.endpoint.event_types)
            ).casefold()
            for word in words
        )
    ]
    return show(
        "workflows.html",
        "workflows",
        workflows=fitting,
        total=len(found),
        q=query.get("q", ""),
        state=state,
        states=STATES,
    )


@workflows.get("/workflows/<endpoint_id>")
def see(endpoint_id: str) -> Response:
    """Show one workflow."""
    return _one(endpoint_id)


def _one(endpoint_id: str, secret: str | None = None) -> Response:
    workflow = one_workflow(parts(), mine(), endpoint_id)
    return show(
        "workflow.html",
        "workflows",
        workflow=workflow,
        endpoint=workflow.endpoint,
        newest=search(parts(), mine(), Filter(endpoint_id=endpoint_id)).rows[:10],
        waiting=waiting(parts(), mine(), endpoint_id) if workflow.endpoint.paused_at else 0,
        refused=refused(parts(), endpoint_id),
        refusals=WHY_REFUSED,
        mirrors=mirrors(parts(), mine(), endpoint_id),
        secret=secret,
        clauses=_sentences(workflow.endpoint),
    )


def _sentences(endpoint: Endpoint) -> list[str]:
    """Return the conditions of its filter as people say them."""
    clauses = read_clauses(endpoint.filter or "[]")
    names = names_in(parts(), mine(), clauses, places_of(endpoint)) if clauses else {}
    return [sentence(each, names) for each in clauses]


@workflows.post("/workflows/<endpoint_id>/pause")
def hold(endpoint_id: str) -> Response:
    """Keep events and send none."""
    pause(parts(), mine(), endpoint_id, actor=BROWSER)
    return _back(endpoint_id)


@workflows.get("/workflows/<endpoint_id>/resume")
def ask_pace(endpoint_id: str) -> Response:
    """Show what waits, and how long it takes at each pace."""
    workflow = one_workflow(parts(), mine(), endpoint_id)
    if workflow.endpoint.paused_at is None:
        return _back(endpoint_id)
    count = waiting(parts(), mine(), endpoint_id)
    return show(
        "resume.html",
        "workflows",
        endpoint=workflow.endpoint,
        count=count,
        most=COUNTED,
        paces=replays.PACES,
    )


@workflows.post("/workflows/<endpoint_id>/resume")
def let_go(endpoint_id: str) -> Response:
    """Send events again, what waits at the chosen pace."""
    begun = resume(parts(), mine(), endpoint_id, per_minute=chosen_pace(), actor=BROWSER)
    if begun is None or not begun.total:
        return _back(endpoint_id)
    return leave(f"/replays/{begun.id}")


@workflows.post("/workflows/<endpoint_id>/retry")
def try_now(endpoint_id: str) -> Response:
    """Try at once what waits for its next attempt."""
    retry_now(parts(), mine(), endpoint_id)
    return _back(endpoint_id)


@workflows.post("/workflows/<endpoint_id>/test")
def test(endpoint_id: str) -> Response:
    """Send a sample, and go to see how it fares."""
    delivery = send_test(parts(), mine(), endpoint_id)
    return leave(f"/deliveries/{delivery['id']}")


@workflows.post("/workflows/<endpoint_id>/enable")
def switch_on(endpoint_id: str) -> Response:
    """Hear events again."""
    enable(parts(), mine(), endpoint_id, actor=BROWSER)
    return _back(endpoint_id)


@workflows.post("/workflows/<endpoint_id>/disable")
def switch_off(endpoint_id: str) -> Response:
    """Hear nothing any more."""
    disable(parts(), mine(), endpoint_id, actor=BROWSER, reason="Switched off by its owner.")
    return _back(endpoint_id)


@workflows.post("/workflows/<endpoint_id>/rotate_secret")
def rotate(endpoint_id: str) -> Response:
    """Make a new signing secret and show it, only now: there is no page to come back to."""
    lost = "A secret is shown once: if it was not noted, make another."
    if page := sent_before(lost, f"/workflows/{endpoint_id}"):
        return page
    with unspent_if_refused():
        _, secret = rotate_secret(parts(), mine(), endpoint_id, actor=BROWSER)
    return _one(endpoint_id, secret)


def chosen_pace() -> int:
    """Return the pace that the form names; raises InvalidRequest for another."""
    per_minute = form().get("per_minute", "")
    if per_minute not in map(str, replays.PACES):
        raise InvalidRequest("Choose one of the paces.")
    return int(per_minute)


def _back(endpoint_id: str) -> Response:
    return leave(f"/workflows/{endpoint_id}")
