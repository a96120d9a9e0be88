"""All pages for people, a blueprint for each section."""

from connector.web.pages.account import account
from connector.web.pages.clients import clients
from connector.web.pages.deliveries import deliveries
from connector.web.pages.errors import errors
from connector.web.pages.filters import filters
from connector.web.pages.home import home
from connector.web.pages.packages import packages
from connector.web.pages.replays import replays
from connector.web.pages.setup import setup
from connector.web.pages.start import start
from connector.web.pages.why import why
from connector.web.pages.workflows import workflows

PAGES = (
    home,
    workflows,
    filters,
    deliveries,
    replays,
    why,
    start,
    packages,
    account,
    clients,
    setup,
    errors,
)
