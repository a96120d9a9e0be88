"""Time and chance."""

import base64
import functools
import operator

import time_machine

from connector import world


def test_ordered_ids_are_in_order_also_within_a_millisecond() -> None:
    """Ids made one after the other sort that way, however fast they are made."""
    with time_machine.travel(1_700_000_000, tick=False):
        ids = [world.new_ordered_id("dlv") for _ in range(1000)]
    assert ids == sorted(ids)
    assert len(set(ids)) == 1000
    assert {len(id) for id in ids} == {len("dlv_") + 24}


def test_moments_are_written_as_stora_writes_them() -> None:
    """UTC, whole seconds, Z; nothing stays nothing."""
    assert world.iso(1_740_235_260_999) == "2025-02-22T14:41:00Z"
    assert world.iso(None) is None


def test_a_token_has_256_random_bits() -> None:
    """32 bytes in base64url; among a thousand no two are alike and no bit stands still."""
    tokens = [world.new_token() for _ in range(1000)]
    bits = [int.from_bytes(base64.urlsafe_b64decode(f"{token}=")) for token in tokens]
    assert {len(token) for token in tokens} == {43}
    assert len(set(bits)) == 1000
    assert functools.reduce(operator.or_, bits) == 2**256 - 1
    assert functools.reduce(operator.and_, bits) == 0
