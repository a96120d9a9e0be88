"""Scopes: named as Stora's (Stora page: guides/authorization), told in words of the street.

A list of scopes is kept and sent as text with spaces between (RFC 6749 section 3.3).
What a scope means is derived from its name, so that a scope that Stora adds works at once.
"""

import re
from collections.abc import Collection, Iterable

from connector.catalogue.wording import words_of
from connector.errors import Detail

_SCOPE = re.compile(r"public\.([a-z_]+):(read|write)")
_LISTEN = "Listen to what happens in Stora"
_SEE, _CHANGE, _USE = _VERBS = ("See", "Create and change", "Use the permission")
_PLURALS = {"staff": "staff"}


def split(text: str) -> tuple[str, ...]:
    """Return the scopes of `text`, each once, in their order."""
    return tuple(dict.fromkeys(text.split()))


def narrowed(scopes: Iterable[str], *limits: Collection[str]) -> tuple[str, ...]:
    """Return those of `scopes` that are in every one of `limits`, in their order."""
    return tuple(scope for scope in scopes if all(scope in limit for limit in limits))


def faults(scopes: Iterable[str]) -> list[Detail]:
    """Return a fault for each text that is not written like a scope of Stora."""
    return [
        {"pointer": "/scope", "message": f"{scope!r} is not a scope such as public.contact:read"}
        for scope in scopes
        if not _SCOPE.fullmatch(scope)
    ]


def sentences(scopes: Iterable[str]) -> list[str]:
    """Return what `scopes` allow, one sentence each: first what may be changed, then seen."""
    told = dict.fromkeys(_sentence(scope) for scope in scopes)
    return sorted(told, key=lambda sentence: (sentence != _LISTEN, sentence.startswith(f"{_SEE} ")))


def rights(scopes: Iterable[str]) -> list[tuple[str, list[str]]]:
    """Return the same in fewer words: what may be done, and to which things.

    [("Listen to what happens in Stora", []), ("See", ["contacts", …]), …]
    """
    found: dict[str, list[str]] = {}
    for sentence in sentences(scopes):
        verb = next((each for each in _VERBS if sentence.startswith(f"{each} ")), sentence)
        things = found.setdefault(verb, [])
        if verb != sentence:
            things.append(sentence.removeprefix(f"{verb} "))
    return list(found.items())


def _sentence(scope: str) -> str:
    known = _SCOPE.fullmatch(scope)
    if known is None:
        return f"{_USE} {scope}"
    resource, right = known.groups()
    if resource == "webhook_endpoint":
        return _LISTEN
    things = _plural(words_of(resource))
    return f"{_SEE if right == 'read' else _CHANGE} {things}"


def _plural(words: str) -> str:
    if words in _PLURALS:
        return _PLURALS[words]
    return f"{words[:-1]}ies" if words.endswith("y") else f"{words}s"
