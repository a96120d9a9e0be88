"""What must be true of a town once it is calm, whatever the storm was."""

from agreement import assert_agreed
from network import HARBOUR
from simulator.town import Town
from stage import rows

from connector.store.tables import connections, deliveries, events, webhook_endpoints

LONGEST_STEP_MS = 6.6 * 3_600_000  # between two attempts


def check(town: Town) -> None:
    """Raise AssertionError for a law that does not hold."""
    assert_agreed(town.parts, town.stora.sandbox.state.all(HARBOUR, "webhook_endpoint"))
    assert [row.status for row in rows(town.parts, connections)] == ["active"]
    kept = {(row.endpoint_id, row.id): bytes(row.body) for row in rows(town.parts, events)}
    assert town.told_taken <= kept.keys(), "an acknowledged event was lost"
    assert kept.items() <= town.sent.items(), "something was kept that Stora never sent"
    log = {(row.endpoint_id, row.event_id): row for row in rows(town.parts, deliveries)}
    assert log.keys() == kept.keys()
    assert len(log) == len(rows(town.parts, deliveries)), "an event has two deliveries"
    untouched = {each.endpoint_id for each in town.wishes if not each.meddled}
    urls = {row.id: row.url for row in rows(town.parts, webhook_endpoints)}
    for (endpoint_id, event_id), row in log.items():
        came = town.workflows.received.get((urls[endpoint_id], event_id), [])
        assert set(came) <= {kept[endpoint_id, event_id]}, "it arrived changed"
        assert row.status in ("delivered", "skipped", "dead"), row.status
        if row.status == "delivered":
            assert came, f"{event_id} is called delivered and never arrived"
        elif row.status == "dead":
            assert row.finished_at >= row.give_up_at - LONGEST_STEP_MS, row.reason
        else:
            assert endpoint_id not in untouched, f"{event_id} was skipped: {row.reason}"
