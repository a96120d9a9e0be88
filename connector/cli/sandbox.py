"""`unitwire sandbox`: the stand-in for Stora, served like Unitwire itself."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from connector.cli.children import end_in_order, end_with_parent, is_child
from connector.cli.listening import listen, listens, url_of
from connector.cli.shown import as_json, print_json
from connector.settings import Settings, is_loopback, variable_of

DEFAULT_PORT = 8090
CALLBACK = "/connect/callback"


@click.command()
@listens(DEFAULT_PORT)
@click.option(
    "--state",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keep everything in this file; without it, all ends with the process.",
)
@click.option(
    "--speed",
    type=click.FloatRange(0, min_open=True),
    default=1.0,
    show_default=True,
    help="Divide the waits between retries of a delivery: 60 makes a minute a second.",
)
@click.option("--no-limits", is_flag=True, help="Without Stora's limits of 10/s and 60/min.")
@click.option(
    "--allow-http-loopback/--https-only",
    default=None,
    help="Take http:// URLs on this machine, or https:// only, as Stora does; unset: as long as "
    "only this machine reaches the sandbox.",
)
@as_json
@is_child
def sandbox(
    host: str,
    port: int,
    fd: int | None,
    state: Path | None,
    speed: float,
    no_limits: bool,
    allow_http_loopback: bool | None,
    as_json: bool,
    child: bool,
) -> None:
    """Run the sandbox, a stand-in for Stora.

    It knows two operators and one partner application: the one that Unitwire is set to, if it is
    set to one. Whoever reaches it may do anything, so keep it on this machine.
    """
    end_in_order()
    if child:
        end_with_parent()
    from connector.sandbox import Partner, create_sandbox
    from connector.sandbox.state import HOUSE
    from connector.web import server
    from connector.web.intake import Intake

    settings = Settings.from_environment()
    known = {
        name: value
        for name in ("client_id", "client_secret")
        if (value := getattr(settings, f"stora_{name}"))
    }
    sock = listen(host, port, fd)
    if allow_http_loopback is None:
        allow_http_loopback = is_loopback(sock.getsockname()[0])
    app = create_sandbox(
        state=state or ":memory:",
        partner=Partner(**known, redirect_uris=[settings.origin + CALLBACK]),
        limits=not no_limits,
        speed=speed,
        allow_http_loopback=allow_http_loopback,
    )
    operators = [app.access.credentials(each) for each in app.state.all(HOUSE, "operator")]
    if as_json:
        print_json({"url": url_of(sock), "operators": operators, "partner": app.access.partner()})
    elif not child:
        click.echo(introduction(url_of(sock), operators, app.access.partner(), known=bool(known)))
        if allow_http_loopback:
            click.echo("Webhooks may go to http:// URLs on this machine; --https-only refuses.")
    app.deliverer.start()
    try:
        server.serve(Intake(app), sock)
    finally:
        app.deliverer.stop()
        app.state.close()


def introduction(
    url: str, operators: Sequence[dict[str, Any]], partner: dict[str, Any], *, known: bool
) -> str:
    """Return what to do with a sandbox at `url`; a partner that is `known` is not told again."""
    lines = [f"The sandbox, a stand-in for Stora, is ready on {url}", "", "Access tokens:"]
    lines += [f"  {each['name']:<24}{each['token']}" for each in operators]
    settings = {"stora_api_url": url}
    if not known:
        settings |= {
            "stora_client_id": partner["uid"],
            "stora_client_secret": partner["secret"],
        }
    lines += ["", "To let Unitwire use it:"]
    lines += [f"  export {variable_of(name)}={value}" for name, value in settings.items()]
    lines += ["", "Then: unitwire serve, and unitwire trigger credit_note.created"]
    return "\n".join(lines)
