"""The law between Unitwire's rows and Stora: each endpoint has its own one there, and no other."""

import json
from collections.abc import Sequence
from typing import Any

from stage import rows

from connector.flows.parts import Parts
from connector.store.tables import upstream_endpoints, webhook_endpoints


def assert_agreed(parts: Parts, in_stora: Sequence[dict[str, Any]]) -> None:
    """Assert that each living endpoint has its own one in Stora, and that Stora has no other."""
    living = {row.id: row for row in rows(parts, webhook_endpoints) if row.deleted_at is None}
    known = {row.endpoint_id: row for row in rows(parts, upstream_endpoints)}
    upstream = {found["metadata"]["endpoint_id"]: found for found in in_stora}

    assert len(upstream) == len(in_stora)
    assert living.keys() == known.keys() == upstream.keys()
    for endpoint_id, row in living.items():
        found = upstream[endpoint_id]
        assert (row.upstream, known[endpoint_id].status) == ("ready", "live")
        assert known[endpoint_id].id == found["id"]
        assert parts.vault.open(known[endpoint_id].secret_sealed) == found["secret"]
        assert set(json.loads(row.event_types)) == set(found["event_types"])
        assert row.status == found["status"]
