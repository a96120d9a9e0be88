"""Everything a workflow can do or look up in Stora: one row each, in the order people see them.

- `row`: what an action is, and how its story is carried out
- `calls`: rows that are one call to Stora; `search`: looking through Stora's lists
- one file for each neighbourhood; `lookups` and `lists` for what all resources have
- `examples`: inputs that are taken and inputs that are refused; `document`: a row as JSON
"""

from collections.abc import Mapping
from typing import Final

from connector.catalogue.actions import (
    any_call,
    contacts,
    deals,
    files,
    lists,
    lookups,
    offers,
    orders,
    tenants,
    units,
    work,
)
from connector.catalogue.actions.row import Action

ACTIONS: Final[tuple[Action, ...]] = (
    *contacts.ROWS,
    *tenants.ROWS,
    *deals.ROWS,
    *orders.ROWS,
    *units.ROWS,
    *offers.ROWS,
    *work.ROWS,
    *files.ROWS,
    *lists.ROWS,
    *lookups.ROWS,
    *any_call.ROWS,
)
ACTION: Final[Mapping[str, Action]] = {action.key: action for action in ACTIONS}
