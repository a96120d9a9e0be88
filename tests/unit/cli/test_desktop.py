"""The demo opens its pages where somebody sits at a desktop, and nowhere else."""

import sys
import webbrowser
from typing import Any

import pytest

from connector.cli.demo.desktop import has_desktop, open_pages

URLS = ("http://127.0.0.1:1/", "http://127.0.0.1:2/")


@pytest.mark.parametrize(
    ("platform", "environment", "there"),
    [
        ("linux", {}, False),
        ("linux", {"DISPLAY": ""}, False),
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("darwin", {}, True),
        ("win32", {}, True),
        ("linux", {"DISPLAY": ":0", "CI": "true"}, False),
        ("darwin", {"CI": "1"}, False),
        ("linux", {"DISPLAY": "localhost:10.0", "SSH_CONNECTION": "a b c d"}, False),
        ("darwin", {"SSH_CONNECTION": "a b c d"}, False),
    ],
)
def test_where_there_is_a_desktop(platform: str, environment: dict[str, str], there: bool) -> None:
    """A screen of this machine's own, with somebody in front of it."""
    assert has_desktop(platform, environment) is there


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is opened in a browser, on a desktop."""
    urls: list[str] = []

    def keep(url: str) -> bool:
        urls.append(url)
        return True

    monkeypatch.setattr(webbrowser, "open", keep)
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("CI", "SSH_CONNECTION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DISPLAY", ":0")
    return urls


def terminal(monkeypatch: pytest.MonkeyPatch, is_one: bool) -> None:
    """Say whether standard output is a terminal."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: is_one, raising=False)


def test_both_pages_are_opened(opened: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """In a terminal, on a desktop."""
    terminal(monkeypatch, True)
    assert open_pages(URLS)
    assert opened == list(URLS)


def test_nothing_is_opened_for_a_script(opened: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reads the output is no person."""
    terminal(monkeypatch, False)
    assert not open_pages(URLS)
    assert opened == []


def test_a_browser_that_fails_ends_nothing(
    opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The addresses were printed anyway."""
    terminal(monkeypatch, True)

    def fail(_url: str) -> Any:
        raise webbrowser.Error("no browser")

    monkeypatch.setattr(webbrowser, "open", fail)
    assert not open_pages(URLS)
