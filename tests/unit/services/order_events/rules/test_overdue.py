"""A parcel that did not come on the days told."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from headsup.contracts.catalogue import Kind
from headsup.contracts.envelope import Event
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


def test_a_parcel_that_has_not_come_by_the_evening_of_the_day_told_is_overdue_once() -> None:
    order = m.shipped(o.TUESDAY)

    assert of_dates(order, 2, o.MONDAY + 2 * o.HOUR) == [(EIGHT_ON_TUESDAY, OVERDUE)]


def test_a_van_that_is_heard_of_a_day_late_speaks_first() -> None:
    order = m.shipped(o.TUESDAY)

    decision = order.hears(o.on_the_van(o.TUESDAY + EVENING), at=o.WEDNESDAY - 10 * o.HOUR)

    assert o.kinds(decision) == [Kind.SHIPMENT_OUT_FOR_DELIVERY]
    assert order.looks(o.WEDNESDAY - 10 * o.HOUR).announce == ()


def test_overdue_says_what_was_told_and_where_the_parcel_was_seen() -> None:
    order = m.shipped(o.TUESDAY)
    p.heard(order, o.scan(o.TUESDAY, place="Dnipro"))

    content = o.only(order.looks(EIGHT_ON_TUESDAY))

    assert content.previous_estimate == o.by(o.TUESDAY)
    assert (content.seen_at, content.seen_in) == (o.TUESDAY, "Dnipro")
    assert content.estimate is None


@pytest.mark.parametrize(
    "events",
    [
        pytest.param([o.on_the_van(o.TUESDAY)], id="out for delivery"),
        pytest.param([o.at_the_locker(o.TUESDAY)], id="waiting"),
        pytest.param([o.nobody_home(o.TUESDAY)], id="attempted"),
        pytest.param([o.handed_over(o.TUESDAY)], id="delivered"),
        pytest.param([p.lose(o.TUESDAY)], id="lost"),
        pytest.param([p.send_back(o.TUESDAY)], id="on its way back"),
        pytest.param([o.cancelled(o.TUESDAY)], id="cancelled"),
        pytest.param([o.slip(o.TUESDAY, o.by(o.FRIDAY))], id="expected on another day"),
        pytest.param([m.unclear_address(o.TUESDAY)], id="without an address"),
        pytest.param([m.duty(o.TUESDAY)], id="at customs"),
    ],
)
def test_a_parcel_is_not_overdue_that_is(events: list[Event[Any]]) -> None:
    order = m.shipped(o.TUESDAY)
    p.heard(order, *events)

    assert OVERDUE not in o.kinds(order.looks(EIGHT_ON_TUESDAY))


def test_a_van_of_yesterday_is_back_and_the_parcel_is_overdue() -> None:
    order = m.shipped(o.TUESDAY)
    p.heard(order, o.on_the_van(o.MONDAY + 2 * o.HOUR))

    assert (EIGHT_ON_TUESDAY, OVERDUE) in of_dates(order, 2, o.MONDAY + 3 * o.HOUR)


def test_an_overdue_parcel_that_gets_a_new_day_is_delayed_and_overdue_again_when_that_passes() -> (
    None
):
    order = m.shipped(o.TUESDAY)
    of_dates(order, 0, EIGHT_ON_TUESDAY)
    new_day = o.slip(EIGHT_ON_TUESDAY + o.HOUR, o.by(o.THURSDAY))

    content = o.only(order.hears(new_day))
    p.all_is_heard(order)

    assert (content.previous_estimate, content.estimate) == (o.by(o.TUESDAY), o.by(o.THURSDAY))
    said = of_dates(order, 2, o.WEDNESDAY)
    assert said == [(o.THURSDAY + EVENING, OVERDUE)]
    assert order.told.statements[order.id_of(OVERDUE)].occurrence == 2


def test_an_overdue_message_that_waits_for_the_morning_makes_room_for_a_new_day() -> None:
    order = m.shipped(o.TUESDAY)
    order.looks(EIGHT_ON_TUESDAY)
    waiting = order.id_of(OVERDUE)

    decision = order.hears(o.slip(EIGHT_ON_TUESDAY + o.HOUR, o.by(o.THURSDAY)))

    assert o.kinds(decision) == [DELAYED]
    assert [each.request_id for each in decision.withdraw] == [waiting]


def test_an_overdue_message_that_waits_for_the_morning_is_taken_back_when_the_parcel_comes() -> (
    None
):
    order = m.shipped(o.TUESDAY)
    order.looks(EIGHT_ON_TUESDAY)

    decision = order.hears(o.handed_over(EIGHT_ON_TUESDAY + o.HOUR))

    assert o.kinds(decision) == [DELIVERED]
    assert len(decision.withdraw) == 1


def test_overdue_is_told_however_late_we_look() -> None:
    order = m.shipped(o.TUESDAY)

    assert OVERDUE in o.kinds(order.looks(EIGHT_ON_TUESDAY + 3 * o.DAY))


def test_of_a_parcel_that_has_not_left_the_late_dispatch_is_the_news() -> None:
    order = p.paid_order(
        o.label(o.MONDAY + o.HOUR), estimate=o.by(o.TUESDAY), dispatch_by=o.TUESDAY
    )

    said = m.days_of(order, 4, o.MONDAY + 2 * o.HOUR)

    assert OVERDUE not in {kind for _, kind in said}
    assert Kind.DISPATCH_LATE in {kind for _, kind in said}


def test_a_parcel_that_has_not_left_is_overdue_where_no_dispatch_was_promised() -> None:
    order = p.paid_order(o.label(o.MONDAY + o.HOUR), estimate=o.by(o.TUESDAY))

    assert of_dates(order, 2, o.MONDAY + 2 * o.HOUR) == [(EIGHT_ON_TUESDAY, OVERDUE)]


def test_the_evening_is_that_of_where_the_parcel_goes() -> None:
    friend = msgspec.structs.replace(m.FRIEND, time_zone="America/New_York")
    order = m.shipped(o.TUESDAY, recipient=friend)

    said = of_dates(order, 2, o.MONDAY + 2 * o.HOUR)

    assert {at for at, _ in said} == {o.WEDNESDAY - 8 * o.HOUR}


def test_after_an_incident_a_parcel_has_until_the_next_working_evening() -> None:
    order = m.shipped(o.TUESDAY)
    order.incidents = (m.outage(o.MONDAY + 2 * o.HOUR),)
    m.days_of(order, 2, o.MONDAY + 3 * o.HOUR)
    order.incidents = (m.over(order.incidents[0], o.THURSDAY),)

    said = of_dates(order, 3, o.THURSDAY)

    assert said == [(o.FRIDAY + EVENING, OVERDUE)]


def test_the_trouble_of_another_carrier_puts_nothing_off() -> None:
    order = m.shipped(o.THURSDAY)
    order.hears(o.scan(o.MONDAY + o.HOUR, "S2", carrier="DPD"))
    p.all_is_heard(order)
    order.incidents = (m.outage(o.MONDAY + 2 * o.HOUR, "DPD"),)
    m.days_of(order, 1, o.MONDAY + 3 * o.HOUR)
    order.incidents = (m.over(order.incidents[0], o.THURSDAY),)

    said = m.days_of(order, 2, o.THURSDAY)

    assert (o.THURSDAY + EVENING, OVERDUE) in said


def test_the_shops_own_trouble_does_not_put_off_what_a_carrier_has() -> None:
    order = m.shipped(o.THURSDAY)
    order.hears(o.label(o.MONDAY + o.HOUR, "S2"))
    order.incidents = (m.outage(o.MONDAY + 2 * o.HOUR, None),)
    m.days_of(order, 1, o.MONDAY + 3 * o.HOUR)
    order.incidents = (m.over(order.incidents[0], o.THURSDAY),)

    assert (o.THURSDAY + EVENING, OVERDUE) in m.days_of(order, 2, o.THURSDAY)


def test_what_is_told_late_lives_long_enough_to_be_sent() -> None:
    order = m.shipped(o.TUESDAY)

    decision = order.looks(EIGHT_ON_TUESDAY + 23 * o.HOUR)

    (said,) = (each for each in decision.announce if each.request.kind is OVERDUE)
    assert said.request.expires_at > EIGHT_ON_TUESDAY + 26 * o.HOUR


def test_a_late_dispatch_that_is_told_at_once_speaks_for_a_parcel_that_has_not_left() -> None:
    order = p.paid_order(dispatch_by=o.TUESDAY, estimate=o.by(o.WEDNESDAY))
    late = o.MONDAY + 57 * o.HOUR

    first = order.hears(m.clear_address(o.MONDAY), at=late)
    again = order.looks(late)

    assert o.kinds(first) == [Kind.DISPATCH_LATE]
    assert (again.announce, again.withdraw) == ((), ())
