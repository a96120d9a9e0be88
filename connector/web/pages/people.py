"""Who may see a page: a browser that is signed in, for the one connection it is signed in for.

    workflows = people("workflows")

    @workflows.get("/workflows")
    def list_workflows(): … session().connection_id …

Every page of such a blueprint is guarded, every form of it is checked to come from a page shown to
this browser, and whatever goes wrong is a page too.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import HTTPException

from connector.dialect.answers import translate
from connector.errors import Unavailable, UnitwireError
from connector.flows.clients import is_one_operators_own
from connector.flows.notices import notices
from connector.flows.scopes import rights
from connector.flows.sessions import Session, csrf_token, find_session, give_form_back, spend_form
from connector.flows.try_sandbox import is_sandbox
from connector.platforms.builders import NAMES
from connector.store.db import why_unavailable
from connector.web.api import parts
from connector.web.forms import query_pairs, texts
from connector.web.pages import browser, leave, own_form, page, problem_page
from connector.web.pages.shown import FILTERS
from connector.web.problems import logged
from connector.world import new_token

KEPT = "No event is lost: Stora sends again what is not taken in. Try again in a moment."

SECTIONS = (
    ("home", "/", "Home"),
    ("workflows", "/workflows", "Workflows"),
    ("deliveries", "/deliveries", "Deliveries"),
    ("why", "/why", "Why?"),
    ("start", "/start", "Set-up"),
    ("account", "/account", "Account"),
)
"""The navigation: each section's name, path and title."""


def people(name: str) -> Blueprint:
    """Return a blueprint of pages for people who are signed in."""
    blueprint = Blueprint(f"{name}_page", __name__)
    blueprint.before_request(_guard)
    blueprint.register_error_handler(UnitwireError, _problem)
    blueprint.register_error_handler(Exception, _unforeseen)
    for known, shown in FILTERS.items():
        blueprint.add_app_template_filter(shown, known)
    return blueprint


def session() -> Session:
    """Return who is signed in."""
    return cast(Session, g.session)


def mine() -> str:
    """Return the connection for which the browser is signed in."""
    return session().connection_id


def form() -> dict[str, str]:
    """Return the form that came in, which was checked."""
    return cast(dict[str, str], g.form)


def sent_before(what_now: str, back: str) -> Response | None:
    """Return the page that says so if the form that came in has come before, with `what_now`.

    An answer that shows a secret cannot lead on to another page, so loading it again sends the form
    again; nothing may come of that.
    """
    if spend_form(parts(), form().get("once", "")):
        return None
    text = f"The form was sent already, so nothing was done again. {what_now}"
    return show("problem.html", "", 409, title="This was sent already", text=text, back=back)


@contextmanager
def unspent_if_refused() -> Iterator[None]:
    """Let the form count again if what it asks for, done within, is refused (see sent_before)."""
    try:
        yield
    except Exception:
        give_form_back(parts(), form().get("once", ""))
        raise


def asked() -> dict[str, str]:
    """Return the parameters of the address; raises InvalidRequest for a name given twice."""
    return texts(query_pairs())


def show(template: str, section: str, status: int = 200, **values: Any) -> Response:
    """Return a page in its section of the navigation."""
    return page(
        template,
        status,
        scripts=True,
        session=session(),
        csrf=csrf_token(str(browser())),
        once=new_token(),  # for the forms that may count once
        section=section,
        sections=SECTIONS,
        notices=notices(parts(), mine()),
        **values,
    )


def _guard() -> Response | None:
    cookie = browser()
    found = find_session(parts(), cookie, lapsed_too=True)
    if cookie is None or found is None:
        return _stranger()
    g.session = found
    if request.method == "POST":
        g.form = own_form(texts)
    return None


def _stranger() -> Response:
    """Answer a browser that is not signed in: at the front door by saying what this is.

    There, with an application at Stora, whoever comes would else stand before Stora's consent
    unprepared. Whoever asks for a certain page has been here, and goes through Stora to it.
    """
    if request.method != "GET":
        return _expired()
    settings = parts().settings
    if request.path != "/" or is_one_operators_own(parts()):
        return leave(_sign_in())
    return page(
        "welcome.html",
        builders=[*NAMES.values()][:3],
        sandbox=is_sandbox(settings),
        scopes=settings.stora_scopes,
        rights=rights(settings.stora_scopes),
    )


def _sign_in() -> str:
    """Return the address to sign in at, from where the browser goes on to what it asked for."""
    query = request.query_string.decode("latin-1")
    here = quote(request.path) + (f"?{query}" if query else "")
    return f"/connect?{urlencode({'then': here})}"


def _expired() -> Response:
    text = "You were signed out in the meantime. Sign in and do it again: nothing was changed."
    return page("message.html", 403, title="Please sign in again", text=text, back="/connect")


def _problem(error: UnitwireError) -> Response:
    if "session" not in g:
        return problem_page(error)
    titles = {404: "There is nothing here", 409: "Not possible right now"}
    response = show(
        "problem.html",
        "",
        error.status,
        title=titles.get(error.status, "This did not work"),
        text=error.message,
        details=error.details,
        back=_back(),
    )
    response.headers.update(error.headers)
    return response


def _unforeseen(error: Exception) -> Response:
    """Answer with a page that needs no database, since that may be what fails."""
    if isinstance(error, HTTPException):
        return problem_page(translate(error))
    told = logged(error)
    if isinstance(told, Unavailable) and (why := why_unavailable(error)):
        told.message = f"The database cannot be used right now: {why}. {KEPT}"
    return problem_page(told)


def _back() -> str:
    """Return the page to go back to: the address without its last part."""
    head = request.path.rstrip("/").rpartition("/")[0]
    return head if head in {path for _, path, _ in SECTIONS} else "/"
