"""Celery on Redis: acknowledged late, so that a job whose worker dies is given to another."""

import os

from celery import Celery
from flask import Flask
from requests import RequestException

from benchmarks.apps.work import TRIES, WAIT_S, post, signed_body

queue = Celery("hooks", broker=os.environ.get("REDIS_URL"))
queue.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
    broker_transport_options={"visibility_timeout": 15},
)
app = Flask(__name__)


@queue.task(autoretry_for=(RequestException,), max_retries=TRIES, default_retry_delay=WAIT_S)
def deliver(body: str) -> None:
    """Pass one webhook on."""
    post(body.encode())


@app.post("/hook")
def hook() -> tuple[str, int]:
    """Take one webhook."""
    deliver.delay(signed_body().decode())
    return "", 200
