"""What builders are told: the field to change, the permission and its giver, when to try again."""

from typing import Any

import pytest

from connector import errors
from connector.catalogue.actions import ACTION
from connector.catalogue.actions.row import Call
from connector.errors import UnitwireError
from connector.flows.explain import NO_HARM, WITH_KEY, explained

URL = "https://unitwire.example.com/connect"


def told(problem: UnitwireError, key: str = "create_deal", **options: Any) -> UnitwireError:
    """Return what a builder is told of `problem`."""
    given: dict[str, Any] = {"values": {}, "call": None, "keyed": True} | options
    values, call = given["values"], given["call"]
    return explained(problem, ACTION[key], values, call, keyed=given["keyed"], connect_url=URL)


def test_a_refusal_names_the_fields() -> None:
    """By label in the message, by key in the pointers; a line of a list by its place."""
    faults: list[errors.Detail] = [
        {"pointer": "/site/id", "message": "There is no such site."},
        {"pointer": "/metadata/key", "message": "Is too long."},
    ]
    found = told(errors.StoraRefused("The content is not valid.", details=faults))
    assert isinstance(found, errors.StoraRefused)
    assert found.details == [
        {"pointer": "/site_id", "message": "There is no such site."},
        {"pointer": "/metadata/key", "message": "Is too long."},
    ]
    assert found.message == (
        "The content is not valid. Site: There is no such site. Metadata: Is too long."
    )


def test_a_fault_outside_of_the_form_keeps_storas_word() -> None:
    """Nobody can point to a field that the form does not have, so it is said."""
    fault: errors.Detail = {"pointer": "/contact", "message": "Is needed to finalize the order."}
    found = told(errors.StoraRefused("Not valid.", details=[fault]), "finalize_order")
    assert found.message == "Not valid. contact: Is needed to finalize the order."
    assert found.details == [
        {"pointer": "", "message": "contact: Is needed to finalize the order."}
    ]


def test_a_refusal_without_details_is_passed_on() -> None:
    """A conflict says what forbids it, and stays one."""
    found = told(errors.Conflict("The deal is open."), "reopen_deal")
    assert isinstance(found, errors.Conflict)
    assert (found.message, found.details) == ("The deal is open.", [])


def test_an_unknown_id_names_its_field() -> None:
    """That whose value stands in the path of the call that found nothing."""
    values = {"unit_id": "unit_1", "tenancy_id": "ten_1"}
    call = Call("POST", "/units/unit_1/reserve")
    found = told(errors.NotFound(), "reserve_unit", values=values, call=call)
    assert [each["pointer"] for each in found.details] == ["/unit_id"]
    assert found.message == "Stora does not know this."


@pytest.mark.parametrize("problem", [errors.InvalidEndpoint(), errors.MethodNotAllowed()])
def test_what_stora_does_not_offer(problem: UnitwireError) -> None:
    """It is not our route that is missing, so it is no 404."""
    found = told(problem)
    assert (found.status, found.code) == (422, "stora_refused")


def test_a_forbidden_call_names_scopes_and_giver() -> None:
    """All scopes that the action needs on this input, and where they are given."""
    found = told(errors.Forbidden("Stora said no."))
    assert found.status == 403
    assert "public.deal:write public.deal_stage:read" in found.message
    assert URL in found.message


def test_an_ended_connection_says_where() -> None:
    """The link to connect Stora again."""
    assert told(errors.NeedsReauth()).message.endswith(URL)


@pytest.mark.parametrize(
    ("key", "keyed", "code", "message"),
    [
        ("create_deal", True, "stora_unavailable", WITH_KEY),
        ("create_deal", False, "outcome_unknown", None),
        ("update_deal", False, "stora_unavailable", NO_HARM),
        ("list_deals", False, "stora_unavailable", NO_HARM),
        ("overlock_units", True, "outcome_unknown", None),
        ("call_stora_api", True, "outcome_unknown", None),
    ],
)
def test_a_lost_answer(key: str, keyed: bool, code: str, message: str | None) -> None:
    """Repeat it where that is harmless; else look first, and no `Retry-After` invites to it."""
    found = told(errors.StoraUnavailable(lost=True), key, keyed=keyed)
    assert found.code == code
    assert message is None or found.message == message
    assert ("Retry-After" in found.headers) is (code == "stora_unavailable")


def test_what_needs_no_explanation_is_passed_on() -> None:
    """A rate limit keeps its wait, a plain failure its words."""
    for problem in (errors.TooManyRequests(retry_after=7), errors.StoraUnavailable("Down.")):
        assert told(problem) is problem
