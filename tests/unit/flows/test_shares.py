"""Shares: one connection never holds more places than are left for the others."""

from connector.flows.shares import Shares


def fill(shares: Shares, connection_id: str) -> int:
    """Take places for a connection until it gets no more; return how many."""
    taken = 0
    while shares.take(connection_id):
        taken += 1
    return taken


def test_each_leaves_as_much_as_it_takes() -> None:
    """One alone has half, the next half of the rest: eight greedy ones of 256 leave a place."""
    shares = Shares(256)
    assert [fill(shares, f"conn_{number}") for number in range(9)] == [
        128, 64, 32, 16, 8, 4, 2, 1, 1,
    ]  # fmt: skip


def test_a_place_that_is_given_back_is_free_again() -> None:
    """For whoever comes first, within its share."""
    shares = Shares(8)
    assert fill(shares, "conn_1") == 4
    shares.give_back("conn_1")
    assert shares.take("conn_2")
    assert fill(shares, "conn_1") == 1
    for _ in range(3):
        shares.give_back("conn_1")
    shares.give_back("conn_2")
    assert fill(shares, "conn_3") == 4


def test_nobody_is_claimed_for_who_has_few_places_left() -> None:
    """What is claimed has places: for those that are not crowded, as many as each may take."""
    shares = Shares(100)
    assert (shares.crowded(), shares.claimable()) == ([], 100)
    for _ in range(30):
        assert shares.take("conn_1")
    assert (shares.crowded(), shares.claimable()) == ([], 40)
    assert fill(shares, "conn_1") == 20
    assert shares.crowded() == ["conn_1"]
    assert shares.claimable() == 50
    assert shares.take("conn_2")
    assert shares.crowded() == ["conn_1"]
    assert shares.claimable() == 48


def test_even_one_place_is_a_place() -> None:
    """With one place there is nothing to share, and it is had."""
    shares = Shares(1)
    assert fill(shares, "conn_1") == 1
    shares.give_back("conn_1")
    assert fill(shares, "conn_2") == 1
