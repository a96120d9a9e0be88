"""The twin: what Stora shall hold for a webhook endpoint, and whether something there is one.

Each carries the stamp (source, external_id) and, beside it, our connection's and endpoint's ids,
by which it is found again whatever was lost in between. Only what carries the id of the connection
itself and leads to our hook is ever touched: people copy metadata.
"""

from collections.abc import Mapping
from typing import Any

from connector.flows.endpoints import Endpoint
from connector.flows.parts import Parts

HOOKS = "/hooks/stora/"
MAX_NAME = 255
MAX_SOURCE_SHOWN = 40


def wanted(parts: Parts, endpoint: Endpoint) -> dict[str, Any]:
    """Return what Stora shall hold for `endpoint`."""
    source = endpoint.source[:MAX_SOURCE_SHOWN]
    return {
        "name": f"{source}: {endpoint.name}"[:MAX_NAME],
        "url": f"{parts.settings.origin}{HOOKS}{endpoint.id}",
        "event_types": list(endpoint.event_types),
        "description": f"Unitwire delivers these events to {source}. "
        "It is changed and removed from there.",
        "metadata": {
            "source": endpoint.source,
            "external_id": endpoint.external_id,
            "connection_id": endpoint.connection_id,
            "endpoint_id": endpoint.id,
        },
    }


def drift(want: Mapping[str, Any], have: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of `want` in which `have`, as Stora shows it, differs."""
    changes = {
        key: want[key] for key in ("name", "url", "description") if have.get(key) != want[key]
    }
    if set(have.get("event_types") or ()) != set(want["event_types"]):
        changes["event_types"] = want["event_types"]
    if not want["metadata"].items() <= (have.get("metadata") or {}).items():
        changes["metadata"] = want["metadata"]
    return changes


def owner(found: Mapping[str, Any]) -> str:
    """Return the id of our endpoint that an upstream endpoint was made for."""
    return str(found["metadata"]["endpoint_id"])


def is_ours(found: Any, connection_id: str) -> bool:
    """Whether an endpoint that Stora lists carries the stamp of `connection_id`, and leads here."""
    if not (isinstance(found, dict) and isinstance(found.get("id"), str)):
        return False
    metadata = found.get("metadata")
    if not isinstance(metadata, dict) or metadata.get("connection_id") != connection_id:
        return False
    return str(found.get("url")).endswith(f"{HOOKS}{metadata.get('endpoint_id')}")
