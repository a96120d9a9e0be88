"""Redirect URIs: which may be registered, and which one matches what was registered.

A code goes to whoever owns the redirect URI, so a match is character for character (RFC 9700
section 2.1). The one exception is an app on the person's own machine, which cannot know in advance
which port it will get (RFC 8252 section 7.3).
"""

import re
from collections.abc import Iterable

MAX_REDIRECT_URI = 2000  # characters

_HTTPS = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?([/?]\S*)?")
_LOOPBACK = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\]|localhost))(?::[0-9]{1,5})?((?:[/?]\S*)?)")
_PRIVATE = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:/\S*")
_PRINTABLE = re.compile(r"[!-~]+")


def fault_of(uri: str, *, public: bool) -> str | None:
    """Return what forbids registering `uri`, None if nothing does.

    Allowed are https, http on loopback, and for public clients the private scheme of a native app,
    which must be a domain name in reverse (RFC 8252 section 7.1).
    """
    if len(uri) > MAX_REDIRECT_URI:
        return f"is longer than {MAX_REDIRECT_URI} characters"
    if not _PRINTABLE.fullmatch(uri) or set(uri) & set('\\"<>^`{|}'):
        return "has characters that a URI cannot have"
    if "#" in uri:
        return "has a fragment, which is not allowed (RFC 6749 section 3.1.2)"
    if "*" in uri:
        return "has a wildcard: redirect URIs are matched character for character"
    if _HTTPS.fullmatch(uri) or _LOOPBACK.fullmatch(uri):
        return None
    if _PRIVATE.fullmatch(uri):
        return None if public else "has a private scheme, which only a public client can have"
    return "is neither https://… nor http:// on this machine, nor the scheme of a native app"


def matches(uri: str, registered: Iterable[str], *, public: bool) -> bool:
    """Whether `uri` is one of `registered`; a public client's loopback port may differ."""
    known = tuple(registered)
    return uri in known or (public and _portless(uri) in {_portless(one) for one in known} - {None})


def _portless(uri: str) -> tuple[str, str] | None:
    loopback = _LOOPBACK.fullmatch(uri)
    return (loopback[1], loopback[2]) if loopback else None
