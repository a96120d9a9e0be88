"""The target guard: which addresses an outgoing webhook may reach.

A target URL comes from whoever builds a workflow, so it may point anywhere: into the house, at a
cloud's metadata server, at this program itself. Two questions stand in the way.
`parse` is asked when an endpoint is made or changed and again when it is sent to: it reads the
URL once, and what it returns is what is stored, shown and dialled. It refuses what can be told
from the text alone; a name is taken as it is, whether it resolves or not.
`permitted` is asked for every address that a name stands for when it is sent to, since a name may
lead anywhere, and elsewhere tomorrow; and again for the very address that is dialled. One address
that is not permitted refuses the name whole: no honest name leads inside as well, what is reached
does not hang on the order of answers, and the owner is told.

The rule is default deny: only global unicast addresses, seen through the notations that carry one
address inside another, plus the ranges in `Allow`. Link-local addresses, metadata servers and
tunnels stay shut even if allowed.
`ipaddress.is_global` is not used: it calls multicast, 6to4 and several others global.
"""

import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import (
    AddressValueError,
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Self

from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from connector.errors import Detail, InvalidContent

MAX_URL = 2048

# IANA's special-purpose registry of IPv4, whole, then multicast, the former 6to4 relays and the
# host address of Azure. AS112 and AMT are registered as global, but no webhook lives there.
_CLOSED_V4 = [
    IPv4Network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24",
        "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24",
        "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32",
    )
]  # fmt: skip

# Of IPv6 only 2000::/3 is open, less IETF protocol assignments (Teredo, benchmarking, ORCHID and
# others), documentation, 6to4 and AS112.
_OPEN_V6 = IPv6Network("2000::/3")
_CLOSED_V6 = [
    IPv6Network(text)
    for text in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
]

# What `Allow` cannot open: link-local, the metadata servers of the large clouds, and the tunnels
# and local translators whose far end cannot be known from the address.
_SHUT = [
    ip_network(text)
    for text in (
        "169.254.0.0/16", "fe80::/10",
        "168.63.129.16/32", "100.100.100.200/32", "192.0.0.192/32",
        "fd00:ec2::254/128", "fd20:ce::254/128",
        "2001::/32", "2002::/16", "64:ff9b:1::/48",
    )
]  # fmt: skip

# Notations that carry an IPv4 address in their last 32 bits: mapped (RFC 4291 section 2.5.5.2),
# translated (RFC 7915), NAT64 (RFC 6052 section 2.1), and compatible (RFC 4291 section 2.5.5.1).
_CARRIERS = [
    IPv6Network(text) for text in ("::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "::/96")
]
_NOT_CARRIED = (IPv6Address("::"), IPv6Address("::1"))

_LOOPBACK = ("127.0.0.1", "::1")

_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True)
class Allow:
    """The address ranges that a target may have besides the public Internet."""

    ranges: tuple[IPv4Network | IPv6Network, ...] = ()

    @classmethod
    def of(cls, texts: Iterable[str]) -> Self:
        """Read CIDR texts such as `10.1.0.0/16`. Raises ValueError that names the wrong one."""
        return cls(tuple(ip_network(text.strip()) for text in texts))

    def covers(self, address: str) -> bool:
        """Tell whether one of the ranges itself opens `address`."""
        seen = _seen(address)
        if seen is None or any(seen in one for one in _SHUT):
            return False
        return any(seen in one for one in self.ranges)


@dataclass(frozen=True)
class Target:
    """A URL that may be stored and tried: `url` is its one spelling, and `literal` the address
    that stands in place of a host name, if one does.
    """

    url: str
    host: str
    port: int
    literal: str | None = None


@lru_cache(maxsize=4096)
def permitted(address: str, allow: Allow) -> bool:
    """Tell whether `address`, in the standard text form of an IP address, may be dialled."""
    return _permitted(address, allow)


def _permitted(address: str, allow: Allow) -> bool:
    if allow.covers(address):
        return True
    seen = _seen(address)
    if seen is None:
        return False
    if isinstance(seen, IPv4Address):
        return not any(seen in closed for closed in _CLOSED_V4)
    return seen in _OPEN_V6 and not any(seen in closed for closed in _CLOSED_V6)


def is_localhost(host: str) -> bool:
    """Whether `host` is `localhost` or under it: such names never reach a name server.

    RFC 6761 section 6.3.
    """
    return host == "localhost" or host.endswith(".localhost")


def addresses_of_localhost(host: str, allow: Allow) -> tuple[str, ...]:
    """Return the loopback addresses that may be dialled if `host` is `localhost`, else nothing."""
    return tuple(one for one in _LOOPBACK if is_localhost(host) and permitted(one, allow))


def parse(url: str, allow: Allow) -> Target:
    """Read a target URL; raises InvalidContent, pointing at `/url`, with what to change.

    `https` only; `http` where the host is an address inside `allow`, or `localhost` while a
    loopback address is. Any spelling that the system's resolver reads as an address without
    asking a name server is judged as that address. Reading what was returned returns the same.
    """
    read = _read(url)
    host = _host(read)
    literal = _literal(host)
    local = addresses_of_localhost(host, allow)
    if literal is not None and not permitted(literal, allow):
        raise _refusal(f"The address {literal} is not on the public Internet. {_PUBLIC}")
    if is_localhost(host) and not local:
        raise _refusal(f"The name {host} leads to the server itself. {_PUBLIC}")
    if read.scheme != "https" and not (local or (literal and allow.covers(literal))):
        raise _refusal("The URL must begin with https://.")
    if literal is None:
        _check_name(host)
    port = read.port if read.port is not None else (443 if read.scheme == "https" else 80)
    if port == 0:
        raise _refusal("The port must be between 1 and 65535.")
    plain = literal or host
    netloc = f"[{plain}]" if ":" in plain else plain
    if port != (443 if read.scheme == "https" else 80):
        netloc += f":{port}"
    query = "" if read.query is None else f"?{read.query}"
    canonical = f"{read.scheme}://{netloc}{read.path or '/'}{query}"
    if len(canonical) > MAX_URL:
        raise _refusal(_TOO_LONG)
    return Target(canonical, plain, port, literal)


_PUBLIC = "Use a URL that can be reached from the public Internet."
_MISSPELLED = "The URL has no valid host and port. Check how it is spelled."
_TOO_LONG = f"The URL must be at most {MAX_URL} characters long."


def _refusal(message: str) -> InvalidContent:
    return InvalidContent(details=[Detail(pointer="/url", message=message)])


def _read(url: str) -> Url:
    """Take a URL apart, once. What parsers are known to read differently is refused before."""
    if len(url) > MAX_URL:
        raise _refusal(_TOO_LONG)
    if not url.isprintable() or " " in url or "\\" in url:
        raise _refusal("The URL must not contain spaces, backslashes or control characters.")
    if not url.startswith(("https://", "http://")):
        raise _refusal("The URL must begin with https://.")
    if "#" in url:
        raise _refusal("The URL must not have a fragment: leave out the # and what follows.")
    authority = re.split("[/?]", url.partition("://")[2], maxsplit=1)[0]
    if "@" in authority:
        raise _refusal("The URL must not have a user name or password before the host.")
    if "%" in authority:
        raise _refusal("The host must be written plainly, without % signs.")
    if _BROKEN_ESCAPE.search(url):
        raise _refusal("Each % in the URL must begin an escape such as %20.")
    try:
        read = parse_url(url)
    except LocationParseError as error:
        raise _refusal(_MISSPELLED) from error
    if not read.host:
        raise _refusal("The URL has no host.")
    return read


def _host(read: Url) -> str:
    """Return the host in lower case, without brackets and without the root's dot."""
    return (read.host or "").lower().removeprefix("[").removesuffix("]").removesuffix(".")


def _literal(host: str) -> str | None:
    """Return the address that `host` spells, None if it is a name; raises InvalidContent.

    `inet_aton` reads every spelling the resolver does: hexadecimal, octal, fewer than four parts.
    """
    if ":" in host:
        try:
            return str(IPv6Address(host))
        except AddressValueError:  # to urllib3, `::127.0.0.360` is one
            raise _refusal(_MISSPELLED) from None
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return None


def _check_name(host: str) -> None:
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise _refusal("The host name is not valid. Check how it is spelled.")
    if _NUMBER.fullmatch(labels[-1]):  # no top-level domain is a number, so this is no name
        raise _refusal("The host is neither a name nor a complete address.")


def _seen(address: str) -> IPv4Address | IPv6Address | None:
    """Return the address that is reached in the end, None if `address` is not one.

    A zone (`fe80::1%eth0`) belongs to link-local addresses only and is never a target.
    """
    try:
        ip = ip_address(address)
    except ValueError:
        return None
    if isinstance(ip, IPv4Address):
        return ip
    if ip.scope_id is not None:
        return None
    if ip not in _NOT_CARRIED and any(ip in carrier for carrier in _CARRIERS):
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip
