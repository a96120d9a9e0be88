"""An operator connects Stora, signs in and signs out."""

from flask import Blueprint, Response, request

from connector.errors import InvalidRequest, UnitwireError
from connector.flows.connect import LOCAL_PATH, finish
from connector.flows.sessions import (
    csrf_token,
    end_session,
    find_session,
    open_session,
    operator_of_link,
)
from connector.flows.sessions import sign_in as spend_link
from connector.web.api import parts
from connector.web.consent import sign_in
from connector.web.forms import query_pairs, single, texts
from connector.web.pages import (
    browser,
    leave,
    named_browser,
    own_form,
    page,
    problem_page,
    remember,
)

connect = Blueprint("connect", __name__)
connect.register_error_handler(UnitwireError, problem_page)


@connect.get("/connect")
def begin() -> Response:
    """Connect a Stora account, and go on to `then`; who is signed in sees which account it is."""
    cookie, then = browser(), texts(query_pairs()).get("then", "")
    then = then if LOCAL_PATH.fullmatch(then) else ""
    session = find_session(parts(), cookie)
    if cookie is None or session is None:
        return sign_in(then or request.path)
    if then:
        return leave(then)
    return page("connected.html", csrf=csrf_token(cookie), session=session)


@connect.get("/connect/again")
def renew() -> Response:
    """Connect the account again for which the browser is signed in; if it is not, any."""
    session = find_session(parts(), browser(), lapsed_too=True)
    return sign_in("/", renewed=session.connection_id if session else None)


@connect.get("/connect/callback")
def come_back() -> Response:
    """Take Stora's answer, sign the browser in and send it on to where it was going."""
    given = single(query_pairs())
    finished = finish(
        parts(),
        state=given.get("state", ""),
        code=given.get("code", ""),
        error=given.get("error", ""),
        error_description=given.get("error_description", ""),
        iss=given.get("iss", ""),
        browser=browser() or "",
    )
    signed_in = open_session(parts(), finished.connection_id, instead_of=browser())
    return remember(leave(finished.then), signed_in)


@connect.get("/login")
def show_link() -> Response:
    """Ask before a sign-in link is spent, since mail and chat programs open links on their own."""
    code = single(query_pairs()).get("code", "")
    if not code:
        raise InvalidRequest(
            "The code is missing from this link. Open it whole, as `unitwire login` printed it."
        )
    operator = operator_of_link(parts(), code)
    browser_id = named_browser()
    shown = page("login.html", csrf=csrf_token(browser_id), operator=operator, code=code)
    return remember(shown, browser_id)


@connect.post("/login")
def use_link() -> Response:
    """Spend a sign-in link."""
    form = own_form()
    signed_in = spend_link(parts(), form.get("code", ""), instead_of=browser())
    return remember(leave("/"), signed_in)


@connect.post("/logout")
def sign_out() -> Response:
    """End the session."""
    own_form()
    end_session(parts(), str(browser()))  # the form proved that there is one
    return page("message.html", title="Signed out", text="This browser is signed out of Unitwire.")
