"""What tests of the server serve, and what they speak through."""

from collections.abc import Callable
from typing import Any

from unit.engines.raw import Client

Serving = Callable[..., int]
Connect = Callable[[int], Client]


def hello(_environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Answer any request."""
    start_response("200 OK", [("Content-Length", "5")])
    return [b"hello"]
