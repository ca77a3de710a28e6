"""What no event brings of a return."""

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from headsup.contracts.base import Customer, Window
from headsup.contracts.catalogue import Kind
from headsup.contracts.envelope import Event
from headsup.contracts.shop import ReturnMethod
from headsup.shops.policy import Policy
from tests.unit.services.order_events import afterwards as a
from tests.unit.services.order_events import orders as o

DROP_OFF, NEAR = Kind.RETURN_DROP_OFF_REMINDER, Kind.RETURN_DEADLINE_NEAR
LATE, CLOSING = Kind.RETURN_LATE, Kind.RETURN_WINDOW_CLOSING
APPROVED, RECEIVED = Kind.RETURN_APPROVED, Kind.RETURN_RECEIVED
INSTANT = timedelta(microseconds=1)
LAST_DAY = a.day(12, 7)
"""Of a return that is approved without another: a Monday, two weeks away."""


def morning(day: date) -> datetime:
    """Ten o'clock in Kyiv, in winter."""
    return datetime(day.year, day.month, day.day, 8, tzinfo=UTC)


def evening(day: date) -> datetime:
    """The hour in Kyiv by which a word is promised."""
    return datetime(day.year, day.month, day.day, 16, tzinfo=UTC)


def approved_return(**what: object) -> a.Life:
    """A return that was approved on Wednesday, and told."""
    life = a.delivered_order()
    life.hears(o.accept_return(o.WEDNESDAY, **what))
    return life


def moments(life: a.Life, *kinds: Kind) -> list[datetime]:
    """When these kinds were said."""
    return [said.said_at for said in life.told_of(*kinds)]


def test_who_does_not_hand_it_over_is_reminded_after_some_days_and_before_the_last() -> None:
    life = approved_return()

    life.passes(o.MONDAY + 20 * o.DAY)

    assert moments(life, DROP_OFF) == [morning(a.day(11, 30))]
    assert moments(life, NEAR) == [morning(a.day(12, 5))]
    assert moments(life, Kind.ORDER_NO_NEWS) == []


def test_each_message_names_the_evening_of_the_day_on_which_the_next_one_comes() -> None:
    life = approved_return()

    life.passes(o.MONDAY + 20 * o.DAY)

    promised = [said.next_update_by for said in life.told_of(APPROVED, DROP_OFF, NEAR)]
    assert promised == [evening(a.day(11, 30)), evening(a.day(12, 5)), None]


def test_a_reminder_says_again_how_where_and_until_when_with_the_newest_label() -> None:
    life = approved_return(address="Shop, Returns, Kyiv", code="RT-1")
    life.hears(a.label_return(o.THURSDAY, code="RT-1"))

    life.passes(o.MONDAY + 20 * o.DAY)

    for content in life.contents(DROP_OFF, NEAR):
        assert content.return_method is ReturnMethod.DROP_OFF
        assert content.return_address == "Shop, Returns, Kyiv"
        assert (content.return_code, content.send_by) == ("RT-1", LAST_DAY)
        assert content.label_url == "https://shop.example/label"


def test_nobody_is_reminded_of_what_a_carrier_has_scanned() -> None:
    life = approved_return()
    life.hears(a.send_back(o.FRIDAY))

    life.passes(o.MONDAY + 20 * o.DAY)

    assert life.told_of(DROP_OFF, NEAR) == []


def test_a_reminder_that_waits_is_taken_back_when_the_carrier_scanned_meanwhile() -> None:
    order = o.Order()
    order.hears(o.placed_and_paid(), o.handed_over(o.TUESDAY))
    order.hears(o.accept_return(o.WEDNESDAY))
    order.looks(morning(a.day(11, 30)))
    waiting = order.id_of(DROP_OFF)

    decision = order.hears(a.send_back(o.MONDAY + 7 * o.DAY + o.HOUR))

    assert waiting in [taken.request_id for taken in decision.withdraw]


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(a.refuse_return(o.FRIDAY), id="refused after all"),
        pytest.param(a.give_up_return(o.FRIDAY), id="given up"),
        pytest.param(a.ask_back(o.FRIDAY), id="the shop asks something first"),
    ],
)
def test_nobody_is_reminded_of_a_return_that_does_not_wait_for_them_to_send_it(
    event: Event[Any],
) -> None:
    life = approved_return()
    life.hears(event)

    life.passes(o.MONDAY + 20 * o.DAY)

    assert life.told_of(DROP_OFF, NEAR) == []


def test_a_courier_who_comes_later_is_waited_for() -> None:
    tuesday = o.MONDAY + 8 * o.DAY
    window = Window(start=tuesday, end=tuesday + 2 * o.HOUR)
    life = approved_return(method=ReturnMethod.COURIER, pickup_window=window, send_by=a.day(12, 14))

    life.passes(o.MONDAY + 30 * o.DAY)

    assert moments(life, DROP_OFF) == [morning(a.day(12, 6))]


def test_where_the_last_day_is_soon_only_its_own_reminder_comes() -> None:
    life = approved_return(send_by=a.day(11, 30))

    life.passes(o.MONDAY + 20 * o.DAY)

    assert moments(life, DROP_OFF, NEAR) == [morning(a.day(11, 28))]


def test_who_was_not_reminded_in_time_hears_of_the_last_day_alone() -> None:
    life = approved_return(send_by=a.day(12, 3))

    assert a.about_returns(life.looks(morning(a.day(12, 1)))) == [NEAR]
    assert a.about_returns(life.looks(morning(a.day(12, 1)) + o.HOUR)) == []


def test_who_was_told_just_before_the_last_day_is_not_reminded_of_it() -> None:
    life = approved_return(send_by=a.day(11, 26))

    life.passes(o.MONDAY + 20 * o.DAY)

    assert life.told_of(DROP_OFF, NEAR) == []
    assert life.told_of(APPROVED)[0].next_update_by is None


def test_another_last_day_is_reminded_of_afresh() -> None:
    life = approved_return(send_by=a.day(11, 30))
    life.passes(morning(a.day(11, 28)))
    life.hears(o.accept_return(life.now + o.HOUR, send_by=a.day(12, 14)))

    life.passes(o.MONDAY + 30 * o.DAY)

    assert moments(life, NEAR) == [morning(a.day(11, 28)), morning(a.day(12, 12))]


def test_the_last_day_ends_at_midnight_of_the_customers_own_zone() -> None:
    late_look = datetime(2026, 12, 7, 21, 59, tzinfo=UTC)  # 23:59 in Kyiv
    in_time, too_late = approved_return(), approved_return()

    assert NEAR in o.kinds(in_time.looks(late_look))
    assert NEAR not in o.kinds(too_late.looks(late_look + timedelta(minutes=1)))


def test_a_customer_in_honolulu_has_the_day_of_honolulu() -> None:
    customer = Customer(id="C1", time_zone="Pacific/Honolulu")
    life = a.Life()
    life.hears(o.placed_and_paid(customer=customer), o.handed_over(o.TUESDAY))
    life.hears(o.accept_return(o.WEDNESDAY))

    life.passes(o.MONDAY + 20 * o.DAY)

    assert moments(life, NEAR) == [datetime(2026, 12, 5, 20, tzinfo=UTC)]


def test_a_shop_that_does_not_look_in_time_is_owned_up_to_with_the_day_that_was_promised() -> None:
    life = a.delivered_order()
    life.hears(a.get_back(o.WEDNESDAY, decide_by=a.day(11, 27)))

    assert a.about_returns(life.looks(morning(a.day(11, 28)) - INSTANT)) == []
    content = o.only(life.looks(morning(a.day(11, 28))))

    assert (content.decide_by, content.occurrence) == (a.day(11, 27), 1)
    assert content.next_update_by == evening(a.day(12, 1))


def test_a_day_that_had_passed_when_it_was_named_is_no_promise() -> None:
    life = a.delivered_order()
    life.hears(a.get_back(o.WEDNESDAY, decide_by=a.day(11, 20)))

    assert [content.decide_by for content in life.contents(RECEIVED, LATE)] == [a.day(12, 2)]


def test_the_day_that_was_told_counts_where_the_shops_promise_changes_afterwards() -> None:
    life = a.delivered_order()
    life.hears(a.get_back(o.WEDNESDAY))
    assert life.contents(RECEIVED)[0].decide_by == a.day(12, 2)
    life.policy = Policy(decide_days=30)

    life.passes(o.MONDAY + 11 * o.DAY)

    assert [content.decide_by for content in life.contents(LATE)] == [a.day(12, 2)]


def test_a_late_decision_is_told_three_times_and_then_left_to_the_watchdog() -> None:
    life = a.delivered_order()
    life.hears(a.get_back(o.WEDNESDAY, decide_by=a.day(11, 27)))

    life.passes(o.MONDAY + 60 * o.DAY)

    assert [content.occurrence for content in life.contents(LATE)] == [1, 2, 3]
    first_watch = moments(life, Kind.ORDER_NO_NEWS)[0]
    assert first_watch > moments(life, LATE)[-1]


def test_no_promise_of_a_return_is_ever_broken() -> None:
    life = a.delivered_order()
    life.hears(a.get_back(o.WEDNESDAY))

    life.passes(o.MONDAY + 40 * o.DAY)

    said = life.told_of(RECEIVED, LATE, Kind.ORDER_NO_NEWS)
    for earlier, later in itertools.pairwise(said):
        assert earlier.next_update_by
        assert later.said_at <= earlier.next_update_by


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(a.look_at_return(o.FRIDAY), id="the shop looked at it"),
        pytest.param(a.exchange(o.FRIDAY), id="something else was sent"),
        pytest.param(o.refund(o.FRIDAY, return_id="B1"), id="the money was sent"),
        pytest.param(o.refund(o.FRIDAY), id="money was sent for nothing in particular"),
        pytest.param(a.refuse_return(o.FRIDAY), id="the shop refused it"),
        pytest.param(a.give_up_return(o.FRIDAY), id="the shop closed it"),
    ],
)
def test_a_return_that_is_settled_is_not_late(event: Event[Any]) -> None:
    life = a.delivered_order()
    life.hears(a.get_back(o.WEDNESDAY, decide_by=a.day(11, 27)))
    life.hears(event)

    life.passes(o.MONDAY + 20 * o.DAY)

    assert life.told_of(LATE) == []


def test_money_for_another_return_does_not_settle_this_one() -> None:
    life = a.delivered_order()
    life.hears(a.get_back(o.WEDNESDAY, decide_by=a.day(11, 27)))
    life.hears(o.refund(o.FRIDAY, return_id="B2"))

    life.passes(o.MONDAY + 6 * o.DAY)

    assert len(life.told_of(LATE)) == 1


def test_a_return_that_is_read_when_it_is_late_already_is_told_to_be_late_not_to_have_arrived() -> (
    None
):
    life = a.delivered_order()
    arrived = a.get_back(o.WEDNESDAY, decide_by=a.day(11, 27))

    decision = life.hears(arrived, at=o.MONDAY + 6 * o.DAY)

    assert a.about_returns(decision) == [LATE]
    assert a.about_returns(life.looks(o.MONDAY + 6 * o.DAY + o.HOUR)) == []


def test_a_new_day_of_the_shops_is_told_and_late_only_when_it_passes_too() -> None:
    life = a.delivered_order()
    life.hears(a.get_back(o.WEDNESDAY, decide_by=a.day(11, 27)))
    life.hears(a.get_back(o.THURSDAY, decide_by=a.day(12, 1)))

    life.passes(o.MONDAY + 10 * o.DAY)

    assert [content.decide_by for content in life.contents(RECEIVED)] == [
        a.day(11, 27),
        a.day(12, 1),
    ]
    assert {content.decide_by for content in life.contents(LATE)} == {a.day(12, 1)}


THREE_DAYS_BEFORE = Policy(return_window_days=3)


def test_the_end_of_the_right_to_return_is_told_by_shops_that_want_it() -> None:
    life, silent = a.delivered_order(THREE_DAYS_BEFORE), a.delivered_order()

    for each in (life, silent):
        each.passes(o.MONDAY + 30 * o.DAY)

    assert moments(life, CLOSING) == [morning(a.day(12, 5))]
    assert [content.return_until for content in life.contents(CLOSING)] == [a.day(12, 8)]
    assert silent.told_of(CLOSING) == []


def test_the_right_to_return_is_counted_from_the_last_parcel() -> None:
    life = a.Life(THREE_DAYS_BEFORE)
    life.hears(o.placed_and_paid(), o.scan(o.TUESDAY, "S2"), o.handed_over(o.TUESDAY))
    life.passes(o.FRIDAY)
    life.hears(o.handed_over(o.FRIDAY, "S2"))

    life.passes(o.MONDAY + 30 * o.DAY)

    assert [content.return_until for content in life.contents(CLOSING)] == [a.day(12, 11)]


def test_who_sends_something_back_is_not_told_that_they_still_could() -> None:
    life = a.delivered_order(THREE_DAYS_BEFORE)
    life.hears(o.ask_to_return(o.WEDNESDAY))

    life.passes(o.MONDAY + 30 * o.DAY)

    assert life.told_of(CLOSING) == []


def test_who_was_refused_one_thing_may_still_send_back_another() -> None:
    life = a.delivered_order(THREE_DAYS_BEFORE)
    life.hears(a.refuse_return(o.WEDNESDAY))

    life.passes(o.MONDAY + 30 * o.DAY)

    assert len(life.told_of(CLOSING)) == 1


def test_who_is_told_anew_how_to_send_it_back_on_the_day_of_the_reminder_needs_none() -> None:
    order = o.Order()
    order.hears(o.placed_and_paid(), o.accept_return(o.MONDAY, send_by=o.FRIDAY.date()))
    late = o.MONDAY + 3 * o.DAY

    anew = order.hears(o.accept_return(late, send_by=o.FRIDAY.date(), code="QR-2"))
    again = order.looks(late)

    assert a.about_returns(anew) == [APPROVED]
    assert (again.announce, again.withdraw) == ((), ())


def test_a_return_that_was_given_up_and_accepted_anew_starts_its_days_afresh() -> None:
    order = o.Order()
    accepted = o.accept_return(o.MONDAY + 38 * o.HOUR, send_by=o.MONDAY.date() + 5 * o.DAY)
    order.hears(o.placed_and_paid(), accepted, at=o.WEDNESDAY)
    late = o.MONDAY + 82 * o.HOUR

    order.hears(a.give_up_return(o.MONDAY + 37 * o.HOUR), at=late)
    again = order.looks(late)

    assert (again.announce, again.withdraw) == ((), ())
