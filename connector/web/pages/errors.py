"""What each error means and what to do next: where the links in errors lead, for anybody."""

from flask import Blueprint, Response

from connector.errors import NEXT, situations
from connector.web.pages import page

errors = Blueprint("errors_page", __name__)


@errors.get("/errors")
def see() -> Response:
    """Show all situations that a builder may meet, by what to do next."""
    return page("errors.html", ways=NEXT.values(), situations=situations())
