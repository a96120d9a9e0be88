"""The stage of the flows: Unitwire between the sandbox and its builders."""

from broker import broker, stora
from trouble import impatient

__all__ = ["broker", "impatient", "stora"]
