"""An order that should have left the shop and has not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from headsup.contracts.catalogue import CATALOGUE, Kind
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import Content, Reason
from headsup.contracts.replies import Answer, Question
from headsup.contracts.shop import IncidentScope, PaymentState
from headsup.shops.policy import DEFAULT, Policy
from services.order_events.incidents import Incident
from services.order_events.promises import LEAD
from services.order_events.reconcile import Decision
from tests.unit.services.order_events import orders as o

LATE = Kind.DISPATCH_LATE
PROMISED = o.placed_and_paid(dispatch_by=o.TUESDAY)


def waiting_order(*events: Event[Any], policy: Policy = DEFAULT) -> o.Order:
    order = o.Order(policy)
    order.hears(*(events or [PROMISED]), at=o.MONDAY)
    return order


def late(decision: Decision) -> Content:
    """What the notice says, which is among what is said."""
    (said,) = (each for each in decision.announce if each.request.kind is LATE)
    return said.request.content


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


def test_the_promise_that_passes_is_kept_twice_more_and_then_the_watchdog_keeps_it() -> None:
    order = waiting_order()
    first = o.only(order.looks(o.TUESDAY))
    assert first.next_update_by is not None
    assert LATE not in o.kinds(order.looks(first.next_update_by - 2 * o.HOUR))

    second = late(order.looks(first.next_update_by))
    assert second.next_update_by is not None
    third = late(order.looks(second.next_update_by))

    assert [first.occurrence, second.occurrence, third.occurrence] == [1, 2, 3]
    assert second.dispatch_by == third.dispatch_by == o.TUESDAY
    assert third.next_update_by is not None
    assert third.next_update_by > second.next_update_by
    assert LATE not in o.kinds(order.looks(o.MONDAY + 30 * o.DAY))


@pytest.mark.parametrize("notices", [1, 2])
def test_a_shop_says_how_often_a_missed_date_is_told(notices: int) -> None:
    order = waiting_order(policy=Policy(dispatch_notices=notices))
    for day in range(1, 30):
        order.looks(o.MONDAY + day * o.DAY)

    assert order.said.count(LATE) == notices


def test_the_next_word_is_promised_for_a_day_on_which_the_shop_works() -> None:
    policy = Policy(working_days=frozenset(range(6)), holidays=frozenset({o.THURSDAY.date()}))
    order = waiting_order(policy=policy)

    assert late(order.looks(o.TUESDAY)).next_update_by == o.FRIDAY


def test_a_shop_that_never_works_promises_all_the_same() -> None:
    order = waiting_order(policy=Policy(working_days=frozenset()))

    assert late(order.looks(o.TUESDAY)).next_update_by == o.THURSDAY


def test_the_watchdog_leaves_the_word_to_the_first_notice() -> None:
    order = waiting_order()
    order.learns(Kind.ORDER_CONFIRMED)

    said = [o.kinds(order.looks(o.TUESDAY - moment)) for moment in (LEAD, timedelta(0))]

    assert said == [[], [LATE]]


ASKS = Question.WAIT_OR_CANCEL


def asked_order() -> o.Order:
    """An order that missed Tuesday, and was asked about it on Thursday."""
    order = waiting_order()
    order.looks(o.TUESDAY)
    order.looks(o.THURSDAY)
    order.learns(LATE)
    return order


def test_from_the_second_notice_on_the_customer_may_choose() -> None:
    order = waiting_order()

    assert late(order.looks(o.TUESDAY)).question is None
    assert late(order.looks(o.THURSDAY)).question is ASKS
    assert late(order.looks(o.FRIDAY + 7 * o.DAY)).question is ASKS


def test_who_wants_to_wait_is_told_again_and_not_asked_again() -> None:
    order = asked_order()
    order.hears(o.replied(o.FRIDAY, order.id_of(LATE), ASKS, Answer.WAIT))

    third = late(order.looks(o.MONDAY + 7 * o.DAY))

    assert (third.occurrence, third.question) == (3, None)


def test_who_wants_to_cancel_hears_nothing_more_until_the_shop_cancels() -> None:
    order = asked_order()
    order.hears(o.replied(o.FRIDAY, order.id_of(LATE), ASKS, Answer.CANCEL))

    for day in range(5, 20):
        assert LATE not in o.kinds(order.looks(o.MONDAY + day * o.DAY))
    decision = order.hears(o.cancelled(o.MONDAY + 20 * o.DAY))
    assert o.kinds(decision) == [Kind.ORDER_CANCELLED]


@pytest.mark.parametrize(
    ("to_the_second", "to_the_third", "is_told"),
    [
        pytest.param(Answer.CANCEL, Answer.WAIT, False, id="cancel"),
        pytest.param(Answer.WAIT, Answer.CANCEL, True, id="wait"),
    ],
)
def test_the_last_answer_counts(to_the_second: Answer, to_the_third: Answer, is_told: bool) -> None:
    order = waiting_order(policy=Policy(dispatch_notices=4))
    ids = []
    for day in (o.TUESDAY, o.THURSDAY, o.MONDAY + 7 * o.DAY):
        order.looks(day)
        order.learns(LATE)
        ids.append(order.id_of(LATE))
    order.hears(
        o.replied(o.MONDAY + 7 * o.DAY + o.HOUR, ids[2], ASKS, to_the_third),
        o.replied(o.MONDAY + 7 * o.DAY + 2 * o.HOUR, ids[1], ASKS, to_the_second),
    )

    assert (LATE in o.kinds(order.looks(o.MONDAY + 10 * o.DAY))) is is_told


def test_who_waited_for_one_date_is_asked_again_when_the_next_is_missed_twice() -> None:
    order = asked_order()
    order.hears(o.replied(o.THURSDAY + o.HOUR, order.id_of(LATE), ASKS, Answer.WAIT))
    order.hears(o.confirmed(o.THURSDAY + 2 * o.HOUR, dispatch_by=o.FRIDAY))

    assert late(order.looks(o.FRIDAY)).question is None
    assert late(order.looks(o.TUESDAY + 7 * o.DAY)).question is ASKS


def outage(resolved_at: datetime | None = None, **what: Any) -> Incident:
    said: dict[str, Any] = {"id": "I1", "scope": IncidentScope.SHOP, "opened_at": o.MONDAY}
    return Incident(**(said | what), resolved_at=resolved_at)


def test_while_the_shop_has_an_outage_nothing_is_said_of_a_missed_date() -> None:
    order = waiting_order()
    order.incidents = (outage(),)

    assert LATE not in o.kinds(order.looks(o.TUESDAY))


def test_a_date_missed_during_an_outage_is_told_when_it_is_over_however_long_it_was() -> None:
    order = waiting_order()
    order.incidents = (outage(resolved_at=o.MONDAY + 9 * o.DAY),)

    assert LATE in o.kinds(order.looks(o.MONDAY + 9 * o.DAY))


def test_a_date_missed_during_an_outage_that_nobody_ended_is_told_in_the_end() -> None:
    order = waiting_order()
    order.incidents = (outage(until=o.MONDAY + 4 * o.DAY),)

    decision = order.looks(o.MONDAY + 4 * o.DAY)
    assert LATE not in o.kinds(decision)
    assert decision.next_look_at is not None
    assert decision.next_look_at <= o.MONDAY + 5 * o.DAY
    assert LATE in o.kinds(order.looks(o.MONDAY + 5 * o.DAY))


@pytest.mark.parametrize(
    ("events", "is_told"),
    [
        pytest.param([], True, id="before a carrier is known"),
        pytest.param([o.label(o.MONDAY, carrier="nova poshta")], False, id="with its label"),
        pytest.param([o.label(o.MONDAY, carrier="Meest")], True, id="with another's label"),
    ],
)
def test_an_outage_of_a_carrier_explains_only_what_that_carrier_is_to_bring(
    events: list[Event[Any]], is_told: bool
) -> None:
    order = waiting_order(PROMISED, *events)
    order.incidents = (outage(scope=IncidentScope.CARRIER, carrier="Nova Poshta"),)

    assert (LATE in o.kinds(order.looks(o.TUESDAY))) is is_told


def test_a_notice_comes_in_time_to_keep_the_promise_of_the_one_before() -> None:
    order = waiting_order()
    order.looks(o.TUESDAY)
    order.learns(LATE)

    assert o.kinds(order.looks(o.THURSDAY - 2 * o.HOUR)) == []
    assert o.kinds(order.looks(o.THURSDAY - o.HOUR)) == [LATE]


def test_a_promised_word_is_kept_however_late_we_look() -> None:
    order = waiting_order()
    order.looks(o.TUESDAY)

    assert o.only(order.looks(o.MONDAY + 20 * o.DAY)).occurrence == 2


def test_a_date_missed_long_ago_is_old_news_when_nobody_was_told_in_time() -> None:
    order = waiting_order()

    decision = order.looks(o.TUESDAY + CATALOGUE[LATE].time_to_live + o.HOUR)

    assert decision.announce == ()
    assert (LATE, Reason.STALE) in {(u.kind, u.reason) for u in decision.unsaid}


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


def test_a_date_that_had_passed_before_the_money_came_was_no_promise() -> None:
    order = waiting_order(o.placed(dispatch_by=o.TUESDAY))

    assert o.kinds(order.hears(o.pay(o.WEDNESDAY))) == [Kind.ORDER_CONFIRMED]


def test_an_order_without_a_date_is_not_late() -> None:
    order = waiting_order(o.placed_and_paid())

    assert LATE not in o.kinds(order.looks(o.FRIDAY))


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
    assert LATE not in o.kinds(decision)
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
