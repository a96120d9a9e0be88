"""Logs: events with fields, one line each, redacted in one place.

To a terminal they are laid out for people, otherwise they are JSON.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

SECRET = re.compile(
    r"secret|token|password|credential|authorization|cookie|code_verifier|signature|api_key",
    re.IGNORECASE,
)
# Our tokens have 43 URL-safe characters, our signing secrets 64 hexadecimal ones.
LOOKS_SECRET = re.compile(r"(?<![\w-])(?:[A-Za-z0-9_-]{43}|[0-9a-f]{64})(?![\w-])")
HIDDEN = "[hidden]"


def redact(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hide the values of fields named like secrets, and texts that look like one."""
    for key, value in event.items():
        if SECRET.search(key):
            event[key] = HIDDEN
        elif isinstance(value, str):
            event[key] = LOOKS_SECRET.sub(HIDDEN, value)
    return event


def set_up_logs(level: str) -> None:
    """Send this program's logs to standard error, and the libraries' warnings as well."""
    people = sys.stderr.isatty()
    # Authlib prints whole tokens at DEBUG: libraries never log below WARNING.
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(name)s: %(message)s")
    # A stranger can trigger the server's warnings at will.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            redact,
            structlog.dev.ConsoleRenderer()
            if people
            else structlog.processors.JSONRenderer(sort_keys=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
