"""Who is behind, and who is current again."""

from datetime import UTC, datetime, timedelta

from headsup.kafka.backlog import OLD, YOUNG, Backlog
from headsup.kafka.consumer import Partition

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ORDERS, PAYMENTS = Partition("shop.orders", 3), Partition("shop.payments", 3)
ELSEWHERE = Partition("shop.orders", 4)


def test_what_is_read_up_to_now_is_current() -> None:
    assert Backlog().look({ORDERS: NOW - SECOND, PAYMENTS: NOW}, NOW) == frozenset()


def test_what_nobody_knows_is_behind() -> None:
    assert Backlog().look({ORDERS: None, ELSEWHERE: NOW}, NOW) == {3}


def test_one_partition_that_is_behind_makes_its_number_so() -> None:
    assert Backlog().look({ORDERS: NOW, PAYMENTS: NOW - 2 * OLD, ELSEWHERE: NOW}, NOW) == {3}


def test_what_is_current_falls_behind_only_when_what_is_read_is_old() -> None:
    backlog = Backlog()
    backlog.look({ORDERS: NOW}, NOW)
    assert backlog.look({ORDERS: NOW}, NOW + OLD) == frozenset()
    assert backlog.look({ORDERS: NOW}, NOW + OLD + SECOND) == {3}


def test_what_is_behind_is_current_again_only_when_what_is_read_is_young() -> None:
    backlog = Backlog()
    assert backlog.look({ORDERS: NOW - OLD}, NOW) == {3}
    assert backlog.look({ORDERS: NOW - YOUNG - SECOND}, NOW) == {3}
    assert backlog.look({ORDERS: NOW - YOUNG}, NOW) == frozenset()
    assert backlog.look({ORDERS: NOW - OLD}, NOW) == frozenset()


def test_a_number_that_comes_back_after_a_rebalance_has_to_show_again_that_it_is_current() -> None:
    backlog = Backlog()
    backlog.look({ORDERS: NOW}, NOW)
    backlog.look({ELSEWHERE: NOW}, NOW)
    assert backlog.look({ORDERS: NOW - OLD}, NOW) == {3}


def test_records_from_the_future_are_not_behind() -> None:
    assert Backlog().look({ORDERS: NOW + 5 * OLD}, NOW) == frozenset()


def test_who_has_no_partition_has_nothing_behind() -> None:
    assert Backlog().look({}, NOW) == frozenset()
