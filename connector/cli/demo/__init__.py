"""`unitwire demo`: the main job, run for real on this machine and told as a story.

- `house`: the processes and the throw-away data
- `receiver`: the workflow that takes what is delivered
- `browser`: what an operator and a builder do to connect
- `tenants`: the two operators, connected
- `story`: the main job, step by step, as facts
- `told`: the same for people to read
- `reference`: the call on Stora's reference page
- `desktop`: both pages in a browser, where there is one
"""

import signal

import click

from connector import world
from connector.cli.children import end_in_order
from connector.cli.shown import print_json

BEGAN = world.monotonic()


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    show_default=True,
    help="Unitwire's port; 0 takes any free one.",
)
@click.option("--database-url", default="", help="Instead of SQLite in a temporary folder.")
@click.option("--once", is_flag=True, help="End after the story.")
@click.option("--no-browser", is_flag=True, help="Open no pages; only tell where they are.")
@click.option("--no-limits", is_flag=True, help="Without rate limits, for tests from outside.")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Connect two operators, print one line of JSON when ready, and wait.",
)
def demo(
    port: int, database_url: str, once: bool, no_browser: bool, no_limits: bool, as_json: bool
) -> None:
    """Run the main job on this machine, told as a story.

    Starts the sandbox, Unitwire and a workflow on loopback, with throw-away data; connects,
    subscribes, lets something happen, receives it and shows the log. Then it goes on running, opens
    its pages in a browser if a desktop is there, and says what to try next. Ctrl-C or SIGTERM ends
    it and removes everything.
    """
    end_in_order()
    from connector.cli.demo import desktop, house, story, tenants, told
    from connector.logs import set_up_logs

    set_up_logs("warning")
    if not as_json:
        told.opening()
    with house.running(port, database_url, limits=not no_limits, quiet=not as_json) as home:
        if as_json:
            connected = [tenants.connect(home, each) for each in tenants.operators(home)]
            print_json(
                {
                    "ready": True,
                    "url": home.settings.origin,
                    "sandbox_url": home.settings.stora_api_url,
                    "receiver_url": home.receiver.url,
                    "database_url": home.settings.database_url,
                    "tenants": [tenants.document(home, each) for each in connected],
                }
            )
        else:
            told.addresses(home)
            tale = story.Story(home)
            told.tell(tale.steps())
            told.closing(tale.delivered_at - BEGAN)
            if not once:
                told.next_steps(home, tale.tenants[-1])
                if not no_browser and desktop.open_pages(told.pages(home)):
                    told.opened()
        while not once:
            signal.pause()
