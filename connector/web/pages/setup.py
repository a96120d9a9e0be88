"""Connecting the first Stora account in a browser, by a link of `unitwire login`."""

from flask import Blueprint, Response

from connector.errors import NotFound, UnitwireError
from connector.flows import setup as flow
from connector.flows.scopes import rights
from connector.flows.sessions import csrf_token
from connector.flows.try_sandbox import is_sandbox, operators
from connector.web.api import parts
from connector.web.forms import query_pairs, texts
from connector.web.pages import (
    browser,
    leave,
    named_browser,
    own_form,
    page,
    problem_page,
    remember,
)

setup = Blueprint("setup_page", __name__)
setup.register_error_handler(UnitwireError, problem_page)


@setup.get("/setup")
def ask() -> Response:
    """Offer all ways to connect."""
    code = texts(query_pairs()).get("code", "")
    flow.check(parts(), code)
    return _page(code)


@setup.post("/setup")
def connect() -> Response:
    """Connect, and sign the browser in; what Stora does not accept can be tried again."""
    form = own_form(texts)
    code = form.get("code", "")
    try:
        signed_in = flow.set_up(
            parts(),
            code,
            token=form.get("token", "").strip(),
            client_id=form.get("client_id", "").strip(),
            client_secret=form.get("client_secret", "").strip(),
            sandbox=form.get("sandbox", ""),
            instead_of=browser(),
        )
    except NotFound:
        raise
    except UnitwireError as error:
        return _page(code, error.message, 422)
    return remember(leave("/start"), signed_in)


def _page(code: str, problem: str = "", status: int = 200) -> Response:
    browser_id = named_browser()
    settings = parts().settings
    shown = page(
        "setup.html",
        status,
        scripts=True,
        csrf=csrf_token(browser_id),
        code=code,
        problem=problem,
        partner=bool(settings.stora_client_id),
        scopes=settings.stora_scopes,
        rights=rights(settings.stora_scopes),
        sandbox=settings.stora_api_url if is_sandbox(settings) else "",
        operators=operators(parts()),
    )
    return remember(shown, browser_id)
