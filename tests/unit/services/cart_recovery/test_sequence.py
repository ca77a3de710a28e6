"""A record that was fetched and let fall is missed."""

import pytest

from services.cart_recovery.sequence import GapError, Sequence


def test_records_that_come_as_they_were_fetched_are_all_right() -> None:
    sequence = Sequence()
    sequence.fetched("carts-0", [3, 4, 7])  # 5 and 6 are marks of transactions
    sequence.fetched("carts-1", [0])
    for partition, offset in (("carts-0", 3), ("carts-1", 0), ("carts-0", 4), ("carts-0", 7)):
        sequence.comes(partition, offset)


def test_one_that_was_let_fall_is_missed_when_the_next_comes() -> None:
    sequence = Sequence()
    sequence.fetched("carts-0", [3, 4, 5])
    sequence.comes("carts-0", 3)
    with pytest.raises(GapError, match="offset 4 of carts-0 was fetched, and 5 came"):
        sequence.comes("carts-0", 5)


def test_one_that_was_let_fall_in_another_fetch_is_missed_as_well() -> None:
    sequence = Sequence()
    sequence.fetched("carts-0", [3])
    sequence.fetched("carts-0", [4])
    with pytest.raises(GapError):
        sequence.comes("carts-0", 4)


def test_what_was_let_fall_before_going_back_is_fetched_again() -> None:
    sequence = Sequence()
    sequence.fetched("carts-0", [3, 4])
    sequence.went_back()
    sequence.fetched("carts-0", [3, 4])
    sequence.comes("carts-0", 3)
    sequence.comes("carts-0", 4)


def test_one_that_was_let_fall_after_going_back_is_missed() -> None:
    sequence = Sequence()
    sequence.fetched("carts-0", [3, 4])
    sequence.went_back()
    sequence.fetched("carts-0", [3, 4])
    with pytest.raises(GapError):
        sequence.comes("carts-0", 4)


def test_what_came_before_going_back_may_come_again_in_between() -> None:
    """The rest of the fetch before it still comes, and then all that follows the position."""
    sequence = Sequence()
    sequence.fetched("carts-0", [3, 4, 5])
    sequence.comes("carts-0", 3)
    sequence.went_back()
    sequence.fetched("carts-0", [3, 4, 5, 6])
    for offset in (4, 5, 3, 4, 5, 6):
        sequence.comes("carts-0", offset)


def test_what_was_fetched_again_while_it_was_on_its_way_may_come_twice() -> None:
    sequence = Sequence()
    sequence.fetched("carts-0", [3, 4])
    sequence.fetched("carts-0", [3, 4, 5])
    for offset in (3, 4, 3, 4, 5):
        sequence.comes("carts-0", offset)


def test_a_partition_that_comes_back_may_begin_before_where_we_left_it() -> None:
    sequence = Sequence()
    sequence.fetched("carts-0", [3, 4])
    sequence.comes("carts-0", 3)
    sequence.comes("carts-0", 4)
    sequence.left(["carts-0"])
    sequence.fetched("carts-0", [2, 3])
    with pytest.raises(GapError, match="offset 2"):
        sequence.comes("carts-0", 3)
