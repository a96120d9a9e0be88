"""Procrastinate on PostgreSQL, with retries: the Flask application."""

from flask import Flask

from benchmarks.apps.procrastinate_queue import deliver, queue
from benchmarks.apps.work import signed_body

app = Flask(__name__)
queue.open()


@app.post("/hook")
def hook() -> tuple[str, int]:
    """Take one webhook."""
    deliver.defer(body=signed_body().decode())
    return "", 200
