"""The work that all apps share: check the signature, POST the body."""

import hmac
import os
import threading
import time
from hashlib import sha256

import requests
from flask import abort, request

from benchmarks.workload import SECRET

TARGET = os.environ.get("TARGET", "")
TRIES, WAIT_S = 8, 2  # how often a job is tried again, and after how many seconds
_local = threading.local()


def signed_body() -> bytes:
    """Return the body of the request that is being served; abort it with 401 if Stora did not sign.

    The header is `t=…,v1=…`, an HMAC-SHA256 over `{t}.{body}`; five minutes are tolerated.
    """
    body = request.get_data()
    parts = dict(
        part.partition("=")[::2] for part in request.headers.get("X-Stora-Signature", "").split(",")
    )
    at, digest = parts.get("t", ""), parts.get("v1", "")
    expected = hmac.digest(SECRET.encode(), at.encode() + b"." + body, sha256).hex()
    if not hmac.compare_digest(expected.encode(), digest.encode()):
        abort(401)
    if abs(time.time() - int(at)) > 300:
        abort(401)
    return body


def post(body: bytes) -> None:
    """POST `body` to the workflow on a connection that is kept; raises unless it is taken."""
    session = getattr(_local, "session", None)
    if session is None:
        session = _local.session = requests.Session()
        session.trust_env = False
    answer = session.post(
        TARGET, data=body, headers={"Content-Type": "application/json"}, timeout=20
    )
    answer.raise_for_status()
