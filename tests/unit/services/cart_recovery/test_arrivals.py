"""A record that was fetched and let fall is missed."""

import pytest

from services.cart_recovery.arrivals import Arrivals, GapError


def test_records_that_come_as_they_were_fetched_are_all_right() -> None:
    arrivals = Arrivals()
    arrivals.fetched("carts-0", [3, 4, 7])  # 5 and 6 are marks of transactions
    arrivals.fetched("carts-1", [0])
    for partition, offset in (("carts-0", 3), ("carts-1", 0), ("carts-0", 4), ("carts-0", 7)):
        arrivals.comes(partition, offset)


def test_one_that_was_let_fall_is_missed_when_the_next_comes() -> None:
    arrivals = Arrivals()
    arrivals.fetched("carts-0", [3, 4, 5])
    arrivals.comes("carts-0", 3)
    with pytest.raises(GapError, match="offset 4 of carts-0 was fetched, and 5 came"):
        arrivals.comes("carts-0", 5)


def test_one_that_was_let_fall_in_another_fetch_is_missed_as_well() -> None:
    arrivals = Arrivals()
    arrivals.fetched("carts-0", [3])
    arrivals.fetched("carts-0", [4])
    with pytest.raises(GapError):
        arrivals.comes("carts-0", 4)


def test_what_was_let_fall_before_going_back_is_fetched_again() -> None:
    arrivals = Arrivals()
    arrivals.fetched("carts-0", [3, 4])
    arrivals.went_back()
    arrivals.fetched("carts-0", [3, 4])
    arrivals.comes("carts-0", 3)
    arrivals.comes("carts-0", 4)


def test_one_that_was_let_fall_after_going_back_is_missed() -> None:
    arrivals = Arrivals()
    arrivals.fetched("carts-0", [3, 4])
    arrivals.went_back()
    arrivals.fetched("carts-0", [3, 4])
    with pytest.raises(GapError):
        arrivals.comes("carts-0", 4)


def test_what_came_before_going_back_may_come_again_in_between() -> None:
    """The rest of the fetch before it still comes, and then all that follows the position."""
    arrivals = Arrivals()
    arrivals.fetched("carts-0", [3, 4, 5])
    arrivals.comes("carts-0", 3)
    arrivals.went_back()
    arrivals.fetched("carts-0", [3, 4, 5, 6])
    for offset in (4, 5, 3, 4, 5, 6):
        arrivals.comes("carts-0", offset)


def test_what_was_fetched_again_while_it_was_on_its_way_may_come_twice() -> None:
    arrivals = Arrivals()
    arrivals.fetched("carts-0", [3, 4])
    arrivals.fetched("carts-0", [3, 4, 5])
    for offset in (3, 4, 3, 4, 5):
        arrivals.comes("carts-0", offset)


def test_a_partition_that_comes_back_may_begin_before_where_we_left_it() -> None:
    arrivals = Arrivals()
    arrivals.fetched("carts-0", [3, 4])
    arrivals.comes("carts-0", 3)
    arrivals.comes("carts-0", 4)
    arrivals.left(["carts-0"])
    arrivals.fetched("carts-0", [2, 3])
    with pytest.raises(GapError, match="offset 2"):
        arrivals.comes("carts-0", 3)


def test_what_was_fetched_and_did_not_come_is_known_by_its_size() -> None:
    arrivals = Arrivals()
    arrivals.fetched("carts-0", [3, 4, 5], 10)
    arrivals.fetched("carts-0", [5, 6], 100)
    arrivals.fetched("carts-1", [0], 1_000)
    assert arrivals.size == 1_130
    arrivals.comes("carts-0", 3)
    assert arrivals.size == 1_120
    arrivals.left(["carts-0", "carts-2"])
    assert arrivals.size == 1_000
    arrivals.went_back()
    assert arrivals.size == 0
