"""The event types of Stora as a kind of argument: checked, and completed by the shell."""

from difflib import get_close_matches
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class EventType(click.ParamType[str]):
    """One of the event types; another is a wrong call, answered with those that look like it."""

    name = "type"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return `value`; raises BadParameter for what is no event type."""
        from connector.catalogue.events import EVENT_TYPES

        if value not in EVENT_TYPES:
            near = get_close_matches(value, EVENT_TYPES, n=3)
            hint = f" Did you mean {', '.join(near)}?" if near else ""
            self.fail(f"{value} is not an event type of Stora.{hint}", param, ctx)
        return value

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> "list[CompletionItem]":
        """Return the event types that begin with what was typed."""
        from click.shell_completion import CompletionItem

        from connector.catalogue.events import EVENTS

        return [
            CompletionItem(event.type, help=event.label)
            for event in EVENTS
            if event.type.startswith(incomplete)
        ]
