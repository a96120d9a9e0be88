"""What goes wrong while an action is carried out, told to the person who builds the workflow.

Stora's errors name its own fields and scopes. Here they become ones that name the field of the
form, the permission and who can give it, or when to try again.
"""

from connector.catalogue.actions.row import Action, Call
from connector.catalogue.describe import describe
from connector.catalogue.forms import Values, pointer_of
from connector.catalogue.wording import words_of
from connector.errors import (
    Conflict,
    Detail,
    Forbidden,
    InvalidEndpoint,
    MethodNotAllowed,
    NeedsReauth,
    NotFound,
    OutcomeUnknown,
    StoraRefused,
    StoraUnavailable,
    UnitwireError,
)

AGAIN_S = 5.0

WITH_KEY = (
    "Stora's answer did not arrive. Send this again with the same Idempotency-Key or run id: "
    "it will not be done twice."
)
NO_HARM = "Stora's answer did not arrive. Try again: it does no harm to do this twice."
NOT_OFFERED = "Stora does not offer this."
NO_SUCH_ID = "Stora has nothing with this id."


def explained(
    problem: UnitwireError,
    action: Action,
    values: Values,
    call: Call | None,
    *,
    keyed: bool,
    connect_url: str,
) -> UnitwireError:
    """Return what a builder is told of `problem`, which came of `call`, the last one made.

    `keyed` says whether the builder can repeat the run under the same key; `connect_url` is where
    an operator connects Stora.
    """
    match problem:
        case StoraUnavailable(lost=True):
            return _lost(action, keyed=keyed)
        case NotFound():
            return NotFound(_not_found(problem), details=_ids_in(call, action, values))
        case InvalidEndpoint() | MethodNotAllowed():
            return StoraRefused(NOT_OFFERED)
        case StoraRefused() | Conflict():
            told = [_in_form(action, detail) for detail in problem.details]
            message = " ".join([_sentence(problem.message), *(_sentence(text) for text, _ in told)])
            return type(problem)(message, details=[detail for _, detail in told])
        case NeedsReauth():
            return NeedsReauth(f"{NeedsReauth.default.rstrip('.')}: {connect_url}")
        case Forbidden():
            scopes = " ".join(action.scopes_for(values))
            return Forbidden(
                f"Stora did not allow this, which needs {scopes}. Whoever manages the Stora "
                f"account can allow it: {connect_url}"
            )
    return problem


def _lost(action: Action, *, keyed: bool) -> UnitwireError:
    match action.repeat:
        case "read" | "patch_safe":
            return StoraUnavailable(NO_HARM, lost=True, retry_after=AGAIN_S)
        case "post" if keyed:
            return StoraUnavailable(WITH_KEY, lost=True, retry_after=AGAIN_S)
    return OutcomeUnknown()


def _not_found(problem: NotFound) -> str:
    return problem.message if problem.message != NotFound.default else "Stora does not know this."


def _ids_in(call: Call | None, action: Action, values: Values) -> list[Detail]:
    """Return the fields whose ids stand in the path of the call that found nothing."""
    steps = call.path.split("/") if call else []
    return [
        {"pointer": f"/{field.key}", "message": NO_SUCH_ID}
        for field in describe(action.input)
        if field.resources and values.get(field.key) in steps
    ]


def _in_form(action: Action, detail: Detail) -> tuple[str, Detail]:
    """Return a fault that Stora named, in words and at the field of the form that it comes from.

    What belongs to no field of the form is told in Stora's own words.
    """
    pointer = pointer_of(action.input, detail["pointer"])
    key = (pointer or detail["pointer"]).split("/")[1:2]
    labels = {field.key: field.label for field in describe(action.input)}
    label = "".join(labels.get(each, words_of(each)) for each in key)
    text = f"{label}: {detail['message']}" if label else detail["message"]
    return text, {"pointer": pointer, "message": detail["message"] if pointer else text}


def _sentence(text: str) -> str:
    return f"{text.rstrip('.')}."
