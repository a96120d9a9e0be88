"""RQ on Redis, with retries."""

import os

from flask import Flask
from redis import Redis
from rq import Queue, Retry

from benchmarks.apps.work import TRIES, WAIT_S, post, signed_body

queue = Queue(connection=Redis.from_url(os.environ["REDIS_URL"]))
app = Flask(__name__)


@app.post("/hook")
def hook() -> tuple[str, int]:
    """Take one webhook."""
    queue.enqueue(post, signed_body(), retry=Retry(max=TRIES, interval=WAIT_S), result_ttl=0)
    return "", 200
