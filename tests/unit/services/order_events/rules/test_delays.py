"""A parcel that comes later than was told, earlier, or not."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from headsup.contracts.catalogue import Audience, Kind
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import OutcomeStatus
from headsup.contracts.replies import Answer, Question
from headsup.contracts.shop import DelayReason
from headsup.shops.policy import Policy
from services.order_events.promises import LEAD
from tests.unit.services.order_events import mishaps as m
from tests.unit.services.order_events import orders as o
from tests.unit.services.order_events import parcels as p

SHIPPED, DELAYED = Kind.SHIPMENT_SHIPPED, Kind.SHIPMENT_DELAYED
EARLIER, OVERDUE = Kind.SHIPMENT_EARLIER, Kind.SHIPMENT_OVERDUE
ON_THE_VAN, NOBODY_HOME = Kind.SHIPMENT_OUT_FOR_DELIVERY, Kind.SHIPMENT_ATTEMPT_FAILED
READY, DELIVERED = Kind.SHIPMENT_READY_FOR_PICKUP, Kind.SHIPMENT_DELIVERED
OF_DATES = {DELAYED, EARLIER, OVERDUE}
EVENING = timedelta(hours=9)
"""From nine o'clock in UTC to eight in the evening in Kyiv."""
EIGHT_ON_TUESDAY, EIGHT_ON_WEDNESDAY = o.TUESDAY + EVENING, o.WEDNESDAY + EVENING


def of_dates(order: o.Order, days: float, since: datetime) -> list[tuple[datetime, Kind]]:
    """What is said of late and early parcels while nothing happens."""
    return [each for each in m.days_of(order, days, since) if each[1] in OF_DATES]


def test_delayed_says_the_date_told_the_new_one_and_why() -> None:
    event = o.slip(o.TUESDAY, o.by(o.FRIDAY), reason=DelayReason.WEATHER)

    content = o.only(m.shipped(o.WEDNESDAY).hears(event))

    assert content.previous_estimate == o.by(o.WEDNESDAY)
    assert content.estimate == o.by(o.FRIDAY)
    assert content.delay_reason is DelayReason.WEATHER


@pytest.mark.parametrize(
    ("event", "said"),
    [
        pytest.param(o.slip(o.TUESDAY, o.by(o.THURSDAY)), [DELAYED], id="a day worse"),
        pytest.param(o.scan(o.TUESDAY, estimate=o.by(o.THURSDAY)), [DELAYED], id="on a scan, too"),
        pytest.param(o.slip(o.TUESDAY, o.by(o.WEDNESDAY)), [], id="the same day"),
        pytest.param(o.slip(o.MONDAY, o.by(o.THURSDAY)), [], id="an older word than the one told"),
        pytest.param(o.scan(o.TUESDAY), [], id="a scan without a day"),
        pytest.param(
            o.on_the_van(o.TUESDAY, estimate=o.by(o.THURSDAY)), [ON_THE_VAN], id="on the van"
        ),
        pytest.param(
            o.at_the_locker(o.TUESDAY, estimate=o.by(o.THURSDAY)), [READY], id="at the locker"
        ),
        pytest.param(
            o.handed_over(o.TUESDAY, estimate=o.by(o.THURSDAY)), [DELIVERED], id="delivered"
        ),
        pytest.param(
            o.nobody_home(o.TUESDAY, estimate=o.by(o.THURSDAY)), [NOBODY_HOME], id="the attempt"
        ),
    ],
)
def test_a_parcel_promised_for_wednesday_is_delayed_by(event: Event[Any], said: list[Kind]) -> None:
    assert o.kinds(m.shipped(o.WEDNESDAY).hears(event)) == said


def test_each_worse_day_is_told_once_against_the_one_told_before() -> None:
    order = m.shipped(o.TUESDAY)
    first = o.only(order.hears(o.slip(o.TUESDAY, o.by(o.WEDNESDAY))))
    order.learns(DELAYED)
    assert o.kinds(order.hears(o.slip(o.TUESDAY + o.HOUR, o.by(o.WEDNESDAY)))) == []
    second = o.only(order.hears(o.slip(o.WEDNESDAY, o.by(o.FRIDAY))))

    assert first.previous_estimate == o.by(o.TUESDAY)
    assert second.previous_estimate == o.by(o.WEDNESDAY)


def test_a_delay_that_still_waits_is_replaced_and_measured_against_what_was_read() -> None:
    order = m.shipped(o.TUESDAY)
    order.hears(o.slip(o.TUESDAY, o.by(o.WEDNESDAY)))
    first = order.id_of(DELAYED)

    decision = order.hears(o.slip(o.TUESDAY + o.HOUR, o.by(o.FRIDAY)))

    assert o.only(decision).previous_estimate == o.by(o.TUESDAY)
    assert [withdrawn.request_id for withdrawn in decision.withdraw] == [first]


def test_no_date_told_is_no_delay() -> None:
    assert o.kinds(m.shipped(None).hears(o.slip(o.TUESDAY, o.by(o.FRIDAY)))) == []


def test_a_date_told_with_the_order_counts_before_the_parcel_has_told_one() -> None:
    order = p.paid_order(estimate=o.by(o.TUESDAY))

    content = o.only(order.hears(o.label(o.MONDAY, estimate=o.by(o.THURSDAY))))

    assert (content.previous_estimate, content.estimate) == (o.by(o.TUESDAY), o.by(o.THURSDAY))


def test_a_date_that_waits_to_be_sent_with_the_order_was_not_told_yet() -> None:
    order = o.Order()
    order.hears(o.placed_and_paid(estimate=o.by(o.TUESDAY)))

    decision = order.hears(o.label(o.MONDAY + o.HOUR, estimate=o.by(o.THURSDAY)))

    assert DELAYED not in o.kinds(decision)
    assert OVERDUE not in o.kinds(order.looks(o.TUESDAY + EVENING))


def test_a_date_that_never_arrived_was_not_told() -> None:
    order = p.paid_order()
    order.hears(o.scan(o.MONDAY + o.HOUR, estimate=o.by(o.TUESDAY)))
    order.learns(SHIPPED, OutcomeStatus.FAILED)

    assert o.kinds(order.hears(o.slip(o.TUESDAY, o.by(o.FRIDAY)))) == []


def test_a_worse_day_after_a_failed_attempt_is_told_once_the_attempt_was() -> None:
    order = m.shipped(o.TUESDAY)
    order.hears(o.nobody_home(o.TUESDAY))
    assert o.kinds(order.hears(o.slip(o.TUESDAY + o.HOUR, o.by(o.THURSDAY)))) == []
    order.learns(NOBODY_HOME)

    assert o.kinds(order.looks(o.TUESDAY + o.HOUR)) == [DELAYED]


def test_a_worse_day_before_a_failed_attempt_is_overtaken_by_it() -> None:
    order = m.shipped(o.TUESDAY)
    order.hears(o.slip(o.TUESDAY, o.by(o.THURSDAY)), o.nobody_home(o.TUESDAY + o.HOUR))
    order.learns(NOBODY_HOME)

    assert o.kinds(order.looks(o.TUESDAY + o.HOUR)) == []


def test_a_cancelled_orders_parcel_is_not_delayed() -> None:
    order = m.shipped(o.TUESDAY)

    said = o.kinds(order.hears(o.cancelled(o.TUESDAY), o.slip(o.TUESDAY, o.by(o.FRIDAY))))

    assert said == [Kind.ORDER_CANCELLED]


def test_a_delay_promises_the_next_word_for_the_evening_of_the_new_day() -> None:
    content = o.only(m.shipped(o.TUESDAY).hears(o.slip(o.TUESDAY, o.by(o.THURSDAY))))

    assert content.next_update_by == o.THURSDAY + EVENING + o.HOUR


def test_a_delay_of_weeks_promises_a_word_before_that() -> None:
    content = o.only(m.shipped(o.TUESDAY).hears(o.slip(o.TUESDAY, o.by(o.MONDAY + 21 * o.DAY))))

    assert content.next_update_by is not None
    assert content.next_update_by < o.MONDAY + 8 * o.DAY


def test_a_slip_below_the_shops_threshold_is_not_told_and_its_day_is_waited_for() -> None:
    order = m.shipped(o.TUESDAY)
    order.policy = Policy(delay_days=2)
    p.heard(order, o.slip(o.MONDAY + 2 * o.HOUR, o.by(o.WEDNESDAY)))

    assert of_dates(order, 3, o.MONDAY + 3 * o.HOUR) == [(EIGHT_ON_WEDNESDAY, OVERDUE)]


def test_between_two_new_dates_a_day_passes_and_the_second_is_the_one_that_is_true_then() -> None:
    order = m.shipped(o.TUESDAY)
    p.heard(order, o.slip(o.MONDAY + 2 * o.HOUR, o.by(o.WEDNESDAY)))
    p.heard(order, o.slip(o.MONDAY + 3 * o.HOUR, o.by(o.THURSDAY)))
    p.heard(order, o.slip(o.MONDAY + 4 * o.HOUR, o.by(o.FRIDAY)))

    said = of_dates(order, 1.5, o.MONDAY + 4 * o.HOUR)

    assert said == [(o.TUESDAY + 2 * o.HOUR, DELAYED)]
    assert order.told.statements[order.id_of(DELAYED)].estimate == o.by(o.FRIDAY)


def test_a_slip_that_is_over_before_its_turn_is_never_told() -> None:
    order = m.shipped(o.TUESDAY)
    p.heard(order, o.slip(o.MONDAY + 2 * o.HOUR, o.by(o.WEDNESDAY)))
    p.heard(order, o.slip(o.MONDAY + 3 * o.HOUR, o.by(o.FRIDAY)))
    p.heard(order, o.slip(o.MONDAY + 4 * o.HOUR, o.by(o.WEDNESDAY)))

    assert of_dates(order, 1.5, o.MONDAY + 4 * o.HOUR) == []


def test_a_delay_that_is_over_before_it_was_sent_is_taken_back() -> None:
    order = m.shipped(o.TUESDAY)
    order.hears(o.slip(o.MONDAY + 2 * o.HOUR, o.by(o.FRIDAY)))
    first = order.id_of(DELAYED)

    decision = order.hears(o.slip(o.MONDAY + 3 * o.HOUR, o.by(o.TUESDAY)))

    assert decision.announce == ()
    assert [each.request_id for each in decision.withdraw] == [first]


def test_the_second_slip_says_so_and_asks_whether_to_wait_or_to_cancel() -> None:
    order = m.shipped(o.TUESDAY)
    first = o.only(order.hears(o.slip(o.TUESDAY, o.by(o.WEDNESDAY))))
    p.all_is_heard(order)
    second = o.only(order.hears(o.slip(o.WEDNESDAY, o.by(o.FRIDAY))))

    assert (first.occurrence, first.question) == (1, None)
    assert (second.occurrence, second.question) == (2, Question.WAIT_OR_CANCEL)


def answered(answer: Answer) -> o.Order:
    """An order whose customer was asked on Wednesday, and answered."""
    order = m.shipped(o.TUESDAY)
    p.heard(order, o.slip(o.TUESDAY, o.by(o.WEDNESDAY)), o.slip(o.WEDNESDAY, o.by(o.THURSDAY)))
    id_ = order.id_of(DELAYED)
    reply = o.replied(o.WEDNESDAY + o.HOUR, id_, Question.WAIT_OR_CANCEL, answer)
    assert order.hears(reply).announce == ()
    return order


def test_who_wants_to_wait_hears_of_the_next_slip() -> None:
    order = answered(Answer.WAIT)

    assert o.kinds(order.hears(o.slip(o.THURSDAY, o.by(o.FRIDAY)))) == [DELAYED]


def test_who_wants_to_cancel_hears_no_more_of_the_delay() -> None:
    order = answered(Answer.CANCEL)
    order.hears(o.slip(o.THURSDAY, o.by(o.FRIDAY)))

    said = m.days_of(order, 14, o.THURSDAY)

    assert {kind for _, kind in said} <= {Kind.ORDER_NO_NEWS}


def test_who_wanted_to_cancel_and_then_to_wait_hears_again() -> None:
    order = answered(Answer.CANCEL)
    reply = o.replied(
        o.WEDNESDAY + 2 * o.HOUR, order.id_of(DELAYED), Question.WAIT_OR_CANCEL, Answer.WAIT
    )
    order.hears(reply)

    assert o.kinds(order.hears(o.slip(o.THURSDAY, o.by(o.FRIDAY)))) == [DELAYED]


@pytest.mark.parametrize(
    ("told", "known", "said"),
    [
        pytest.param(o.FRIDAY, o.WEDNESDAY, [EARLIER], id="two days"),
        pytest.param(o.FRIDAY, o.THURSDAY, [EARLIER], id="a day"),
        pytest.param(o.FRIDAY, o.FRIDAY, [], id="the same day"),
        pytest.param(o.FRIDAY, o.MONDAY, [], id="a day that has passed is no news"),
    ],
)
def test_good_news_is_told_too(told: datetime, known: datetime, said: list[Kind]) -> None:
    order = m.shipped(told)

    decision = order.hears(o.slip(o.TUESDAY, o.by(known)))

    assert o.kinds(decision) == said
    if said:
        content = o.only(decision)
        assert (content.previous_estimate, content.estimate) == (o.by(told), o.by(known))


def test_good_news_below_the_shops_threshold_is_not_told() -> None:
    order = m.shipped(o.FRIDAY)
    order.policy = Policy(earlier_days=2)

    assert o.kinds(order.hears(o.slip(o.TUESDAY, o.by(o.THURSDAY)))) == []


def test_a_date_that_moves_back_and_forth_is_told_once_a_day() -> None:
    order = m.shipped(o.FRIDAY)
    far = o.MONDAY + 8 * o.DAY
    for hours in range(2, 30, 2):
        day = far if hours % 4 else o.FRIDAY
        p.heard(order, o.slip(o.MONDAY + hours * o.HOUR, o.by(day)))

    told = [each for _, each in order.told.newest_first() if each.kind in OF_DATES]

    assert [(each.kind, each.said_at) for each in told] == [
        (EARLIER, o.TUESDAY + 4 * o.HOUR),
        (DELAYED, o.MONDAY + 2 * o.HOUR),
    ]


def test_a_new_date_comes_before_the_word_that_there_is_no_news_of_it() -> None:
    order = m.shipped(o.TUESDAY)
    p.heard(order, o.slip(EIGHT_ON_TUESDAY + o.HOUR, o.by(o.WEDNESDAY)))
    p.heard(order, o.slip(o.WEDNESDAY - o.HOUR, o.by(o.FRIDAY)))
    promised = order.told.newest_first()[0][1].next_update_by
    assert promised is not None
    assert promised - LEAD == EIGHT_ON_WEDNESDAY, "within a day of the last date"

    said = m.days_of(order, 1, o.WEDNESDAY)

    assert [kind for _, kind in said] == [DELAYED]
    assert said[0][0] <= promised - LEAD


def test_the_same_day_is_told_again_when_another_was_told_in_between() -> None:
    order = m.shipped(o.WEDNESDAY)
    far = o.by(o.MONDAY + 9 * o.DAY)
    p.heard(order, o.slip(o.MONDAY + 2 * o.HOUR, far))
    p.heard(order, o.slip(o.TUESDAY + 2 * o.HOUR, o.by(o.FRIDAY)))
    p.heard(order, o.slip(o.WEDNESDAY + 2 * o.HOUR, far))

    assert [kind for kind in order.said if kind in OF_DATES] == [DELAYED, EARLIER, DELAYED]


def test_good_news_of_tomorrow_does_not_wait_its_turn() -> None:
    order = m.shipped(o.WEDNESDAY)
    p.heard(order, o.slip(o.TUESDAY, o.by(o.FRIDAY)))

    assert o.kinds(order.hears(o.slip(o.TUESDAY + o.HOUR, o.by(o.WEDNESDAY)))) == [EARLIER]


def test_a_gifts_recipient_hears_of_no_date_that_only_the_buyer_was_told() -> None:
    order = p.paid_order(estimate=o.by(o.TUESDAY), recipient=m.FRIEND)

    decision = order.hears(o.label(o.MONDAY + o.HOUR, estimate=o.by(o.FRIDAY)))

    (said,) = decision.announce
    assert said.request.content.audience is Audience.BUYER
    assert said.request.kind is DELAYED


def test_both_hear_of_a_delay_against_what_each_was_told_and_only_the_buyer_is_asked() -> None:
    order = m.shipped(o.TUESDAY, recipient=m.FRIEND)
    p.heard(order, o.slip(o.TUESDAY, o.by(o.WEDNESDAY)))
    order.hears(o.slip(o.WEDNESDAY, o.by(o.FRIDAY)))
    first, second = order.decisions[-1].announce

    assert {first.request.customer.id, second.request.customer.id} == {"C1", "C2"}
    questions = {each.request.content.question for each in (first, second)}
    assert questions == {Question.WAIT_OR_CANCEL, None}


def test_that_one_of_two_heard_of_a_delay_does_not_take_it_back_from_the_other() -> None:
    order = m.shipped(o.TUESDAY, recipient=m.FRIEND)
    first, second = order.hears(o.slip(o.TUESDAY, o.by(o.FRIDAY))).announce
    order.learns_of(first.id, DELAYED, OutcomeStatus.SENT)

    decision = order.looks(o.TUESDAY + o.HOUR)

    assert (decision.announce, decision.withdraw) == ((), ())
    assert order.told.statements[second.id].waiting


def test_an_incident_keeps_delays_quiet_and_after_it_only_what_is_still_true_is_said() -> None:
    order = m.shipped(o.TUESDAY)
    order.incidents = (m.outage(o.MONDAY + 2 * o.HOUR),)
    p.heard(order, o.slip(o.TUESDAY, o.by(o.WEDNESDAY)))
    during = of_dates(order, 1.4, o.TUESDAY)
    order.incidents = (m.over(order.incidents[0], o.THURSDAY),)
    p.heard(order, o.slip(o.THURSDAY, o.by(o.FRIDAY)))

    after = m.days_of(order, 0.2, o.THURSDAY)

    assert during == []
    assert Kind.INCIDENT_SOLVED in order.said
    assert after == []
    assert o.kinds(order.hears(o.slip(o.THURSDAY + 5 * o.HOUR, o.by(o.MONDAY + 7 * o.DAY)))) == [
        DELAYED
    ]


def test_no_delay_is_told_while_the_day_told_may_still_come_by_the_next_channel() -> None:
    order = p.paid_order(estimate=o.by(o.TUESDAY))
    shipped_at = o.MONDAY + o.HOUR
    order.hears(o.scan(shipped_at, estimate=o.by(o.THURSDAY)))
    order.learns(SHIPPED, OutcomeStatus.FAILED)

    decision = order.looks(shipped_at + timedelta(minutes=5))

    assert (o.kinds(decision), decision.withdraw) == ([], ())
    assert decision.next_look_at == shipped_at + o.HOUR
    assert o.kinds(order.looks(shipped_at + o.HOUR)) == [DELAYED]
