"""Units: reserve, let in, free, lock and unlock."""

from typing import Final

from connector.catalogue.actions.calls import one_call
from connector.catalogue.actions.row import (
    Action,
    Call,
    Outcome,
    Story,
    curies_in,
)
from connector.catalogue.describe import Field
from connector.catalogue.forms import Values, form, wire
from connector.catalogue.ids import EXAMPLE_IDS
from connector.catalogue.inputs import ObjectId
from connector.catalogue.places import PLACES
from connector.errors import StoraUnavailable


def _unit_id(verb: str) -> ObjectId:
    return ObjectId("unit", f"The unit to {verb}.", required=True)


def _tenancy_id() -> ObjectId:
    return ObjectId("tenancy", "The tenancy that gets the unit.", required=True)


# ---- locking people out ------------------------------------------------------------------------

_UNIT_IDS: Final = [EXAMPLE_IDS["unit"]]
_MESSAGE: Final = Field(
    "message",
    "Message",
    "text",
    "What Stora did, in its words.",
    "1 customer unit was successfully overlocked.",
)
_LOCKED: Final = (
    Field(
        "success",
        "Success",
        "object",
        "As Stora tells it.",
        {"message": _MESSAGE.example},
        children=(_MESSAGE,),
    ),
    Field(
        "flat",
        "Ready to use",
        "object",
        "Which units it was about.",
        {"message": _MESSAGE.example, "unit_ids": _UNIT_IDS},
        children=(
            _MESSAGE,
            Field("unit_ids", "Unit IDs", "list", "The units.", _UNIT_IDS, item="text"),
        ),
    ),
)


def _lock(key: str, title: str, help: str, path: str) -> Action:
    """Return the row of an action on all units of a contact; its answer has a shape of its own."""
    asked = form(
        contact_id=ObjectId("contact", "The customer whose units it is about.", required=True)
    )

    def story(values: Values) -> Story:
        reply = yield Call("POST", path, json=wire(asked, values))
        success, meta = reply.body.get("success"), reply.body.get("meta")
        if not isinstance(success, dict) or not isinstance(meta, dict):
            raise StoraUnavailable(
                "Stora's answer was not understood. Look in Stora before you repeat this.",
                lost=True,
            )
        flat = {"message": success.get("message"), "unit_ids": meta.get("unit_ids") or []}
        return Outcome({"success": success, "flat": flat}, curies_in(reply))

    return Action(
        key=key,
        title=title,
        kind="action",
        help=help,
        input=asked,
        output=_LOCKED,
        story=story,
        repeat="unsafe",
        danger=True,
        scopes=(PLACES["unit"].scope("write"),),
        resource="unit",
    )


ROWS: Final = (
    one_call(
        "reserve_unit",
        "Reserves a unit for a tenancy.",
        "POST",
        "/units/{unit_id}/reserve",
        form(unit_id=_unit_id("reserve"), tenancy_id=_tenancy_id()),
        "unit",
    ),
    one_call(
        "grant_unit_access",
        "Gives a unit to a tenancy and lets the customer in.",
        "POST",
        "/units/{unit_id}/grant_access",
        form(unit_id=_unit_id("give access to"), tenancy_id=_tenancy_id()),
        "unit",
    ),
    one_call(
        "deallocate_unit",
        "Takes a unit from its tenancy, so that it can be rented again. The customer can no "
        "longer get in.",
        "POST",
        "/units/{unit_id}/deallocate",
        form(unit_id=_unit_id("free")),
        "unit",
    ),
    _lock(
        "overlock_units",
        "Overlock units (locks a customer out)",
        "Locks a customer out of all units they rent, and locks the doors where these are "
        "connected to Stora. Check who it is before you use this.",
        "/units/overlock",
    ),
    _lock(
        "remove_overlock",
        "Remove overlock (lets a locked-out customer in)",
        "Lets a customer back into all units they were locked out of, and opens the doors where "
        "these are connected to Stora.",
        "/units/remove_overlock",
    ),
)
