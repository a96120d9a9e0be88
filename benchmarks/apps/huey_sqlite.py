"""Huey on SQLite, synced at each commit, with retries."""

import os

from flask import Flask
from huey import SqliteHuey

from benchmarks.apps.work import TRIES, WAIT_S, post, signed_body

queue = SqliteHuey(filename=os.environ["HUEY_FILE"], fsync=True, results=False)
app = Flask(__name__)


@queue.task(retries=TRIES, retry_delay=WAIT_S)
def deliver(body: bytes) -> None:
    """Pass one webhook on."""
    post(body)


@app.post("/hook")
def hook() -> tuple[str, int]:
    """Take one webhook."""
    deliver(signed_body())
    return "", 200
