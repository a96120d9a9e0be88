"""Time and chance."""

import base64
import functools
import operator
import random
import uuid

import pytest
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


@pytest.mark.parametrize("bits", [0, 1, 2**128 - 1, 0x6_0000_0000_0000_0000, 2**127])
def test_a_request_id_is_a_uuid(monkeypatch: pytest.MonkeyPatch, bits: int) -> None:
    """Of version 4 and written as RFC 9562 writes them, whatever chance brings."""
    monkeypatch.setattr(random, "getrandbits", lambda count: bits if count == 128 else None)
    assert world.new_request_id() == str(uuid.UUID(int=bits, version=4))


def test_no_request_id_comes_twice() -> None:
    """Each request has its own."""
    assert len({world.new_request_id() for _ in range(1000)}) == 1000
