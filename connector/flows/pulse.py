"""Pulse: what was found last of the installation's vitals, so that no page waits for a look."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass
class Pulse:
    """`problems` are sentences, empty when all was well at `at` (ms; None: not looked yet)."""

    problems: Sequence[str] = ()
    at: int | None = None
