"""The commands of `unitwire`, one file each.

A command is imported when it is called, so that `unitwire --help` answers at once.
What goes wrong is told in one line on standard error: 2 for a wrong call or setting, 1 for
everything else.
"""

import sys
from importlib import import_module
from typing import Any

import click

from connector import __version__
from connector.errors import InvalidContent, SettingsError, UnitwireError

COMMANDS = (
    ("demo", "demo", "Run the main job on this machine, told as a story."),
    ("serve", "serve", "Run Unitwire: the web server and the dispatcher."),
    ("dispatch", "dispatch", "Run a dispatcher alone: it sends what is due."),
    ("sandbox", "sandbox", "Run the sandbox, a stand-in for Stora."),
    ("connect", "connect", "Connect a Stora account."),
    ("login", "login", "Print a link that signs one browser in, once, within ten minutes."),
    (
        "connections",
        "connections",
        "List, show or disconnect Stora accounts; `unitwire connect` adds one.",
    ),
    (
        "clients",
        "clients",
        "Add, list, rotate or revoke the apps of workflow builders (OAuth clients).",
    ),
    (
        "tokens",
        "tokens",
        "Add personal access tokens; list or revoke all that may act for a connection.",
    ),
    ("endpoints", "endpoints", "List, show, remove, enable or disable webhook endpoints."),
    ("events", "events", "List or show events that arrived."),
    ("deliveries", "deliveries", "List, show or replay deliveries."),
    ("why", "why", "Say why the event, delivery or webhook endpoint ID did not run."),
    ("listen", "listen", "Watch events arrive and be delivered, live."),
    ("mcp", "mcp", "Give an assistant on this machine tools to work in Stora (MCP)."),
    ("actions", "actions", "List actions and searches, or run one."),
    ("trigger", "trigger", "Let something happen in the sandbox."),
    ("doctor", "doctor", "Check this installation and say how to mend it."),
    (
        "sweep",
        "sweep",
        "Mend what differs between Unitwire and Stora, and remove rows that are past their time.",
    ),
    ("manifests", "manifests", "Write each platform's package into a folder of its own."),
    ("prove", "prove", "Prove that nothing is lost, whatever is killed when."),
    ("backup", "backup", "Write everything into one file while all goes on."),
    ("restore", "backup", "Put the contents of a backup into an empty database."),
    (
        "db",
        "db",
        "Bring the database's tables up to date, or move everything to another database.",
    ),
    ("erase", "erase", "Remove what is kept about a contact."),
    ("keys", "keys", "Make or rotate the keys that encrypt secrets."),
)
"""Each command's name, its module under `connector.cli`, which holds it under the same name, and
its line in the list."""


class Commands(click.Group):
    """The group of all COMMANDS; also turns our exceptions into one line and an exit status."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of COMMANDS."""
        return [name for name, _, _ in COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command."""
        for name, module, _ in COMMANDS:
            if name == cmd_name:
                command: click.Command = getattr(import_module(f"connector.cli.{module}"), name)
                return command
        return None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, help) for name, _, help in COMMANDS])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except SettingsError as problem:
            fail(str(problem), 2)
        except UnitwireError as problem:
            fail(
                problem.message,
                2 if isinstance(problem, InvalidContent) else 1,  # what was given is at fault
                *(f"{each['pointer']}: {each['message']}" for each in problem.details),
            )
        except Exception as problem:
            from connector.store.db import is_unavailable

            if not is_unavailable(problem):
                raise
            cause = str(getattr(problem, "orig", problem)).strip().splitlines()[0]
            fail(f"The database does not answer: {cause}", 1)


def fail(problem: str, status: int, *details: str) -> None:
    """End with `status` and `problem` on standard error."""
    click.echo(f"Error: {problem}", err=True)
    for detail in details:
        click.echo(f"  {detail}", err=True)
    sys.exit(status)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="Unitwire")
def main() -> None:
    """Connect Stora, the self-storage software, to no-code workflow builders.

    Settings come from the environment (UNITWIRE_…). Begin with `unitwire demo`.
    """
