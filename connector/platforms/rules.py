"""Rules that a platform's package has to meet, each with the id under which faults are told."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its id, what it demands, and what finds the faults in a package's files."""

    id: str
    text: str
    check: Callable[[Mapping[str, bytes]], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in a package that breaks a rule: which rule, and where and what it is."""

    rule: Rule
    what: str

    def __str__(self) -> str:
        """Return the fault in one line."""
        return f"{self.rule.id} {self.what} ({self.rule.text})"


def faults(rules: Iterable[Rule], package: Mapping[str, bytes]) -> Iterator[Fault]:
    """Yield all that breaks one of `rules` in `package` (path → content)."""
    for rule in rules:
        for what in rule.check(package):
            yield Fault(rule, what)
