"""Replays: choose what to send again, see what that means, watch it go, stop it."""

from urllib.parse import urlencode

from flask import Response

from connector.flows import replays as flow
from connector.flows.audit import BROWSER
from connector.flows.deliveries import REPLAYABLE
from connector.flows.replay_choice import preview
from connector.flows.workflows import names
from connector.web.api import parts
from connector.web.pages import leave
from connector.web.pages.deliveries import PERIODS, query_of
from connector.web.pages.people import asked, form, mine, people, show
from connector.web.pages.workflows import chosen_pace

replays = people("replays")


@replays.get("/replays/new")
def choose() -> Response:
    """Show how many deliveries the filter names, and how long each pace would take."""
    given = asked()
    query = query_of(given)
    return show(
        "replay_new.html",
        "deliveries",
        query=query,
        preview=preview(parts(), mine(), query.filter),
        workflows=names(parts(), mine()),
        statuses=REPLAYABLE,
        periods=PERIODS,
        paces=flow.PACES,
        newest=flow.newest(parts(), mine()),
    )


@replays.post("/replays")
def begin() -> Response:
    """Begin to send again what the form names."""
    query = query_of(form())
    begun = flow.begin_again(parts(), mine(), query.filter, per_minute=chosen_pace(), actor=BROWSER)
    return leave(f"/replays/{begun.id}")


@replays.get("/replays/<replay_id>")
def watch(replay_id: str) -> Response:
    """Show how a replay is going."""
    replay = flow.show(parts(), mine(), replay_id)
    known = dict(names(parts(), mine()))
    return show(
        "replay.html",
        "deliveries",
        replay=replay,
        workflow=known.get(replay.filter.endpoint_id or "", ""),
        log=f"/deliveries?{urlencode({'endpoint_id': replay.filter.endpoint_id or ''})}",
    )


@replays.post("/replays/<replay_id>/cancel")
def stop(replay_id: str) -> Response:
    """Let nothing more go."""
    flow.cancel(parts(), mine(), replay_id, actor=BROWSER)
    return leave(f"/replays/{replay_id}")
