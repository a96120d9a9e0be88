"""`unitwire serve`: the web server with its dispatcher, one command for a whole installation.

The web server runs in this process. The dispatcher, and with `--workers` further web processes on
the same socket, are children: started again when they die, ended when this process ends.
"""

import gc
import os
from contextlib import ExitStack
from dataclasses import replace
from urllib.parse import urlsplit

import click

from connector import __version__
from connector.cli.children import Keeper, end_in_order, end_with_parent, is_child
from connector.cli.listening import listen, listens, url_of
from connector.settings import Settings, is_loopback, is_set, variable_of

DEFAULT_PORT = 8080
MAX_WORKERS = 64


@click.command()
@listens(DEFAULT_PORT)
@click.option("--web-only", is_flag=True, help="Without a dispatcher: run `unitwire dispatch`.")
@click.option(
    "--workers",
    type=click.IntRange(1, MAX_WORKERS),
    default=1,
    show_default=True,
    help="Web processes on the one socket.",
)
@is_child
def serve(host: str, port: int, fd: int | None, web_only: bool, workers: int, child: bool) -> None:
    """Run Unitwire: the web server and the dispatcher.

    Without UNITWIRE_PUBLIC_URL the address that is listened on is used, if that is loopback.
    Ends on SIGTERM or Ctrl-C, after what is under way has been answered.
    """
    end_in_order()
    if child:
        end_with_parent()
    from connector.factory import app_of
    from connector.flows.parts import open_parts
    from connector.logs import set_up_logs
    from connector.web import server
    from connector.web.hooks import Gate
    from connector.web.intake import Intake
    from connector.web.problems import links_of

    settings = Settings.from_environment()
    set_up_logs(settings.log_level)
    sock = listen(host, port, fd)
    settings = reachable_at(settings, url_of(sock))
    with ExitStack() as stack:
        parts = open_parts(settings)
        stack.callback(parts.close)
        if not web_only:
            stack.callback(keep(settings, ["dispatch"]).stop)
        for _ in range(1, workers):
            again = ["serve", "--web-only", "--fd", str(sock.fileno())]
            stack.callback(keep(settings, again, sock.fileno()).stop)
        intake = Intake(
            app_of(parts),
            max_body=settings.max_body_bytes,
            body_deadline_s=settings.body_timeout,
            threads=settings.web_threads,
            gate=Gate(parts),
            links=links_of(settings.origin),
        )
        gc.freeze()  # what is here now stays: a collection need not stop a request to look at it
        if not child:
            click.echo(f"Unitwire {__version__} is ready on {url_of(sock)} as {settings.origin}")
        server.serve(intake, sock)


def reachable_at(settings: Settings, url: str) -> Settings:
    """Return `settings`, its public URL replaced by a loopback `url` where none was set."""
    if is_set("public_url") or not is_loopback(urlsplit(url).hostname or ""):
        return settings
    return replace(settings, public_url=url)


def keep(settings: Settings, arguments: list[str], *descriptors: int) -> Keeper:
    """Start a process of the same installation and keep it running."""
    environment = os.environ | {variable_of("public_url"): settings.public_url}
    return Keeper(arguments, environment, descriptors=descriptors)
