"""What builders are told of an action that was not carried out."""

from dataclasses import replace

import pytest
from acting import JANE, do, everybody, first, posts
from broker import Broker
from sqlalchemy import update

from connector.errors import Forbidden, NeedsReauth, NotFound, StoraRefused
from connector.store.tables import connections


def test_a_fault_names_the_field_of_the_form(broker: Broker) -> None:
    """Stora's pointer `/stage/id` becomes `/stage_id`, and the message has the field's label."""
    contact = first(broker, "contact")
    with pytest.raises((StoraRefused, NotFound)) as told:
        do(broker, "create_deal", {"name": "D", "contact_id": contact, "stage_id": "dstg_none"})
    assert [each["pointer"] for each in told.value.details] == ["/stage_id"]
    assert "stage" in told.value.message.lower()


def test_an_unknown_id_names_its_field(broker: Broker) -> None:
    """A 404 is told at the field whose id is in the path."""
    with pytest.raises(NotFound) as told:
        do(broker, "win_deal", {"deal_id": "deal_none"})
    assert [each["pointer"] for each in told.value.details] == ["/deal_id"]


def test_a_missing_scope_is_told_before_anything_happens(broker: Broker) -> None:
    """The error names the scope, and Stora was not asked."""
    caller = replace(everybody(broker), scopes=frozenset({"public.contact:read"}))
    with pytest.raises(Forbidden, match=r"public\.contact:write"):
        do(broker, "create_contact", JANE, caller=caller)
    assert posts(broker) == 0


def test_what_stora_forbids_says_who_can_allow_it(broker: Broker) -> None:
    """Stora's 403 names the scope and the page where it is given."""
    access = broker.stora.sandbox.access
    held = access.find("harbour-token")
    assert held is not None
    access.keep_token({**held, "scopes": ["public.contact:read"]})
    with pytest.raises(Forbidden, match=r"public\.contact:write.*/connect"):
        do(broker, "create_contact", JANE, key="k")


def test_an_ended_connection_says_where_to_mend_it(broker: Broker) -> None:
    """The message has the link to connect Stora again."""
    with broker.parts.store.begin() as c:
        c.execute(update(connections).values(status="needs_reauth"))
    with pytest.raises(NeedsReauth, match=r"http://127\.0\.0\.1:8080/connect"):
        do(broker, "create_contact", JANE)
