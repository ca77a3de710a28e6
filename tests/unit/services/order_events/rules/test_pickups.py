"""A parcel that waits to be fetched."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from headsup.contracts.base import PickupPoint
from headsup.contracts.catalogue import Kind
from headsup.contracts.envelope import Event
from headsup.shops.policy import Policy
from tests.unit.services.order_events import orders as o
from tests.unit.services.order_events import parcels as p

READY, REMINDER, LAST_DAY = (
    Kind.SHIPMENT_READY_FOR_PICKUP,
    Kind.PICKUP_REMINDER,
    Kind.PICKUP_LAST_DAY,
)
LOCKER = PickupPoint(name="Locker 5", address="Khreshchatyk 1", code="4711")


def until(day: datetime) -> PickupPoint:
    return msgspec.structs.replace(LOCKER, hold_until=day.date())


def waits(*events: Event[Any], hold_until: datetime = o.FRIDAY) -> o.Order:
    """Since Monday it waits in a locker, until Friday."""
    return p.paid_order(o.at_the_locker(o.MONDAY, pickup=until(hold_until)), *events)


def morning(day: datetime) -> datetime:
    """Nine o'clock in Kyiv."""
    return day.replace(hour=7)


def days_on_which(kind: Kind, order: o.Order, days: int = 20) -> list[date]:
    """Looks every hour, and every message arrives at once."""
    found = []
    for hour in range(1, days * 24):
        at = o.MONDAY + hour * o.HOUR
        if kind in o.kinds(order.looks(at)):
            found.append(at.date())
        p.all_is_heard(order)
    return found


def test_ready_for_pickup_says_where_by_which_code_and_until_when() -> None:
    order = p.paid_order()

    assert o.only(order.hears(o.at_the_locker(o.MONDAY, pickup=until(o.FRIDAY)))).pickup == until(
        o.FRIDAY
    )


def test_ready_for_pickup_names_no_last_day_that_the_carrier_did_not() -> None:
    pickup = o.only(p.paid_order().hears(o.at_the_locker(o.MONDAY, pickup=LOCKER))).pickup

    assert pickup == LOCKER


@pytest.mark.parametrize(
    ("hold_until", "next_word"),
    [
        pytest.param(o.FRIDAY, morning(o.WEDNESDAY) + o.HOUR, id="half of the time"),
        pytest.param(o.WEDNESDAY, morning(o.TUESDAY) + o.HOUR, id="the day between"),
        pytest.param(o.TUESDAY, morning(o.TUESDAY) + o.HOUR, id="the last day"),
    ],
)
def test_ready_for_pickup_promises_the_reminder(hold_until: datetime, next_word: datetime) -> None:
    event = o.at_the_locker(o.MONDAY, pickup=until(hold_until))

    assert o.only(p.paid_order().hears(event)).next_update_by == next_word


def test_half_of_the_time_and_the_last_day_are_told_in_the_morning_with_the_last_day() -> None:
    order = waits()

    assert o.kinds(order.looks(morning(o.WEDNESDAY) - timedelta(minutes=1))) == []
    half = o.only(order.looks(morning(o.WEDNESDAY)))
    p.all_is_heard(order)
    last = o.only(order.looks(morning(o.FRIDAY)))

    assert order.said[-2:] == [REMINDER, LAST_DAY]
    assert half.pickup == last.pickup == until(o.FRIDAY)
    assert half.next_update_by == morning(o.FRIDAY) + o.HOUR


def test_each_is_told_once() -> None:
    assert days_on_which(REMINDER, waits()) == [o.WEDNESDAY.date()]
    assert days_on_which(LAST_DAY, waits()) == [o.FRIDAY.date()]


@pytest.mark.parametrize(
    ("carrier", "half", "last"), [("Meest", 1, 3), ("meest", 1, 3), ("Nova Poshta", 2, 5)]
)
def test_a_shop_knows_how_long_its_carriers_keep_a_parcel(
    carrier: str, half: int, last: int
) -> None:
    order = p.paid_order()
    order.policy = Policy(holding_days={"Meest": 3}, usual_holding_days=5)
    p.heard(order, o.at_the_locker(o.MONDAY, pickup=LOCKER, carrier=carrier))

    assert days_on_which(REMINDER, order) == [(o.MONDAY + half * o.DAY).date()]
    content = next(
        said.request.content
        for decision in order.decisions
        for said in decision.announce
        if said.request.kind is REMINDER
    )
    assert content.pickup is not None
    assert content.pickup.hold_until == (o.MONDAY + last * o.DAY).date()


def test_a_parcel_kept_until_tomorrow_has_a_last_day_and_no_reminder() -> None:
    order = waits(hold_until=o.TUESDAY)

    assert days_on_which(LAST_DAY, order) == [o.TUESDAY.date()]
    assert REMINDER not in order.said


def test_a_reminder_that_comes_too_late_leaves_the_word_to_the_last_day() -> None:
    order = waits(hold_until=o.WEDNESDAY)

    assert o.kinds(order.looks(morning(o.WEDNESDAY))) == [LAST_DAY]
    assert o.kinds(order.looks(morning(o.WEDNESDAY))) == []


def test_who_hears_on_the_last_day_that_it_waits_is_not_told_again_on_that_day() -> None:
    order = waits(hold_until=o.MONDAY)

    assert days_on_which(LAST_DAY, order) == []
    assert REMINDER not in order.said


def test_who_hears_late_that_it_waits_is_not_reminded_at_once() -> None:
    order = p.paid_order()
    order.hears(o.at_the_locker(o.MONDAY, pickup=until(o.FRIDAY)), at=o.WEDNESDAY)

    assert order.said[-1] is READY
    p.all_is_heard(order)
    assert o.kinds(order.looks(o.WEDNESDAY + o.HOUR)) == []
    assert o.kinds(order.looks(morning(o.THURSDAY))) == [REMINDER]


def test_who_was_never_told_that_it_waits_is_still_told_of_the_last_day() -> None:
    order = p.paid_order()
    order.hears(o.at_the_locker(o.MONDAY, pickup=until(o.FRIDAY)), at=o.FRIDAY)

    assert READY not in order.said
    assert order.said[-1] is LAST_DAY


@pytest.mark.parametrize(
    "event",
    [o.handed_over(o.TUESDAY), p.send_back(o.TUESDAY), o.cancelled(o.TUESDAY), p.lose(o.TUESDAY)],
    ids=lambda event: type(event.data).__name__,
)
def test_nobody_is_reminded_of_a_parcel_after(event: Event[Any]) -> None:
    order = waits(event)

    assert days_on_which(REMINDER, order) == []
    assert LAST_DAY not in order.said


def test_a_longer_time_is_told_and_moves_the_reminder_and_the_last_day() -> None:
    order = waits()
    p.heard(order, o.at_the_locker(o.TUESDAY, pickup=until(o.MONDAY + 7 * o.DAY)))

    assert order.said.count(READY) == 2
    assert days_on_which(LAST_DAY, order) == [(o.MONDAY + 7 * o.DAY).date()]
    assert order.said.count(REMINDER) == 1


def test_a_carrier_that_repeats_itself_every_day_moves_nothing() -> None:
    order = p.paid_order()
    for day in range(9):
        p.heard(order, o.at_the_locker(o.MONDAY + day * o.DAY, pickup=LOCKER))

    counts = [order.said.count(kind) for kind in (READY, REMINDER, LAST_DAY)]
    assert counts == [1, 1, 1]


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ({}, []),
        ({"hours": "9-18"}, []),
        ({"name": "Locker 6", "address": "Khreshchatyk 2"}, [READY]),
        ({"code": "4712"}, [READY]),
        ({"hold_until": o.FRIDAY.date()}, [READY]),
    ],
)
def test_a_parcel_that_waits_elsewhere_or_by_another_code_is_told_again(
    now: dict[str, Any], said: list[Kind]
) -> None:
    order = p.paid_order(o.at_the_locker(o.TUESDAY, pickup=LOCKER))
    moved = o.at_the_locker(o.TUESDAY + o.HOUR, pickup=msgspec.structs.replace(LOCKER, **now))

    assert o.kinds(order.hears(moved)) == said


def test_a_parcel_that_is_back_where_it_waited_first_is_told_again() -> None:
    elsewhere = msgspec.structs.replace(LOCKER, name="Locker 6")
    order = p.paid_order()
    for number, place in enumerate([LOCKER, elsewhere, LOCKER]):
        p.heard(order, o.at_the_locker(o.TUESDAY + number * o.HOUR, pickup=place))

    assert order.said.count(READY) == 3


def test_a_courier_who_tried_in_between_makes_the_waiting_news_again() -> None:
    order = p.paid_order(
        o.at_the_locker(o.TUESDAY, pickup=LOCKER),
        o.on_the_van(o.WEDNESDAY),
        o.at_the_locker(o.THURSDAY, pickup=LOCKER),
    )

    assert order.said.count(READY) == 2


def test_the_mornings_are_those_of_the_customer() -> None:
    customer = msgspec.structs.replace(o.CUSTOMER, time_zone="Asia/Tokyo")
    order = p.paid_order(o.at_the_locker(o.MONDAY, pickup=until(o.FRIDAY)), customer=customer)

    assert o.kinds(order.looks(datetime(2026, 11, 25, 0, tzinfo=UTC))) == [REMINDER]


def test_a_last_day_that_had_passed_when_it_was_named_is_none() -> None:
    order = p.paid_order()
    pickup = until(o.MONDAY - 3 * o.DAY)

    said = o.only(order.hears(o.at_the_locker(o.MONDAY, pickup=pickup))).pickup
    p.all_is_heard(order)

    assert said == LOCKER
    assert days_on_which(LAST_DAY, order) == [(o.MONDAY + 7 * o.DAY).date()]
