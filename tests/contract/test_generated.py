"""The whole contract, asked with what fits it, with what does not, and walked along its links.

Schemathesis reads the OpenAPI document and asks Unitwire behind its own server, with a real token
and the sandbox as Stora. Whatever is asked, the answer is one that the document tells of, in the
form that it tells, and none is a 5xx. CONTRACT_EXAMPLES says how much is tried.
"""

import os
import uuid
from typing import Any, Final

import schemathesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis.errors import FlakyStrategyDefinition
from linked import linked_contract
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    negative_data_rejection,
    positive_data_acceptance,
)

from connector.catalogue.scopes import SCOPES
from connector.web.actions import KEY, RUN_ID
from connector.web.idempotency import TOKEN

EXAMPLES = int(os.environ.get("CONTRACT_EXAMPLES", "3"))
TRIED = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
WALKS = 5
WALKED = settings(TRIED, max_examples=10 * EXAMPLES, stateful_step_count=8)

# A path without a parameter may lie beside one with, and the router's `Allow` speaks for both.
UNTOLD: Final = [allow_header_conformance]
# Whether a target is on the public Internet, and whether Stora has what a body names, no schema
# says. Forms of actions and picklists take what people leave in them: "" and {} count as nothing.
LENIENT: Final = {
    "/2025-09/webhook_endpoints": [positive_data_acceptance],
    "/2025-09/actions/": [positive_data_acceptance, negative_data_rejection],
    "/2025-09/picklists/": [positive_data_acceptance, negative_data_rejection],
}

contract = schemathesis.openapi.from_dict(linked_contract())
# No text holds a NUL, which no schema says either; tests/fuzz sends them.
contract.config.generation.allow_x00 = False


@contract.parametrize()
@settings(TRIED)
def test_every_answer_is_as_the_contract_says(case: schemathesis.Case, unitwire_api: Any) -> None:
    """Whatever is sent to an operation, what comes back is documented, and no 5xx."""
    case.call_and_validate(**asked(case, unitwire_api), excluded_checks=left_out(case))


def test_every_walk_along_the_links_is_as_the_contract_says(unitwire_api: Any) -> None:
    """So is every answer on walks along the links: made, shown, changed, tested, removed."""

    class Walk(contract.as_state_machine()):  # type: ignore[misc]
        def get_call_kwargs(self, case: schemathesis.Case) -> dict[str, Any]:
            return asked(case, unitwire_api)

        def validate_response(self, response: Any, case: schemathesis.Case, **sent: Any) -> None:
            case.validate_response(
                response,
                excluded_checks=left_out(case),
                transport_kwargs=sent,
                recorder=self.recorder,
            )

    for left in reversed(range(WALKS)):
        try:
            Walk.run(settings=WALKED)
            return
        except FlakyStrategyDefinition:
            # A walk could not be repeated, since what it made is there the second time: that says
            # nothing of the contract. Other walks are tried; a real fault would show itself.
            if left == 0:
                raise


def left_out(case: schemathesis.Case) -> list[Any]:
    """Return the checks that say nothing about this operation."""
    lenient = (checks for prefix, checks in LENIENT.items() if case.path.startswith(prefix))
    return [*UNTOLD, *next(lenient, ())]


def asked(case: schemathesis.Case, api: Any) -> dict[str, Any]:
    """Return how a case is sent: to Unitwire, with a token that may do everything.

    A good key is made unique, since a repeat under the same key rightly gets the first answer.
    """
    for name in (KEY, RUN_ID):
        if TOKEN.fullmatch(str(case.headers.get(name, ""))):
            case.headers[name] = str(uuid.uuid4())
    token = api.token(" ".join(SCOPES), 0)
    return {
        "base_url": api.base_url,
        "session": api.session,
        "headers": {"Authorization": f"Bearer {token}"},
    }
