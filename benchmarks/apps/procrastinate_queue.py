"""Procrastinate on PostgreSQL, with retries: the queue, which its worker imports."""

import os

from procrastinate import App, PsycopgConnector, RetryStrategy

from benchmarks.apps.work import TRIES, WAIT_S, post

queue = App(connector=PsycopgConnector(conninfo=os.environ["POSTGRES_URL"], max_size=16))


@queue.task(name="deliver", retry=RetryStrategy(max_attempts=TRIES, wait=WAIT_S))
def deliver(body: str) -> None:
    """Pass one webhook on."""
    post(body.encode())
