"""A parcel that nobody scans."""

from datetime import datetime
from typing import Any

import pytest

from headsup.contracts.catalogue import Kind
from headsup.contracts.envelope import Event
from headsup.contracts.replies import Answer, Question
from headsup.shops.policy import Policy
from tests.unit.services.order_events import mishaps as m
from tests.unit.services.order_events import orders as o
from tests.unit.services.order_events import parcels as p

STALLED, NOT_SCANNED = Kind.SHIPMENT_STALLED, Kind.SHIPMENT_NOT_SCANNED
OVERDUE, LATE = Kind.SHIPMENT_OVERDUE, Kind.DISPATCH_LATE
SATURDAY = o.FRIDAY + o.DAY
NEXT_MONDAY = o.MONDAY + 7 * o.DAY


def when(order: o.Order, kind: Kind, days: float, since: datetime) -> list[datetime]:
    """When this is said while nothing happens."""
    return [at for at, said in m.days_of(order, days, since) if said is kind]


def test_a_parcel_that_nobody_scans_for_three_working_days_is_said_to_stand_still() -> None:
    order = m.shipped(None)

    said = when(order, STALLED, 4, o.MONDAY + 2 * o.HOUR)

    assert said == [o.THURSDAY + o.HOUR]


@pytest.mark.parametrize(
    ("policy", "moment"),
    [
        pytest.param(Policy(), NEXT_MONDAY, id="a weekend does not count"),
        pytest.param(
            Policy(holidays=frozenset({o.FRIDAY.date()})),
            NEXT_MONDAY + o.DAY,
            id="nor does a holiday",
        ),
        pytest.param(Policy(working_days=frozenset(range(7))), SATURDAY, id="where it is worked"),
        pytest.param(Policy(stalled_days=1), o.THURSDAY, id="the shop says how many days"),
    ],
)
def test_days_without_a_scan_are_the_shops_working_days(policy: Policy, moment: datetime) -> None:
    order = m.shipped(None)
    order.policy = policy
    p.heard(order, o.scan(o.WEDNESDAY))

    assert when(order, STALLED, 7, o.WEDNESDAY)[:1] == [moment]


def test_a_scan_starts_afresh() -> None:
    order = m.shipped(None)
    p.heard(order, o.scan(o.WEDNESDAY))

    assert when(order, STALLED, 1, o.THURSDAY) == []


def test_a_standstill_is_told_three_times_at_most_and_asks_from_the_second_time_on() -> None:
    order = m.shipped(None)

    assert len(when(order, STALLED, 40, o.MONDAY + 2 * o.HOUR)) == 3

    told = [each for _, each in order.told.newest_first() if each.kind is STALLED]
    asks = Question.WAIT_OR_CANCEL
    assert [(each.occurrence, each.question) for each in told] == [(3, asks), (2, asks), (1, None)]


def test_who_wants_to_wait_is_not_asked_again_while_the_parcel_stands() -> None:
    order = m.shipped(None)
    when(order, STALLED, 8, o.MONDAY + 2 * o.HOUR)
    asked = order.id_of(STALLED)
    order.hears(o.replied(o.MONDAY + 9 * o.DAY, asked, Question.WAIT_OR_CANCEL, Answer.WAIT))

    assert len(when(order, STALLED, 20, o.MONDAY + 9 * o.DAY)) == 1
    assert order.told.statements[order.id_of(STALLED)].question is None


def test_who_wants_to_cancel_hears_no_more_of_the_standstill() -> None:
    order = m.shipped(None)
    when(order, STALLED, 8, o.MONDAY + 2 * o.HOUR)
    asked = order.id_of(STALLED)
    order.hears(o.replied(o.MONDAY + 9 * o.DAY, asked, Question.WAIT_OR_CANCEL, Answer.CANCEL))

    assert when(order, STALLED, 20, o.MONDAY + 9 * o.DAY) == []


def test_stalled_says_where_it_was_seen_and_the_day_that_may_still_be_true() -> None:
    order = m.shipped(o.MONDAY + 11 * o.DAY)
    p.heard(order, o.scan(o.TUESDAY, place="Dnipro"))

    content = o.only(order.looks(o.FRIDAY))

    assert (content.seen_at, content.seen_in) == (o.TUESDAY, "Dnipro")
    assert content.estimate == o.by(o.MONDAY + 11 * o.DAY)


def test_a_scan_that_names_no_place_does_not_place_the_parcel_where_it_was_before() -> None:
    order = m.shipped(None)
    p.heard(order, o.scan(o.TUESDAY, place="Dnipro"), o.scan(o.TUESDAY + o.HOUR))

    assert o.only(order.looks(o.FRIDAY + o.HOUR)).seen_in is None


@pytest.mark.parametrize(
    "events",
    [
        pytest.param([o.handed_over(o.TUESDAY)], id="delivered"),
        pytest.param([o.at_the_locker(o.TUESDAY)], id="waiting"),
        pytest.param([p.lose(o.TUESDAY)], id="lost"),
        pytest.param([p.send_back(o.TUESDAY)], id="on its way back"),
        pytest.param([m.damage(o.TUESDAY), o.scan(o.TUESDAY + o.HOUR)], id="damaged"),
        pytest.param([m.unclear_address(o.TUESDAY)], id="without an address"),
        pytest.param([m.duty(o.TUESDAY)], id="at customs"),
        pytest.param([o.cancelled(o.TUESDAY)], id="cancelled"),
        pytest.param([o.cancelled(o.TUESDAY), o.scan(o.TUESDAY + o.HOUR)], id="travelling on"),
    ],
)
def test_a_parcel_does_not_stand_still_that_is(events: list[Event[Any]]) -> None:
    order = m.shipped(None)
    p.heard(order, *events)

    assert when(order, STALLED, 20, o.TUESDAY + 2 * o.HOUR) == []


def test_a_standstill_is_the_word_that_was_promised_for_its_evening() -> None:
    """Two working days after eight in the evening are eight in the evening, and for six of that
    evening the overdue message had promised a word: one is said, not two."""
    order = m.shipped(o.TUESDAY)
    order.policy = Policy(stalled_days=2)

    said = m.days_of(order, 3.5, o.MONDAY + 2 * o.HOUR)

    eight, five = o.TUESDAY + 9 * o.HOUR, o.THURSDAY + 6 * o.HOUR
    assert said == [(eight, OVERDUE), (five, STALLED)]


def test_a_standstill_that_was_promised_a_word_on_another_day_keeps_its_hour() -> None:
    order = m.shipped(o.TUESDAY)

    said = m.days_of(order, 4.5, o.MONDAY + 2 * o.HOUR)

    no_news = o.THURSDAY + 6 * o.HOUR, Kind.ORDER_NO_NEWS
    assert said[1:] == [no_news, (o.FRIDAY + 9 * o.HOUR, STALLED)]


def test_a_parcel_that_customs_let_go_has_three_days_from_then() -> None:
    order = m.shipped(None)
    p.heard(order, m.duty(o.TUESDAY), m.duty_paid(o.WEDNESDAY))

    assert when(order, STALLED, 8, o.WEDNESDAY)[:1] == [NEXT_MONDAY]


def test_a_delay_that_was_told_explains_the_silence_of_the_next_days() -> None:
    order = m.shipped(o.WEDNESDAY)
    p.heard(order, o.slip(o.WEDNESDAY, o.by(NEXT_MONDAY + 7 * o.DAY)))

    assert when(order, STALLED, 8, o.WEDNESDAY)[:1] == [NEXT_MONDAY]


def test_on_the_day_on_which_a_parcel_is_overdue_only_that_is_said() -> None:
    order = m.shipped(o.THURSDAY)

    said = m.days_of(order, 3.5, o.MONDAY + 2 * o.HOUR)

    kinds = [kind for _, kind in said if kind in (STALLED, OVERDUE)]
    assert kinds == [OVERDUE]


def test_a_standstill_that_was_not_sent_yet_is_taken_back_by_a_scan() -> None:
    order = m.shipped(None)
    order.looks(o.THURSDAY + o.HOUR)
    waiting = order.id_of(STALLED)

    decision = order.hears(o.scan(o.THURSDAY + 2 * o.HOUR))

    assert [each.request_id for each in decision.withdraw] == [waiting]
    assert decision.announce == ()


def test_while_an_incident_goes_on_nothing_stands_still_and_the_days_count_from_its_end() -> None:
    order = m.shipped(None)
    order.incidents = (m.outage(o.MONDAY + 2 * o.HOUR),)
    during = when(order, STALLED, 3.5, o.MONDAY + 3 * o.HOUR)
    order.incidents = (m.over(order.incidents[0], o.FRIDAY),)

    assert during == []
    assert when(order, STALLED, 6, o.FRIDAY) == [o.WEDNESDAY + 7 * o.DAY]


def test_the_trouble_of_another_carrier_explains_no_standstill() -> None:
    order = m.shipped(None)
    order.incidents = (m.over(m.outage(o.MONDAY + 2 * o.HOUR, "Another"), o.THURSDAY),)

    assert when(order, STALLED, 4, o.MONDAY + 3 * o.HOUR) != []


def labelled(at: datetime, policy: Policy | None = None, **what: object) -> o.Order:
    """A paid order whose parcel has a label."""
    order = p.paid_order(**what)
    order.policy = policy or order.policy
    p.heard(order, o.label(at, carrier="Nova Poshta"))
    return order


def test_a_parcel_that_is_registered_and_not_scanned_for_two_days_is_told_once() -> None:
    order = labelled(o.TUESDAY)

    assert when(order, NOT_SCANNED, 20, o.TUESDAY) == [o.THURSDAY]


@pytest.mark.parametrize(
    ("labelled_at", "policy", "moment"),
    [
        pytest.param(o.TUESDAY, Policy(unscanned_hours=24), o.WEDNESDAY, id="as the shop says"),
        pytest.param(o.FRIDAY, Policy(), NEXT_MONDAY, id="not at a weekend"),
        pytest.param(
            o.TUESDAY,
            Policy(holidays=frozenset({o.THURSDAY.date()})),
            o.FRIDAY,
            id="nor on a holiday",
        ),
    ],
)
def test_the_hours_after_the_label_are(
    labelled_at: datetime, policy: Policy, moment: datetime
) -> None:
    order = labelled(labelled_at, policy)

    assert when(order, NOT_SCANNED, 8, labelled_at) == [moment]


def test_a_parcel_whose_dispatch_was_promised_is_late_or_in_time_and_not_forgotten() -> None:
    order = labelled(o.MONDAY, dispatch_by=o.FRIDAY)

    said = m.days_of(order, 6, o.MONDAY)

    assert NOT_SCANNED not in {kind for _, kind in said}
    assert LATE in {kind for _, kind in said}


@pytest.mark.parametrize(
    ("days", "said"),
    [
        pytest.param(1, [LATE], id="the late dispatch, where the shop's usual days end first"),
        pytest.param(30, [NOT_SCANNED], id="the missing scan, where they end much later"),
    ],
)
def test_of_an_order_without_a_date_is_told(days: int, said: list[Kind]) -> None:
    order = labelled(o.MONDAY, Policy(dispatch_days=days, dispatch_notices=1))

    kinds = [kind for _, kind in m.days_of(order, 4, o.MONDAY)]

    assert [kind for kind in kinds if kind in (LATE, NOT_SCANNED)] == said


def test_a_second_parcel_that_stays_behind_is_told_when_the_promised_dispatch_has_passed() -> None:
    order = labelled(o.MONDAY, dispatch_by=o.FRIDAY)
    p.heard(order, o.scan(o.TUESDAY, "S2"))

    assert when(order, NOT_SCANNED, 8, o.TUESDAY) == [o.FRIDAY]


def test_a_scan_takes_back_that_there_was_none() -> None:
    order = labelled(o.TUESDAY)
    order.looks(o.THURSDAY)

    decision = order.hears(o.scan(o.THURSDAY + o.HOUR))

    assert o.kinds(decision) == [Kind.SHIPMENT_SHIPPED]
    assert len(decision.withdraw) == 1


def test_another_scan_begins_another_standstill_in_one_look() -> None:
    order = o.Order()
    order.hears(o.placed_and_paid(), o.scan(o.MONDAY))
    order.learns(Kind.SHIPMENT_SHIPPED)
    order.looks(NEXT_MONDAY)

    decision = order.hears(o.scan(o.MONDAY + o.HOUR), at=NEXT_MONDAY)

    assert o.kinds(decision) == [Kind.SHIPMENT_STALLED]
    assert o.kinds(order.looks(NEXT_MONDAY)) == []


@pytest.mark.parametrize(
    "afterwards",
    [
        pytest.param([o.placed_and_paid(o.FRIDAY)], id="placed"),
        pytest.param([o.placed(o.MONDAY), o.pay(o.FRIDAY)], id="paid for"),
    ],
)
def test_a_label_from_before_the_order_is_not_missed_as_soon_as_the_order_is_accepted(
    afterwards: list[Event[Any]],
) -> None:
    order = o.Order()

    decision = order.hears(o.label(o.MONDAY - o.DAY), *afterwards)

    assert o.kinds(decision) == [Kind.ORDER_CONFIRMED]
    assert when(order, NOT_SCANNED, 8, o.FRIDAY) == [NEXT_MONDAY]
