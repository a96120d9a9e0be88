"""The gauges tell what goes to Stora: the budget that is left, the entries that wait."""

from collections.abc import Callable

import pytest
from acting import JANE, do
from broker import Broker, Stora
from prometheus_client import REGISTRY
from sqlalchemy import update

from connector.flows.parts import open_parts
from connector.flows.timeline_writer import write_due
from connector.flows.vitals import measure
from connector.settings import Settings
from connector.stora.budget import MINUTE_MS
from connector.store.tables import budgets


def left(connection_id: str) -> float | None:
    """Return the gauge of a connection's budget."""
    return REGISTRY.get_sample_value("unitwire_budget_left", {"connection": connection_id})


@pytest.mark.parametrize("rate_limits", [True, False])
def test_the_budget_is_measured(
    make_settings: Callable[..., Settings], stora: Stora, rate_limits: bool
) -> None:
    """For connections that called within the last minute, where limits are kept."""
    parts = open_parts(make_settings(stora_api_url=stora.url, rate_limits=rate_limits))
    broker = Broker(parts, stora)
    measure(parts)
    if rate_limits:
        before = left(broker.connections[0])
        assert before is not None
        do(broker, "create_contact", JANE)
        measure(parts)
        assert left(broker.connections[0]) == before - 1
        with parts.store.begin() as c:
            c.execute(update(budgets).values(updated_at=budgets.c.updated_at - MINUTE_MS))
        measure(parts)
    assert left(broker.connections[0]) is None
    parts.close()


def test_waiting_entries_are_counted(broker: Broker) -> None:
    """Until they are in Stora's timeline."""
    do(broker, "create_contact", JANE)
    measure(broker.parts)
    assert REGISTRY.get_sample_value("unitwire_timeline_pending") == 1
    write_due(broker.parts)
    measure(broker.parts)
    assert REGISTRY.get_sample_value("unitwire_timeline_pending") == 0
