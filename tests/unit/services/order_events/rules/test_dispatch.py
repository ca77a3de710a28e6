"""An order that should have left the shop and has not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from headsup.contracts.catalogue import CATALOGUE, Kind
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import Reason
from headsup.contracts.shop import PaymentState
from tests.unit.services.order_events import orders as o

LATE = Kind.DISPATCH_LATE
PROMISED = o.placed_and_paid(dispatch_by=o.TUESDAY)


def waiting_order(*events: Event[Any]) -> o.Order:
    order = o.Order()
    order.hears(*(events or [PROMISED]), at=o.MONDAY)
    return order


def test_a_dispatch_date_that_passes_with_no_event_at_all_is_told() -> None:
    order = waiting_order()

    assert o.kinds(order.looks(o.TUESDAY - timedelta(microseconds=1))) == []
    assert o.kinds(order.looks(o.TUESDAY)) == [LATE]


def test_late_says_the_date_missed_and_when_the_customer_hears_again() -> None:
    order = waiting_order()

    content = o.only(order.looks(o.TUESDAY))

    assert content.dispatch_by == o.TUESDAY
    assert content.occurrence == 1
    assert content.next_update_by == o.THURSDAY
    assert order.decisions[-1].next_look_at == o.THURSDAY


@pytest.mark.parametrize("payment", [PaymentState.PAID, PaymentState.ON_DELIVERY])
def test_late_says_where_the_money_stands(payment: PaymentState) -> None:
    order = waiting_order(o.placed(payment=payment, dispatch_by=o.TUESDAY))

    assert o.only(order.looks(o.TUESDAY)).payment is payment


def test_the_next_word_is_promised_over_the_weekend_for_a_working_day() -> None:
    order = o.Order()
    order.hears(o.placed_and_paid(dispatch_by=o.FRIDAY), at=o.MONDAY)

    content = o.only(order.looks(o.FRIDAY))

    assert content.next_update_by == o.TUESDAY + 7 * o.DAY


@pytest.mark.parametrize("minutes", [1, 59])
def test_the_next_word_counts_from_the_date_missed_not_from_when_we_look(minutes: int) -> None:
    order = waiting_order()

    first = o.only(order.looks(o.TUESDAY + timedelta(minutes=minutes)))
    second = o.only(order.looks(o.THURSDAY + timedelta(minutes=minutes)))

    assert first.next_update_by == o.THURSDAY
    assert second.next_update_by == o.MONDAY + 7 * o.DAY


def test_after_a_long_silence_of_ours_the_next_word_is_the_next_working_day_ahead() -> None:
    order = waiting_order()
    order.looks(o.TUESDAY)

    content = o.only(order.looks(o.FRIDAY + 7 * o.DAY + o.HOUR))

    assert content.next_update_by == o.MONDAY + 14 * o.DAY


def test_the_next_word_keeps_the_hour_of_the_customers_clock_when_the_clocks_change() -> None:
    friday = datetime(2026, 10, 23, 15, tzinfo=UTC)  # 18:00 in Kyiv; winter time from the 25th
    order = o.Order()
    order.hears(o.placed_and_paid(friday - o.DAY, dispatch_by=friday), at=friday - o.DAY)

    content = o.only(order.looks(friday))

    assert content.next_update_by == datetime(2026, 10, 27, 16, tzinfo=UTC)


def test_a_midnight_belongs_to_the_working_day_that_it_ends() -> None:
    wednesday_ends = datetime(2026, 11, 25, 22, tzinfo=UTC)  # midnight in Kyiv
    order = waiting_order(o.placed_and_paid(dispatch_by=wednesday_ends))

    assert o.only(order.looks(wednesday_ends)).next_update_by == wednesday_ends + 2 * o.DAY


def test_the_promise_that_passes_is_kept_twice_more_and_the_last_word_promises_nothing() -> None:
    order = waiting_order()
    first = o.only(order.looks(o.TUESDAY))
    assert first.next_update_by is not None
    assert o.kinds(order.looks(first.next_update_by - o.HOUR)) == []

    second = o.only(order.looks(first.next_update_by))
    assert second.next_update_by is not None
    third = o.only(order.looks(second.next_update_by))

    assert [first.occurrence, second.occurrence, third.occurrence] == [1, 2, 3]
    assert second.dispatch_by == third.dispatch_by == o.TUESDAY
    assert third.next_update_by is None
    assert order.decisions[-1].next_look_at is None
    assert o.kinds(order.looks(o.MONDAY + 30 * o.DAY)) == []


def test_a_promised_word_is_kept_however_late_we_look() -> None:
    order = waiting_order()
    order.looks(o.TUESDAY)

    assert o.only(order.looks(o.MONDAY + 20 * o.DAY)).occurrence == 2


def test_a_date_missed_long_ago_is_old_news_when_nobody_was_told_in_time() -> None:
    order = waiting_order()

    decision = order.looks(o.TUESDAY + CATALOGUE[LATE].time_to_live + o.HOUR)

    assert decision.announce == ()
    assert (LATE, Reason.STALE) in {(u.kind, u.reason) for u in decision.unsaid}
    assert decision.next_look_at is None


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(o.scan(o.MONDAY), id="a scan"),
        pytest.param(o.handed_over(o.MONDAY), id="a delivery"),
        pytest.param(o.at_the_locker(o.MONDAY), id="a parcel at a pickup point"),
        pytest.param(o.cancelled(o.MONDAY), id="a cancellation"),
        pytest.param(o.pay_in_vain(o.MONDAY + o.HOUR), id="a payment that failed"),
    ],
)
def test_nothing_is_late_after(event: Event[Any]) -> None:
    order = waiting_order(PROMISED, event)

    assert LATE not in o.kinds(order.looks(o.TUESDAY))


def test_a_label_is_no_dispatch() -> None:
    order = waiting_order(PROMISED, o.label(o.MONDAY))

    assert o.kinds(order.looks(o.TUESDAY)) == [LATE]


def test_an_order_that_is_not_paid_for_is_not_late() -> None:
    order = waiting_order(o.placed(dispatch_by=o.TUESDAY))

    decision = order.looks(o.TUESDAY)

    assert decision.announce == ()
    assert decision.next_look_at is None


def test_a_date_that_had_passed_before_the_money_came_was_no_promise() -> None:
    order = waiting_order(o.placed(dispatch_by=o.TUESDAY))

    assert o.kinds(order.hears(o.pay(o.WEDNESDAY))) == [Kind.ORDER_CONFIRMED]


def test_an_order_without_a_date_is_not_late() -> None:
    order = waiting_order(o.placed_and_paid())

    assert order.decisions[-1].next_look_at is None
    assert o.kinds(order.looks(o.FRIDAY)) == []


def test_a_new_date_before_the_old_one_passes_counts_from_there() -> None:
    order = waiting_order()
    order.hears(o.confirmed(o.MONDAY + o.HOUR, dispatch_by=o.THURSDAY))

    assert o.kinds(order.looks(o.TUESDAY)) == []
    assert o.only(order.looks(o.THURSDAY)).dispatch_by == o.THURSDAY


def test_a_new_date_after_lateness_was_told_is_silent_until_it_passes_too() -> None:
    order = waiting_order()
    order.looks(o.TUESDAY)
    order.learns(LATE)
    order.learns(Kind.ORDER_CONFIRMED)

    decision = order.hears(o.confirmed(o.WEDNESDAY, dispatch_by=o.FRIDAY))
    assert decision.next_look_at == o.FRIDAY
    assert LATE not in o.kinds(order.looks(o.THURSDAY))

    content = o.only(order.looks(o.FRIDAY))
    assert (content.dispatch_by, content.occurrence) == (o.FRIDAY, 1)


def test_late_overtakes_confirmed_in_one_batch() -> None:
    assert o.backlog(PROMISED, at=o.TUESDAY) == [LATE]


def test_a_scan_takes_back_a_notice_that_still_waits() -> None:
    order = waiting_order()
    order.looks(o.TUESDAY)
    notice = order.id_of(LATE)

    decision = order.hears(o.scan(o.TUESDAY + o.HOUR))

    assert o.kinds(decision) == [Kind.SHIPMENT_SHIPPED]
    assert [withdrawn.request_id for withdrawn in decision.withdraw] == [notice]


def test_a_notice_that_was_taken_back_unread_is_said_again_when_its_date_is() -> None:
    order = waiting_order()
    order.looks(o.TUESDAY)
    order.hears(o.confirmed(o.TUESDAY + o.HOUR, dispatch_by=o.FRIDAY))

    decision = order.hears(o.confirmed(o.TUESDAY + 2 * o.HOUR, dispatch_by=o.TUESDAY))

    assert o.only(decision).dispatch_by == o.TUESDAY
