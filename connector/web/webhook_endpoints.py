"""The resource /2025-09/webhook_endpoints: how workflows subscribe, in Stora's dialect.

The routes, bodies and answers are those of Stora's reference pages; `rotate_secret` and `test` are
Unitwire's own. The secret is told by the create answer and by `rotate_secret`, nowhere else.
"""

from typing import Any

from flask import Response

from connector.catalogue.describe import describe
from connector.catalogue.fields import METADATA_KEYS
from connector.catalogue.json_schema import json_schema
from connector.catalogue.schemas import RESOURCES
from connector.flows import endpoints as rows
from connector.flows.endpoints import Wanted, document
from connector.flows.samples import send_test
from connector.flows.secret import rotate_secret
from connector.flows.subscribe import change, enable, subscribe
from connector.flows.unsubscribe import disable, unsubscribe
from connector.web.api import PREFIX, blueprint, caller, many, one, parts, requires
from connector.web.delivery_schema import WITH_ATTEMPTS
from connector.web.documents import many_of, one_of
from connector.web.idempotency import once
from connector.web.schemas import ChangeEndpoint, CreateEndpoint, ListEndpoints

webhook_endpoints = blueprint(
    "webhook_endpoints", "Workflows that listen: subscribe, change, test, unsubscribe"
)

READ, WRITE = "public.webhook_endpoint:read", "public.webhook_endpoint:write"
ENDPOINT = json_schema(describe(RESOURCES["webhook_endpoint"]))
# The stamp comes on top of the keys that a builder may choose.
ENDPOINT["properties"]["metadata"]["maxProperties"] = METADATA_KEYS + 2
ENDPOINT["required"] = list(ENDPOINT["properties"])
ONE = one_of("endpoint", ENDPOINT)


@webhook_endpoints.route("/webhook_endpoints", methods=["POST"])
@requires(WRITE)
@once
@webhook_endpoints.arguments(CreateEndpoint)
@webhook_endpoints.response(201, ONE, description="Created; the secret is told only now.")
@webhook_endpoints.alt_response(
    200, schema=ONE, description="This workflow had one already; it was updated.", success=True
)
def create_webhook_endpoint(body: dict[str, Any]) -> Response:
    """Create a webhook endpoint.

    The same `metadata.source` and `metadata.external_id` again are the same workflow: its endpoint
    is updated, enabled, and answered with 200 and without the secret. If the secret was lost, have
    a new one made by `rotate_secret`; with an Idempotency-Key a repeat gets the first answer.
    """
    done = subscribe(parts(), caller(), body)
    location = f"{parts().settings.origin}{PREFIX}/webhook_endpoints/{done.endpoint.id}"
    status = 201 if done.created else 200
    return one("endpoint", document(done.endpoint, done.secret), status, Location=location)


@webhook_endpoints.route("/webhook_endpoints", methods=["GET"])
@requires(READ)
@webhook_endpoints.arguments(ListEndpoints, location="query")
@webhook_endpoints.response(200, many_of("endpoints", ENDPOINT))
def list_webhook_endpoints(query: dict[str, Any]) -> Response:
    """List webhook endpoints, newest first."""
    page, limit = query["page"], query["limit"]
    wanted = Wanted(query.get("status", ()), query["metadata"], query["sort_direction"])
    found, count = rows.list_endpoints(
        parts(), caller().connection_id, wanted, page=page, limit=limit
    )
    return many("endpoints", [document(endpoint) for endpoint in found], count, page, limit)


@webhook_endpoints.route("/webhook_endpoints/<endpoint_id>", methods=["GET"])
@requires(READ)
@webhook_endpoints.response(200, ONE)
def show_webhook_endpoint(endpoint_id: str) -> Response:
    """Show a webhook endpoint."""
    return one("endpoint", document(rows.show(parts(), caller().connection_id, endpoint_id)))


@webhook_endpoints.route("/webhook_endpoints/<endpoint_id>", methods=["PATCH"])
@requires(WRITE)
@webhook_endpoints.arguments(ChangeEndpoint)
@webhook_endpoints.response(200, ONE)
def update_webhook_endpoint(body: dict[str, Any], endpoint_id: str) -> Response:
    """Change a webhook endpoint; what is left out stays, and the secret stays the same."""
    return one("endpoint", document(change(parts(), caller(), endpoint_id, body)))


@webhook_endpoints.route("/webhook_endpoints/<endpoint_id>", methods=["DELETE"])
@requires(WRITE)
@webhook_endpoints.response(204)
def delete_webhook_endpoint(endpoint_id: str) -> Response:
    """Remove a webhook endpoint, here and in Stora; a second time is no fault."""
    unsubscribe(parts(), caller().connection_id, endpoint_id, actor=caller().creator)
    answer = Response(status=204)
    del answer.headers["Content-Type"]
    return answer


@webhook_endpoints.route("/webhook_endpoints/<endpoint_id>/enable", methods=["POST"])
@requires(WRITE)
@once
@webhook_endpoints.response(200, ONE)
def enable_webhook_endpoint(endpoint_id: str) -> Response:
    """Send events again."""
    found = enable(parts(), caller().connection_id, endpoint_id, actor=caller().creator)
    return one("endpoint", document(found))


@webhook_endpoints.route("/webhook_endpoints/<endpoint_id>/disable", methods=["POST"])
@requires(WRITE)
@once
@webhook_endpoints.response(200, ONE)
def disable_webhook_endpoint(endpoint_id: str) -> Response:
    """Send no events; those that wait are skipped and can be replayed later."""
    found = disable(parts(), caller().connection_id, endpoint_id, actor=caller().creator)
    return one("endpoint", document(found))


@webhook_endpoints.route("/webhook_endpoints/<endpoint_id>/rotate_secret", methods=["POST"])
@requires(WRITE)
@once
@webhook_endpoints.response(200, ONE, description="The new secret, told only now.")
def rotate_webhook_endpoint_secret(endpoint_id: str) -> Response:
    """Make a new signing secret; for 24 hours the old one signs as well."""
    found, secret = rotate_secret(
        parts(), caller().connection_id, endpoint_id, actor=caller().creator
    )
    return one("endpoint", document(found, secret))


@webhook_endpoints.route("/webhook_endpoints/<endpoint_id>/test", methods=["POST"])
@requires(WRITE)
@once
@webhook_endpoints.response(202, one_of("delivery", WITH_ATTEMPTS))
def test_webhook_endpoint(endpoint_id: str) -> Response:
    """Send a sample event, delivered like a real one; its id begins with `evt_test_`."""
    return one("delivery", send_test(parts(), caller().connection_id, endpoint_id), 202)
