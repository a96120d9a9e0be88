"""Liveness, readiness and metrics, for whatever watches over the process."""

import re

from flask import Blueprint, Response, request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from connector import __version__
from connector.dialect.answers import answer
from connector.flows.vitals import measure
from connector.web.api import parts

health = Blueprint("health", __name__)

CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


@health.get("/healthz")
def healthz() -> Response:
    """Answer 200 as long as the process answers at all.

    A `challenge` is answered with a proof of which installation this is (see flows.reach).
    """
    challenge = request.args.get("challenge", "")
    proof = {"proof": parts().vault.prove(challenge)} if CHALLENGE.fullmatch(challenge) else {}
    return answer({"status": "ok", "version": __version__, **proof})


@health.get("/readyz")
def readyz() -> Response:
    """Answer 200 when events can be taken in and are being sent on, else 503 and what is wrong.

    With `?of=intake` only the former counts. A load balancer asks that: where no dispatcher runs,
    a web process must go on taking in what Stora sends.
    """
    vitals = measure(parts())
    ready = vitals.takes_in if request.args.get("of") == "intake" else not vitals.problems
    return answer(
        {"status": "ok" if ready else "not_ready", "problems": vitals.problems},
        200 if ready else 503,
    )


@health.get("/metrics")
def metrics() -> Response:
    """Answer this process's counters and the queue's gauges in Prometheus' text format."""
    measure(parts())
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)
