"""The stage of the security tests: Unitwire between the sandbox and its builders."""

from broker import broker, stora

__all__ = ["broker", "stora"]
