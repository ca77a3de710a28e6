"""The day on which the courier comes."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from headsup.contracts.base import Estimate
from headsup.contracts.catalogue import Kind
from headsup.contracts.envelope import Event
from headsup.contracts.shop import IncidentScope
from services.order_events.incidents import Incident
from tests.unit.services.order_events import orders as o
from tests.unit.services.order_events import parcels as p

TOMORROW, HOURS = Kind.SHIPMENT_ARRIVING_TOMORROW, Kind.SHIPMENT_COURIER_WINDOW
ON_THE_VAN = Kind.SHIPMENT_OUT_FOR_DELIVERY
EVENING = datetime(2026, 11, 25, 16, tzinfo=UTC)  # Wednesday, 18:00 in Kyiv
THURSDAY = o.by(o.THURSDAY)


def expected(*events: Event[Any], estimate: Estimate = THURSDAY) -> o.Order:
    """A parcel that left on Monday and is expected on Thursday, and the scans that it had."""
    return p.paid_order(o.scan(o.MONDAY + o.HOUR, estimate=estimate), *events)


def test_the_evening_before_says_that_it_comes_tomorrow() -> None:
    order = expected()

    assert TOMORROW not in o.kinds(order.looks(EVENING - o.HOUR))
    assert order.decisions[-1].next_look_at == EVENING
    content = o.only(order.looks(EVENING))
    assert order.said[-1] is TOMORROW
    assert content.estimate == THURSDAY
    assert content.next_update_by == datetime(2026, 11, 26, 19, tzinfo=UTC)


def test_what_still_waits_to_be_sent_is_not_taken_back_for_it() -> None:
    order = p.paid_order()
    order.hears(o.scan(o.MONDAY + o.HOUR, estimate=THURSDAY))

    decision = order.looks(EVENING)

    assert (decision.announce, decision.withdraw) == ((), ())
    p.all_is_heard(order)
    assert o.kinds(order.looks(EVENING + o.HOUR)) == [TOMORROW]


def test_the_evening_is_the_customers() -> None:
    customer = msgspec.structs.replace(o.CUSTOMER, time_zone="America/New_York")
    order = p.paid_order(o.scan(o.MONDAY + o.HOUR, estimate=THURSDAY), customer=customer)

    assert o.kinds(order.looks(EVENING)) == []
    assert o.kinds(order.looks(EVENING + 7 * o.HOUR)) == [TOMORROW]


def test_of_days_that_end_before_they_begin_the_last_one_is_told() -> None:
    order = expected(estimate=Estimate(earliest=o.FRIDAY.date(), latest=o.THURSDAY.date()))

    content = o.only(order.looks(EVENING))

    assert order.said[-1] is TOMORROW
    assert content.estimate is not None
    assert content.estimate.first == o.THURSDAY.date()


@pytest.mark.parametrize(
    "events",
    [
        pytest.param([o.slip(o.WEDNESDAY, THURSDAY), o.on_the_van(o.WEDNESDAY)], id="on the van"),
        pytest.param([o.nobody_home(o.WEDNESDAY)], id="an attempt"),
        pytest.param([o.at_the_locker(o.WEDNESDAY)], id="at a locker"),
        pytest.param([o.handed_over(o.WEDNESDAY)], id="delivered"),
        pytest.param([p.send_back(o.WEDNESDAY)], id="on its way back"),
        pytest.param([p.lose(o.WEDNESDAY)], id="lost"),
        pytest.param([o.cancelled(o.WEDNESDAY)], id="a cancelled order"),
    ],
)
def test_nothing_comes_tomorrow_that_is(events: list[Event[Any]]) -> None:
    assert TOMORROW not in o.kinds(expected(*events).looks(EVENING))


@pytest.mark.parametrize(
    "estimate",
    [
        pytest.param(Estimate(latest=o.THURSDAY.date(), earliest=o.WEDNESDAY.date()), id="days"),
        pytest.param(o.by(o.FRIDAY), id="the day after tomorrow"),
        pytest.param(o.by(o.WEDNESDAY), id="today"),
    ],
)
def test_a_parcel_does_not_come_tomorrow_that_is_expected_on(estimate: Estimate) -> None:
    assert TOMORROW not in o.kinds(expected(estimate=estimate).looks(EVENING))


def test_a_day_that_was_told_today_is_not_told_again_in_the_evening() -> None:
    order = p.paid_order(o.scan(o.WEDNESDAY, estimate=THURSDAY))

    assert o.kinds(order.looks(EVENING)) == []


def test_after_midnight_tomorrow_is_today_and_nothing_is_said() -> None:
    order = expected()

    assert TOMORROW not in o.kinds(order.looks(EVENING + 6 * o.HOUR))


def test_a_parcel_that_nobody_has_seen_for_days_is_not_promised_for_tomorrow() -> None:
    far = o.by(o.MONDAY + 10 * o.DAY)
    order = expected(estimate=far)

    assert TOMORROW not in o.kinds(order.looks(EVENING + 7 * o.DAY))


def test_while_a_carrier_has_an_outage_nothing_is_promised_for_tomorrow() -> None:
    order = p.paid_order(o.scan(o.MONDAY, carrier="Meest", estimate=THURSDAY))
    order.incidents = (
        Incident(id="I", scope=IncidentScope.CARRIER, carrier="Meest", opened_at=o.TUESDAY),
    )

    assert TOMORROW not in o.kinds(order.looks(EVENING))


def test_tomorrow_that_still_waits_is_taken_back_when_the_day_moves() -> None:
    order = expected()
    order.looks(EVENING)
    waits = order.id_of(TOMORROW)

    decision = order.hears(o.slip(EVENING + o.HOUR, o.by(o.FRIDAY)))

    assert waits in [withdrawn.request_id for withdrawn in decision.withdraw]


AT_TEN = p.hours(o.THURSDAY)


def test_the_hours_in_which_the_courier_comes_are_told_and_promise_an_answer() -> None:
    content = o.only(expected().hears(p.courier_comes(o.WEDNESDAY, AT_TEN)))

    assert content.window == AT_TEN
    assert content.next_update_by == AT_TEN.end + o.HOUR


def test_other_hours_are_told_and_the_first_ones_again_when_they_are_true_again() -> None:
    order, later = expected(), p.hours(o.THURSDAY + 4 * o.HOUR)
    for number, window in enumerate([AT_TEN, later, AT_TEN, AT_TEN]):
        p.heard(order, p.courier_comes(o.WEDNESDAY + number * o.HOUR, window))

    assert order.said.count(HOURS) == 3


@pytest.mark.parametrize(
    "events",
    [
        pytest.param([o.on_the_van(o.THURSDAY, window=AT_TEN)], id="the courier started"),
        pytest.param([o.handed_over(o.THURSDAY)], id="delivered"),
        pytest.param([o.at_the_locker(o.THURSDAY)], id="at a locker"),
        pytest.param([o.nobody_home(o.THURSDAY)], id="after an attempt in vain"),
        pytest.param([o.cancelled(o.THURSDAY)], id="cancelled"),
    ],
)
def test_no_hours_are_told_of_a_parcel_that_is(events: list[Event[Any]]) -> None:
    said = o.kinds(expected().hears(p.courier_comes(o.WEDNESDAY, AT_TEN), *events))

    assert HOURS not in said


def test_hours_that_have_passed_are_not_told() -> None:
    named = p.courier_comes(o.THURSDAY - o.HOUR, AT_TEN)

    assert HOURS not in o.kinds(expected().hears(named, at=AT_TEN.end))
    assert HOURS in o.kinds(expected().hears(named, at=AT_TEN.end - o.HOUR))


def test_hours_named_after_an_attempt_in_vain_are_told() -> None:
    order = expected(o.nobody_home(o.WEDNESDAY))

    assert o.kinds(order.hears(p.courier_comes(o.WEDNESDAY + o.HOUR, AT_TEN))) == [HOURS]


def test_out_for_delivery_says_when_and_whom_to_call() -> None:
    order = expected()

    content = o.only(
        order.hears(o.on_the_van(o.THURSDAY, window=AT_TEN, courier_phone="+380441234567"))
    )

    assert (content.window, content.courier_phone) == (AT_TEN, "+380441234567")
    assert content.next_update_by == AT_TEN.end + o.HOUR


def test_out_for_delivery_without_hours_promises_word_by_the_evening() -> None:
    content = o.only(expected().hears(o.on_the_van(o.THURSDAY)))

    assert content.next_update_by == datetime(2026, 11, 26, 19, tzinfo=UTC)


def test_out_for_delivery_knows_the_hours_that_were_named_for_its_day() -> None:
    order = expected()
    p.heard(order, p.courier_comes(o.WEDNESDAY, AT_TEN))

    assert o.only(order.hears(o.on_the_van(o.THURSDAY))).window == AT_TEN


def test_out_for_delivery_forgets_the_hours_of_another_day() -> None:
    order = expected()
    p.heard(order, p.courier_comes(o.WEDNESDAY, AT_TEN))

    assert o.only(order.hears(o.on_the_van(o.FRIDAY))).window is None


def test_a_second_round_on_the_same_day_is_told_to_who_heard_that_the_first_was_in_vain() -> None:
    order = expected()
    for event in (
        o.on_the_van(o.THURSDAY),
        o.nobody_home(o.THURSDAY + o.HOUR),
        o.on_the_van(o.THURSDAY + 2 * o.HOUR),
        o.on_the_van(o.THURSDAY + 3 * o.HOUR),
    ):
        p.heard(order, event)

    assert order.said.count(ON_THE_VAN) == 2


def test_hours_that_end_before_they_begin_are_not_told() -> None:
    backwards = p.hours(o.TUESDAY + 5 * o.HOUR, -2)
    order = p.paid_order(o.scan(o.MONDAY))

    assert o.kinds(order.hears(p.courier_comes(o.TUESDAY, backwards))) == []
    assert o.only(order.hears(o.on_the_van(o.TUESDAY + o.HOUR, window=backwards))).window is None
