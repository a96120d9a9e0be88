"""The demo's pages, opened in a browser where a person sits in front of one, and nowhere else."""

import os
import sys
import webbrowser
from collections.abc import Iterable, Mapping

DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")
ELSEWHERE = ("CI", "SSH_CONNECTION")  # nobody looks at this machine's own screen


def open_pages(urls: Iterable[str]) -> bool:
    """Open each of `urls` in the person's browser; return whether there was one to do so."""
    if not (sys.stdout.isatty() and has_desktop(sys.platform, os.environ)):
        return False
    try:
        return all(webbrowser.open(url) for url in urls)
    except webbrowser.Error:
        return False


def has_desktop(platform: str, environment: Mapping[str, str]) -> bool:
    """Whether a program on this machine can put something before the person who started it."""
    if any(environment.get(name) for name in ELSEWHERE):
        return False
    return platform in ("darwin", "win32") or any(environment.get(name) for name in DISPLAYS)
