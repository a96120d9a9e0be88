"""The stage of the web side: Unitwire between the sandbox and its builders."""

from broker import broker, stora
from clock import clock

__all__ = ["broker", "clock", "stora"]
