"""A person connects Stora."""

from contextlib import suppress

import pytest
from laws.stories.house import House, Story
from network import consent
from sqlalchemy import select

from connector.errors import InvalidRequest
from connector.flows.call import call_stora
from connector.flows.connect import begin, finish
from connector.store.tables import connections

BROWSER = "the cookie of a browser"


def come_back(house: House, _name: str) -> dict[str, str]:
    """Go to Stora's consent page and allow; return what the browser brings back."""
    with house.sandbox.test_client() as client:
        return consent(client, begin(house.parts, BROWSER, "/"))


def linked(house: House, back: dict[str, str]) -> str:
    """Finish the link; return the connection."""
    return finish(house.parts, browser=BROWSER, **back).connection_id


def start_anew(house: House, _back: dict[str, str]) -> None:
    """Go through consent once more."""
    linked(house, come_back(house, ""))


def connected(house: House, back: dict[str, str]) -> None:
    """The state makes one link at most, and every connection that there is works."""
    with suppress(InvalidRequest):
        linked(house, back)  # not yet spent, where spending it failed
    with pytest.raises(InvalidRequest):
        linked(house, back)
    with house.parts.store.read() as c:
        for connection_id in list(c.execute(select(connections.c.id)).scalars()):
            assert call_stora(house.parts, connection_id, "GET", "/webhook_endpoints")


STORIES = {"connect": Story(come_back, linked, start_anew, connected, 8)}
