"""The stage of the web side: Unitwire between the sandbox and its builders."""

from broker import broker, stora

__all__ = ["broker", "stora"]
