"""The sandbox's pages for a person who connects, in a real browser."""

from typing import Any
from urllib.parse import urlencode

import pytest
import requests

SHADES = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)"
DARKEST, BRIGHTEST = 60, 220  # of 255: what is darker is dark, what is brighter is light


@pytest.mark.parametrize("mode", ["wide", "narrow", "dark"])
@pytest.mark.parametrize("known", [True, False])
def test_consent_can_be_read_by_everybody(
    backoffice: str, open_window: Any, mode: str, known: bool
) -> None:
    """No violation where it is asked, or refused to ask: wide, on a phone, and dark in the dark."""
    registered = {"redirect_uris": ["https://unitwire.example.com/connect/callback"]}
    answer = requests.put(f"{backoffice}/_sandbox/partner", json=registered, timeout=30)
    partner = answer.json()["partner"]
    asked = {
        "response_type": "code",
        "client_id": partner["uid"] if known else "nobody",
        "redirect_uri": partner["redirect_uris"][0],
        "scope": "public.contact:read",
    }
    window = open_window(backoffice, mode=mode)
    window.page.goto(f"{backoffice}/oauth2/authorize?{urlencode(asked)}")
    title = "Allow " if known else "This cannot be authorised"
    assert window.page.locator("main h1").inner_text().startswith(title)
    shades = window.page.evaluate(SHADES)
    assert len(shades) == 3, "with a fourth number it would be transparent"
    assert max(shades) < DARKEST if mode == "dark" else min(shades) > BRIGHTEST
    width = window.page.evaluate("document.documentElement.scrollWidth")
    assert width <= window.page.viewport_size["width"]
    assert window.violations() == []
