"""Stora as far as a story needs it in a test: every call is answered with a sample.

A list holds one sample, a write shows it, a file is a few bytes. The calls are kept, in order.
"""

from collections.abc import Callable, Mapping
from typing import Any

from connector.catalogue import CURIES
from connector.catalogue.actions import ACTION
from connector.catalogue.actions.row import PDF, Call, Outcome, Reply, Story, run
from connector.catalogue.places import PLACES, place_at
from connector.catalogue.samples import resource_sample
from connector.dialect.body import load

META: dict[str, Any] = {"request_id": "01563646-58c1-4607-8fe0-cae3e92c4477", "curies": [*CURIES]}

Answer = Reply | Exception
Script = Callable[[Call], Answer | None]


class Stora:
    """Answers calls by `script`, and with samples where that returns None."""

    def __init__(self, script: Script = lambda call: None) -> None:
        self.script = script
        self.calls: list[Call] = []

    def perform(self, call: Call) -> Reply:
        """Answer one call."""
        self.calls.append(call)
        answer = self.script(call)
        if isinstance(answer, Exception):
            raise answer
        return answer or by_sample(call)

    def tell(self, story: Story) -> Outcome:
        """Play a story to its end."""
        return run(story, self.perform)


def tell(stora: Stora, key: str, **input: Any) -> Outcome:
    """Carry out an action on `input`."""
    return stora.tell(ACTION[key].story(load(ACTION[key].input(), input)))


def paths(stora: Stora) -> list[str]:
    """Return what Stora was asked, in order: method and path."""
    return [f"{call.method} {call.path}" for call in stora.calls]


def by_sample(call: Call) -> Reply:
    """Answer a call with the sample of the resource that its path lies in."""
    if call.path.endswith("overlock"):
        meta = META | {"unit_ids": [resource_sample("unit")["id"]]}
        return Reply(200, {"success": {"message": "1 customer unit was done."}, "meta": meta})
    place = place_at(call.path)
    assert place is not None, call.path
    if call.accept == PDF:
        return Reply(200, content=b"%PDF-1.7\n")
    if (call.method, call.path) == ("GET", place.path):
        return listed(place.resource, resource_sample(place.resource))
    return shown(place.resource, resource_sample(place.resource))


def shown(resource: str, document: Mapping[str, Any], status: int = 200) -> Reply:
    """Return one resource in its envelope."""
    place = PLACES[resource]
    return Reply(status, {place.one: dict(document), "meta": META})


def listed(resource: str, *documents: Mapping[str, Any], following: int | None = None) -> Reply:
    """Return a page of a list; `following` is the number of the next one."""
    place = PLACES[resource]
    meta = META | {"pagination": {"page": 1, "next": following}}
    return Reply(200, {place.many: [dict(each) for each in documents], "meta": meta})
