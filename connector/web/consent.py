"""The authorize page: who asks, for what, and the operator's yes or no (RFC 6749 section 4.1).

Both showing the page and deciding read the same query string, so what is decided is what was shown.
A builder's request is judged before anybody has to sign in.
"""

from urllib.parse import urlsplit

from authlib.oauth2 import OAuth2Error
from flask import Blueprint, Response

from connector.errors import InvalidRequest, UnitwireError
from connector.flows import authorise, connect
from connector.flows.authorise import Asked
from connector.flows.scopes import sentences
from connector.flows.sessions import csrf_token, end_session, find_session
from connector.web.api import parts
from connector.web.forms import query_pairs
from connector.web.pages import (
    browser,
    leave,
    named_browser,
    own_form,
    page,
    problem_page,
    remember,
)

consent = Blueprint("consent", __name__)
consent.register_error_handler(UnitwireError, problem_page)


@consent.errorhandler(OAuth2Error)
def tell_client(error: OAuth2Error) -> Response:
    """Send the browser back to the client with the error (section 4.1.2.1)."""
    told = {"error": str(error.error), "error_description": str(error.description)}
    return leave(authorise.answer(parts(), str(error.redirect_uri), told, error.state))


@consent.get("/oauth2/authorize")
def show() -> Response:
    """Show what is asked, or first find out who is at the browser."""
    asked = authorise.read(parts(), query_pairs())
    cookie = browser()
    session = find_session(parts(), cookie)
    if cookie is None or session is None:
        return sign_in(_path(asked))
    granted = authorise.grantable(asked, session)
    return page(
        "consent.html",
        form_targets=_form_targets(asked),
        client=asked.client,
        operator=session.operator,
        sentences=sentences(granted),
        destination=_destination(asked.redirect_uri),
        action=_path(asked),
        csrf=csrf_token(cookie),
        may_switch=bool(parts().settings.stora_client_id),
    )


@consent.post("/oauth2/authorize")
def decide() -> Response:
    """Carry out what the operator decided; without a session, show the page again instead."""
    asked = authorise.read(parts(), query_pairs())
    cookie = browser()
    session = find_session(parts(), cookie)
    if cookie is None or session is None:
        return leave(_path(asked))
    match own_form().get("decision"):
        case "allow":
            return leave(authorise.allow(parts(), asked, session))
        case "refuse":
            return leave(authorise.refuse(parts(), asked, session))
        case "switch":
            end_session(parts(), cookie)
            return leave(_path(asked))
        case _:
            raise InvalidRequest("Choose Allow or Refuse.")


def sign_in(then: str, *, renewed: str | None = None) -> Response:
    """Send the browser to Stora's consent and from there to `then`, a path here.

    `renewed` is the connection to renew, if it is to be that one and no other.

    An installation without an application at Stora tells how to sign in instead.
    """
    if not parts().settings.stora_client_id:
        return page("sign_in.html")
    browser_id = named_browser()
    away = connect.begin(parts(), browser_id, then, renewed=renewed)
    return remember(leave(away), browser_id)


def _path(asked: Asked) -> str:
    return f"/oauth2/authorize?{asked.query}"


def _destination(redirect_uri: str) -> str:
    target = urlsplit(redirect_uri)
    if target.scheme == "https":
        return str(target.hostname)
    return "an app on this computer"


def _form_targets(asked: Asked) -> str:
    # Chromium applies form-action to the redirects after the form too, and builders and Stora
    # redirect further among hosts of their own: so by scheme, not by host.
    leads_to = (asked.redirect_uri, parts().settings.authorize_url)
    schemes = {"https"} | {uri.partition(":")[0] for uri in leads_to}
    return " ".join(["'self'", *sorted(f"{scheme}:" for scheme in schemes)])
