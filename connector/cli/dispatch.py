"""`unitwire dispatch`: the dispatcher in a process of its own."""

import gc
import signal
import threading

import click

from connector.cli.children import end_with_parent, is_child
from connector.settings import Settings


@click.command()
@is_child
def dispatch(child: bool) -> None:
    """Run a dispatcher alone: it sends what is due.

    Several may run on one database. Ends on SIGTERM or Ctrl-C, after what is in flight has ended.
    """
    if child:
        end_with_parent()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    from connector.dispatcher import Dispatcher
    from connector.flows.parts import open_parts
    from connector.logs import set_up_logs

    settings = Settings.from_environment()
    set_up_logs(settings.log_level)
    parts = open_parts(settings)
    gc.freeze()  # see `serve`
    try:
        Dispatcher(parts).run(stop)
    finally:
        parts.close()
