"""Set-up: from nothing to the first event, step by step."""

import re
from urllib.parse import urlencode

from flask import Response

from connector.errors import InvalidUrlParam
from connector.flows.clients import is_one_operators_own
from connector.flows.first_run import clients_of, probe_again, progress, reach
from connector.flows.redirects import fault_of
from connector.flows.scopes import rights
from connector.flows.try_sandbox import is_sandbox
from connector.platforms.builders import BUILDERS, NAMES
from connector.platforms.guide import Guide, Here, registering
from connector.web.api import parts
from connector.web.pages import leave
from connector.web.pages.marked import marked
from connector.web.pages.packages import PACKAGES
from connector.web.pages.people import asked, mine, people, session, show

start = people("start")
start.add_app_template_filter(marked)

# Where somebody's own builder runs: a host, a port, and maybe a path below which it is.
AT = re.compile(
    r"https?://(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::(?P<port>[0-9]{1,5}))?(?:/[\w.~-]{1,64}){0,4}",
    re.ASCII,
)


@start.get("/start")
def see() -> Response:
    """Show how far the operator is, and the next step."""
    chosen, typed = _asked()
    at = address_of(typed)
    again = f"/start/reach?{urlencode({'builder': chosen, 'at': typed})}"
    settings = parts().settings
    seen = progress(parts(), mine())
    if not chosen and seen.workflow is not None and seen.workflow.source in BUILDERS:
        chosen = seen.workflow.source
    clients = clients_of(parts(), chosen) if chosen else []
    here = Here(settings.origin, clients[0].id if clients else "", session().scopes, at)
    guide = BUILDERS[chosen](here) if chosen else None
    wrong = bool(guide and guide.example and typed and not at)
    return show(
        "start.html",
        "start",
        422 if wrong else 200,
        seen=seen,
        again=again,
        reach=reach(parts(), mine(), seen),
        rights=rights(session().scopes),
        names=NAMES,
        chosen=chosen,
        guide=guide,
        typed=typed if wrong else "",
        wrong=wrong,
        client=clients[0] if clients else None,
        own=is_one_operators_own(parts()),
        packaged=chosen in PACKAGES,
        command=registering(chosen, guide) if guide else "",
        fault=_fault(guide),
        backoffice=f"{settings.stora_api_url}/" if is_sandbox(settings) else "",
        hours=settings.retry_hours,
        days=settings.retention_days,
    )


@start.post("/start/reach")
def test_reach() -> Response:
    """Test again whether Stora can reach this installation."""
    chosen, at = _asked()
    probe_again(parts())
    return leave(f"/start?{urlencode({'builder': chosen, 'at': at})}#reach")


def _asked() -> tuple[str, str]:
    """Return the builder that is chosen and where it is said to run, "" where that is not said.

    Raises InvalidUrlParam for a builder that there is not.
    """
    query = asked()
    chosen, at = query.get("builder", ""), query.get("at", "").strip().rstrip("/")
    if chosen and chosen not in BUILDERS:
        raise InvalidUrlParam("There is no such builder.")
    return chosen, at


def address_of(typed: str) -> str:
    """Return the address that somebody typed, by https unless they say otherwise; "" for none."""
    at = typed if "://" in typed else f"https://{typed}"
    found = AT.fullmatch(at)
    return at if found and 0 < int(found["port"] or 443) < 65536 else ""


def _fault(guide: Guide | None) -> str:
    """Return why the builder cannot be registered where it is, "" if it can."""
    uri = guide.redirect_uri if guide else ""
    return (fault_of(uri, public=False) or "") if uri else ""
