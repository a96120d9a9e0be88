"""Small statistics that all measures share."""

from collections.abc import Sequence


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` (0 to 1) of `values` lie; 0.0 of nothing."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


def milliseconds(seconds: Sequence[float], share: float) -> float:
    """Return a percentile in milliseconds."""
    return percentile(seconds, share) * 1000
