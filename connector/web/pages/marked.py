"""Texts of guides and recipes as HTML: *this* stands on a screen, `this` is typed."""

import re

from markupsafe import Markup, escape

MARKS = re.compile(r"\*([^\s*](?:[^*]*[^\s*])?)\*|`([^`]+)`")


def marked(text: str) -> Markup:
    """Return `text` with its marks as elements, and everything else escaped."""
    last, found = 0, Markup()
    for mark in MARKS.finditer(text):
        shown, typed = mark.groups()
        found += escape(text[last : mark.start()])
        found += (
            Markup("<em>{}</em>").format(shown)
            if shown
            else Markup("<code>{}</code>").format(typed)
        )
        last = mark.end()
    return found + escape(text[last:])
