"""The least that an API can do: find a token by its hash, read 20 rows, answer JSON; plain SQL.

It reads Unitwire's own database on Unitwire's own server.
"""

import json
import os
import threading
from hashlib import sha256
from typing import Any

from flask import Flask, Response, request
from pysqlite3 import dbapi2 as sqlite3

CALLER = """
    SELECT f.connection_id, t.scopes, t.expires_at FROM tokens t
    JOIN token_families f ON f.id = t.family_id WHERE t.token_hash = ?
"""
ROWS = """
    SELECT d.id, d.attempts, d.created_at, d.endpoint_id, d.event_id, d.event_type, e.occurred_at,
      d.finished_at, d.last_status, d.due, d.reason, e.repeats, d.status
    FROM deliveries d JOIN events e ON e.connection_id = d.connection_id
      AND e.endpoint_id = d.endpoint_id AND e.id = d.event_id
    WHERE d.connection_id = ? ORDER BY d.id DESC LIMIT 20
"""
COUNT = "SELECT count(*) FROM deliveries WHERE connection_id = ?"

app = Flask(__name__)
_local = threading.local()


@app.get("/2025-09/deliveries")
def deliveries() -> Response | tuple[str, int]:
    """Answer with the newest 20, and how many there are."""
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    database = connection()
    found = database.execute(CALLER, [sha256(token.encode()).hexdigest()]).fetchone()
    if found is None:
        return "", 401
    cursor = database.execute(ROWS, [found[0]])
    names = [column[0] for column in cursor.description]
    rows = [dict(zip(names, row, strict=True)) for row in cursor]
    count = database.execute(COUNT, [found[0]]).fetchone()[0]
    body = {"deliveries": rows, "meta": {"pagination": {"count": count}}}
    return Response(json.dumps(body), mimetype="application/json")


def connection() -> Any:
    """Return this thread's connection."""
    known = getattr(_local, "connection", None)
    if known is None:
        known = _local.connection = sqlite3.connect(os.environ["DATABASE"])
    return known
