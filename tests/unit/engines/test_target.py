"""The target guard on addresses: default deny, in every notation."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.engines.addresses import EVERYTHING, NONE, PRIVATE, PUBLIC, PUBLIC_CARRIED, SHUT

from connector.flows.target import Allow, permitted


@pytest.mark.parametrize("address", PUBLIC + PUBLIC_CARRIED)
def test_public_addresses_are_permitted(address: str) -> None:
    """Global unicast addresses may be dialled."""
    assert permitted(address, NONE)


@pytest.mark.parametrize("address", PRIVATE + SHUT)
def test_all_else_is_denied(address: str) -> None:
    """Private, loopback, special, multicast and translated addresses may not."""
    assert not permitted(address, NONE)


@pytest.mark.parametrize("address", PRIVATE)
def test_a_range_opens_what_it_holds(address: str) -> None:
    """What is merely private is opened by a range, seen through the carrying notations."""
    assert permitted(address, EVERYTHING)


@pytest.mark.parametrize("address", SHUT)
def test_nothing_opens_metadata_and_tunnels(address: str) -> None:
    """Link-local addresses, metadata servers and tunnels stay shut even if all is allowed."""
    assert not permitted(address, EVERYTHING)


@pytest.mark.parametrize(
    ("cidr", "inside", "outside"),
    [
        ("10.1.0.0/16", "10.1.255.255", "10.2.0.0"),
        ("127.0.0.1/32", "127.0.0.1", "127.0.0.2"),
        ("fd00:1::/32", "fd00:1::5", "fd00:2::"),
    ],
)
def test_a_range_ends_where_it_ends(cidr: str, inside: str, outside: str) -> None:
    """The last address of a range is opened, the next one is not."""
    assert permitted(inside, Allow.of([cidr]))
    assert not permitted(outside, Allow.of([cidr]))


@pytest.mark.parametrize(
    "text", ["", "localhost", "127.0.0.1\0", "fe80::1%eth0", "2606:4700::1%1", "1.1.1.1%1", "1"]
)
def test_what_is_no_address_is_denied(text: str) -> None:
    """Anything that is not an IP address in standard form is denied, zones included."""
    assert not permitted(text, EVERYTHING)


def test_what_is_no_address_is_covered_by_nothing() -> None:
    """A range opens addresses, not names."""
    assert not EVERYTHING.covers("example.com")
    assert not EVERYTHING.covers("fe80::1%eth0")


@given(st.ip_addresses(v=6) | st.ip_addresses(v=4))
def test_never_wider_than_the_standard_library(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    """Whatever is permitted is global for Python's registry too, once unwrapped."""
    if permitted(str(address), NONE):
        carried = (
            int(address) & 0xFFFFFFFF if str(address).startswith(("::", "64:ff9b::")) else None
        )
        seen = ipaddress.IPv4Address(carried) if carried is not None else address
        assert seen.is_global
        assert not seen.is_multicast


@pytest.mark.parametrize("text", ["", "nonsense", "10.0.0.1/8", "10.0.0.0/33", "::/129", "10/8"])
def test_bad_ranges(text: str) -> None:
    """A range that is not one stops at once, and the message holds it."""
    with pytest.raises(ValueError, match=text or "does not appear"):
        Allow.of(["127.0.0.0/8", text])
