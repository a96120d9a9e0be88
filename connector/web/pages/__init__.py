"""Pages for people: how they are shown, and the cookie that tells one browser from another.

Every page works without script, is never cached and can never be framed. No page sets
Cross-Origin-Opener-Policy, because a builder opens its consent window as a pop-up and waits for it.
"""

from collections.abc import Callable

from flask import Response, render_template, request

from connector.errors import Forbidden, UnitwireError
from connector.flows.sessions import SESSION_MS, browser_id, is_own_form
from connector.web.api import parts
from connector.web.forms import Pairs, form_pairs, single
from connector.world import new_token

TITLES = {403: "This did not work", 404: "This is no longer valid", 429: "Too many requests"}


def page(
    template: str,
    status: int = 200,
    *,
    form_targets: str = "'self'",
    scripts: bool = False,
    **values: object,
) -> Response:
    """Return a page; `form_targets` are the CSP sources to which its forms may lead.

    With `scripts` it may run Unitwire's own script file, and that may ask Unitwire; nothing inline
    and nothing from elsewhere ever runs.
    """
    response = Response(render_template(template, scripts=scripts, **values), status)
    allowed = "script-src 'self'; connect-src 'self'; " if scripts else ""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "same-origin"  # else browsers keep back a form's Origin
    if _is_https():
        response.headers["Strict-Transport-Security"] = "max-age=31536000"  # RFC 6797
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'self'; img-src 'self'; {allowed}base-uri 'none'; "
        f"frame-ancestors 'none'; form-action {form_targets}"
    )
    return response


def problem_page(error: UnitwireError) -> Response:
    """Return the page that tells a person what went wrong."""
    title = TITLES.get(error.status, "Something is not right")
    response = page("message.html", error.status, title=title, text=error.message)
    response.headers.update(error.headers)
    return response


def leave(url: str) -> Response:
    """Send the browser on, with GET whatever it came with (RFC 9700 section 4.12)."""
    response = Response(status=303)
    response.autocorrect_location_header = False
    response.headers["Location"] = url
    response.headers["Cache-Control"] = "no-store"
    return response


def own_form(read: Callable[[Pairs], dict[str, str]] = single) -> dict[str, str]:
    """Return the form that came in; raises `Forbidden` unless a page for this browser sent it."""
    form = read(form_pairs())
    if not _from_here() or not is_own_form(browser(), form.get("csrf", "")):
        raise Forbidden("This page was not opened here or is too old. Go back and try again.")
    return form


def _from_here() -> bool:
    """Whether a page of this origin sent the request, as far as the browser says anything.

    Browsers say so in `Sec-Fetch-Site`, and older ones in `Origin` (RFC 6454 section 7).
    """
    here = (parts().settings.origin, request.host_url.rstrip("/"))
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    return site == "same-origin" and request.headers.get("Origin", here[0]) in here


# ---- the browser's cookie ----------------------------------------------------------------------


def browser() -> str | None:
    """Return the id in the browser's cookie, None if it has none."""
    return browser_id(request.cookies.get(_cookie_name()))


def named_browser() -> str:
    """Return the id in the browser's cookie, or a new one, for `remember`."""
    return browser() or new_token()


def remember(response: Response, browser_id: str) -> Response:
    """Set the browser's cookie.

    `Lax`, because Stora and the builders send the browser here by links. With https the cookie is
    tied to this very host, so that no neighbouring host can plant one.
    """
    response.set_cookie(
        _cookie_name(),
        browser_id,
        max_age=SESSION_MS // 1000,
        secure=_is_https(),
        httponly=True,
        samesite="Lax",
        path="/",
    )
    return response


def _cookie_name() -> str:
    return "__Host-unitwire" if _is_https() else "unitwire"


def _is_https() -> bool:
    return parts().settings.origin.startswith("https:")
