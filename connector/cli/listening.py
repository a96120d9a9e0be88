"""Where a server of ours listens: an address, any free port, or a socket it was given."""

import os
import socket
from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def listens(default_port: int) -> Callable[[Command], Command]:
    """Give a command the options `--host`, `--port` and `--fd`."""
    options = (
        click.option(
            "--host", default="127.0.0.1", show_default=True, help="Address to listen on."
        ),
        click.option(
            "--port",
            type=click.IntRange(0, 65535),
            default=default_port,
            show_default=True,
            help="Port to listen on; 0 takes any free one.",
        ),
        click.option(
            "--fd", type=click.IntRange(3), help="Use this inherited, listening socket instead."
        ),
    )

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def listen(host: str, port: int, fd: int | None) -> socket.socket:
    """Return the listening socket; ends the command if it cannot be had."""
    from connector.web import server

    try:
        return server.listen(host, port) if fd is None else socket.socket(fileno=fd)
    except OSError as problem:
        place = f"{host}:{port}" if fd is None else f"descriptor {fd}"
        why = os.strerror(problem.errno) if problem.errno else str(problem)
        raise click.ClickException(f"Cannot listen on {place}: {why}.") from None


def url_of(sock: socket.socket) -> str:
    """Return the address of a listening socket as a URL."""
    host, port = sock.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
