"""Bad records in a row."""

from types import SimpleNamespace
from typing import Any

import pytest

from headsup.streak import MOST_BAD_IN_A_ROW, LineStoppedError, Streak


def record(offset: int, partition: int = 0, *headers: tuple[str, bytes]) -> Any:
    return SimpleNamespace(topic="shop.orders", partition=partition, offset=offset, headers=headers)


def bad(*offsets: int) -> list[tuple[Any, bool]]:
    return [(record(offset), False) for offset in offsets]


def good(*offsets: int) -> list[tuple[Any, bool]]:
    return [(record(offset), True) for offset in offsets]


def test_one_bad_record_stops_nothing() -> None:
    assert len(Streak().after(bad(1)).bad) == 1


def test_so_many_in_a_row_stop_the_line() -> None:
    streak = Streak(most=3).after(bad(1, 2))
    with pytest.raises(LineStoppedError, match=r"^3 records in a row could"):
        streak.after(bad(3))


def test_without_a_setting_it_is_fifty() -> None:
    streak = Streak().after(bad(*range(49)))
    with pytest.raises(LineStoppedError):
        streak.after(bad(49))
    assert MOST_BAD_IN_A_ROW == 50


def test_a_good_one_between_them_ends_the_streak() -> None:
    streak = Streak(most=3)
    for n in range(0, 30, 3):
        streak = streak.after(bad(n, n + 1) + good(n + 2))
    assert streak.bad == frozenset()


def test_good_ones_before_a_streak_do_not_hide_it() -> None:
    with pytest.raises(LineStoppedError):
        Streak(most=3).after(good(1, 2, 3) + bad(4, 5, 6) + good(7))


def test_a_record_that_is_read_again_counts_once() -> None:
    streak = Streak(most=3)
    for _ in range(5):
        streak = streak.after(bad(1, 2))
    assert len(streak.bad) == 2


def test_records_of_two_partitions_are_different_ones() -> None:
    with pytest.raises(LineStoppedError):
        Streak(most=2).after([(record(1, partition=0), False), (record(1, partition=1), False)])


def test_a_batch_that_was_not_written_has_not_happened() -> None:
    streak = Streak(most=3)
    streak.after(bad(1, 2))
    assert streak.bad == frozenset()


def test_dead_letters_that_are_replayed_and_still_bad_stop_nothing() -> None:
    again = [(record(offset, 0, ("dlq-replayed", b"1")), False) for offset in range(10)]
    streak = Streak(most=3).after([*bad(100), *again])
    assert streak == Streak(most=3).after(bad(100))
