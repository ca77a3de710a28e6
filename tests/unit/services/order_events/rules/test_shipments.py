"""Where a parcel is, and when it comes."""

from typing import Any

import msgspec
import pytest

from headsup.contracts.base import PickupPoint, Window
from headsup.contracts.catalogue import Kind
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import Content, OutcomeStatus
from headsup.contracts.shop import AttemptFailure, DelayReason, HandedTo
from tests.unit.services.order_events import orders as o

SHIPPED, DELAYED = Kind.SHIPMENT_SHIPPED, Kind.SHIPMENT_DELAYED
ON_THE_VAN, NOBODY_HOME = Kind.SHIPMENT_OUT_FOR_DELIVERY, Kind.SHIPMENT_ATTEMPT_FAILED
READY, DELIVERED = Kind.SHIPMENT_READY_FOR_PICKUP, Kind.SHIPMENT_DELIVERED


def paid_order(**what: Any) -> o.Order:
    """A paid order whose confirmation was sent."""
    order = o.Order()
    order.hears(o.placed_and_paid(**what))
    order.learns(Kind.ORDER_CONFIRMED)
    return order


def shipped_order(estimate: Any = o.WEDNESDAY) -> o.Order:
    """An order that was shipped on Monday, and whose customer read so."""
    order = paid_order()
    order.hears(o.scan(o.MONDAY + o.HOUR, estimate=o.by(estimate) if estimate else None))
    order.learns(SHIPPED)
    return order


@pytest.mark.parametrize(
    ("events", "said"),
    [
        pytest.param([o.label(o.TUESDAY)], [], id="a label says nothing"),
        pytest.param([o.scan(o.TUESDAY)], [SHIPPED], id="the first scan is shipped"),
        pytest.param([o.scan(o.TUESDAY), o.scan(o.WEDNESDAY)], [SHIPPED], id="more scans are not"),
        pytest.param([o.scan(o.WEDNESDAY), o.label(o.TUESDAY)], [SHIPPED], id="a label read late"),
        pytest.param([o.scan(o.TUESDAY), o.on_the_van(o.TUESDAY)], [ON_THE_VAN], id="overtaken"),
        pytest.param([o.on_the_van(o.TUESDAY)], [ON_THE_VAN], id="a van without a scan"),
        pytest.param([o.on_the_van(o.MONDAY), o.nobody_home(o.MONDAY)], [NOBODY_HOME], id="tie"),
        pytest.param([o.nobody_home(o.TUESDAY), o.scan(o.WEDNESDAY)], [SHIPPED], id="at the depot"),
        pytest.param([o.at_the_locker(o.TUESDAY)], [READY], id="a parcel at a locker"),
        pytest.param([o.at_the_locker(o.MONDAY), o.handed_over(o.TUESDAY)], [DELIVERED], id="ok"),
        pytest.param([o.handed_over(o.TUESDAY), o.on_the_van(o.MONDAY)], [DELIVERED], id="late"),
        pytest.param(
            [o.scan(o.TUESDAY, "S1"), o.handed_over(o.TUESDAY, "S2")],
            [SHIPPED, DELIVERED],
            id="every parcel speaks for itself",
        ),
        pytest.param(
            [o.scan(o.MONDAY), o.cancelled(o.TUESDAY)],
            [Kind.ORDER_CANCELLED],
            id="a cancelled order's parcel is silent",
        ),
        pytest.param(
            [o.cancelled(o.MONDAY), o.on_the_van(o.TUESDAY)],
            [Kind.ORDER_CANCELLED, ON_THE_VAN],
            id="unless it comes all the same",
        ),
    ],
)
def test_a_parcel_says_where_it_is_now(events: list[Event[Any]], said: list[Kind]) -> None:
    assert o.kinds(paid_order().hears(*events)) == said


def test_a_calm_parcel_hears_of_each_step_once() -> None:
    events = [
        o.label(o.MONDAY),
        o.scan(o.TUESDAY),
        o.scan(o.TUESDAY + o.HOUR),
        o.on_the_van(o.WEDNESDAY),
        o.handed_over(o.WEDNESDAY + o.HOUR),
    ]

    assert o.one_by_one(o.placed_and_paid(), *events, *events) == [
        Kind.ORDER_CONFIRMED,
        SHIPPED,
        ON_THE_VAN,
        DELIVERED,
    ]


def test_another_day_on_the_van_is_told_again_and_so_is_another_failed_attempt() -> None:
    said = o.one_by_one(
        o.placed_and_paid(),
        o.on_the_van(o.TUESDAY),
        o.on_the_van(o.TUESDAY + o.HOUR),
        o.nobody_home(o.TUESDAY + 2 * o.HOUR),
        o.on_the_van(o.WEDNESDAY),
        o.nobody_home(o.WEDNESDAY + o.HOUR),
    )

    assert said[1:] == [ON_THE_VAN, NOBODY_HOME, ON_THE_VAN, NOBODY_HOME]


def test_an_afternoon_west_of_greenwich_is_one_day_on_the_van() -> None:
    customer = msgspec.structs.replace(o.CUSTOMER, time_zone="America/Los_Angeles")
    afternoon = o.TUESDAY.replace(hour=22)  # 14:00 there; two hours later it is Wednesday in UTC

    said = o.one_by_one(
        o.placed_and_paid(customer=customer),
        o.on_the_van(afternoon),
        o.on_the_van(afternoon + 3 * o.HOUR),
    )

    assert said[1:] == [ON_THE_VAN]


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ({}, []),
        ({"hours": "9-18"}, []),
        ({"name": "Locker 6", "address": "Khreshchatyk 2"}, [READY]),
        ({"code": "4711"}, [READY]),
        ({"hold_until": o.FRIDAY.date()}, [READY]),
    ],
)
def test_a_parcel_that_waits_elsewhere_or_by_another_code_is_told_again(
    now: dict[str, Any], said: list[Kind]
) -> None:
    place = PickupPoint(name="Locker 5", address="Khreshchatyk 1")
    order = paid_order()
    order.hears(o.at_the_locker(o.TUESDAY, pickup=place))
    order.learns(READY)
    moved = o.at_the_locker(o.TUESDAY + o.HOUR, pickup=msgspec.structs.replace(place, **now))

    assert o.kinds(order.hears(moved)) == said


def content_of(event: Event[Any]) -> Content:
    return o.only(paid_order().hears(event))


def test_shipped_says_who_carries_what_and_when_it_comes() -> None:
    order = paid_order(estimate=o.by(o.TUESDAY))
    order.hears(o.label(o.MONDAY, carrier="Nova Poshta", items=o.ITEMS), at=o.MONDAY)
    event = o.scan(
        o.TUESDAY,
        tracking_number="204500",
        tracking_url="https://carrier.example/204500",
        estimate=o.by(o.THURSDAY),
    )

    content = o.only(order.hears(event))

    assert (content.carrier, content.tracking_number) == ("Nova Poshta", "204500")
    assert content.tracking_url == "https://carrier.example/204500"
    assert content.items == o.ITEMS
    assert content.estimate == o.by(o.THURSDAY)
    assert content.next_update_by is None  # no rule speaks when the carrier stays silent


def test_shipped_says_the_orders_estimate_when_the_parcel_has_none() -> None:
    order = paid_order(estimate=o.by(o.FRIDAY))

    assert o.only(order.hears(o.scan(o.TUESDAY))).estimate == o.by(o.FRIDAY)


def test_of_several_parcels_none_claims_to_hold_the_whole_order() -> None:
    decision = paid_order().hears(o.scan(o.TUESDAY, "S1"), o.scan(o.TUESDAY, "S2"))

    assert [said.request.content.items for said in decision.announce] == [(), ()]


def test_the_first_scan_is_when_it_was_shipped() -> None:
    (said,) = paid_order().hears(o.scan(o.WEDNESDAY), o.scan(o.TUESDAY)).announce

    assert said.request.happened_at == o.TUESDAY


def test_out_for_delivery_says_when_and_whom_to_call() -> None:
    window = Window(start=o.TUESDAY, end=o.TUESDAY + o.HOUR)

    content = content_of(o.on_the_van(o.TUESDAY, window=window, courier_phone="+380441234567"))

    assert (content.window, content.courier_phone) == (window, "+380441234567")


def test_a_failed_attempt_says_why_and_what_next() -> None:
    url = "https://carrier.example/again"
    day = o.WEDNESDAY.date()

    content = content_of(o.nobody_home(o.TUESDAY, next_attempt=day, reschedule_url=url))

    assert content.attempt_failure is AttemptFailure.NOBODY_HOME
    assert (content.next_attempt, content.reschedule_url) == (day, url)


def test_ready_for_pickup_says_where() -> None:
    pickup = content_of(o.at_the_locker(o.TUESDAY)).pickup

    assert pickup is not None
    assert pickup.name == "Locker 5"


def test_delivered_says_to_whom() -> None:
    content = content_of(o.handed_over(o.TUESDAY, handed_to=HandedTo.NEIGHBOUR, place="Flat 12"))

    assert (content.handed_to, content.place) == (HandedTo.NEIGHBOUR, "Flat 12")


def test_delayed_says_the_date_told_the_new_one_and_why() -> None:
    event = o.slip(o.TUESDAY, o.by(o.FRIDAY), reason=DelayReason.WEATHER)

    content = o.only(shipped_order(o.WEDNESDAY).hears(event))

    assert content.previous_estimate == o.by(o.WEDNESDAY)
    assert content.estimate == o.by(o.FRIDAY)
    assert content.delay_reason is DelayReason.WEATHER
    assert content.next_update_by is None


@pytest.mark.parametrize(
    ("event", "said"),
    [
        pytest.param(o.slip(o.TUESDAY, o.by(o.THURSDAY)), [DELAYED], id="a day worse"),
        pytest.param(o.scan(o.TUESDAY, estimate=o.by(o.THURSDAY)), [DELAYED], id="on a scan, too"),
        pytest.param(o.slip(o.TUESDAY, o.by(o.WEDNESDAY)), [], id="the same day"),
        pytest.param(o.slip(o.TUESDAY, o.by(o.TUESDAY)), [], id="a better day"),
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
    assert o.kinds(shipped_order(o.WEDNESDAY).hears(event)) == said


def test_each_worse_day_is_told_once_against_the_one_told_before() -> None:
    order = shipped_order(o.TUESDAY)
    first = o.only(order.hears(o.slip(o.TUESDAY, o.by(o.WEDNESDAY))))
    order.learns(DELAYED)
    assert o.kinds(order.hears(o.slip(o.TUESDAY + o.HOUR, o.by(o.WEDNESDAY)))) == []
    second = o.only(order.hears(o.slip(o.WEDNESDAY, o.by(o.FRIDAY))))

    assert first.previous_estimate == o.by(o.TUESDAY)
    assert second.previous_estimate == o.by(o.WEDNESDAY)


def test_a_delay_that_still_waits_is_replaced_and_measured_against_what_was_read() -> None:
    order = shipped_order(o.TUESDAY)
    order.hears(o.slip(o.TUESDAY, o.by(o.WEDNESDAY)))
    first = order.id_of(DELAYED)

    decision = order.hears(o.slip(o.TUESDAY + o.HOUR, o.by(o.FRIDAY)))

    assert o.only(decision).previous_estimate == o.by(o.TUESDAY)
    assert [withdrawn.request_id for withdrawn in decision.withdraw] == [first]


def test_no_date_told_is_no_delay() -> None:
    assert o.kinds(shipped_order(None).hears(o.slip(o.TUESDAY, o.by(o.FRIDAY)))) == []


def test_a_date_told_with_the_order_counts_before_the_parcel_has_told_one() -> None:
    order = paid_order(estimate=o.by(o.TUESDAY))

    content = o.only(order.hears(o.label(o.MONDAY, estimate=o.by(o.THURSDAY))))

    assert (content.previous_estimate, content.estimate) == (o.by(o.TUESDAY), o.by(o.THURSDAY))


def test_shipped_carries_the_worse_date_and_no_delay_is_said_beside_it() -> None:
    order = paid_order(estimate=o.by(o.TUESDAY))

    decision = order.hears(o.scan(o.MONDAY), o.slip(o.TUESDAY, o.by(o.FRIDAY)))

    assert o.kinds(decision) == [SHIPPED]
    assert o.only(decision).estimate == o.by(o.FRIDAY)
    assert o.kinds(order.looks(o.TUESDAY + o.HOUR)) == []
    order.learns(SHIPPED)
    assert o.kinds(order.looks(o.TUESDAY + o.HOUR)) == []


def test_shipped_that_still_waits_is_worded_anew_when_the_date_gets_worse() -> None:
    order = paid_order()
    order.hears(o.scan(o.MONDAY + o.HOUR, estimate=o.by(o.TUESDAY)))
    first = order.id_of(SHIPPED)

    decision = order.hears(o.slip(o.MONDAY + 2 * o.HOUR, o.by(o.FRIDAY)))

    assert o.kinds(decision) == [SHIPPED]
    assert o.only(decision).estimate == o.by(o.FRIDAY)
    assert [withdrawn.request_id for withdrawn in decision.withdraw] == [first]
    assert o.kinds(order.looks(o.TUESDAY)) == []


def test_a_date_that_never_arrived_was_not_told() -> None:
    order = paid_order()
    order.hears(o.scan(o.MONDAY + o.HOUR, estimate=o.by(o.TUESDAY)))
    order.learns(SHIPPED, OutcomeStatus.FAILED)

    assert o.kinds(order.hears(o.slip(o.TUESDAY, o.by(o.FRIDAY)))) == []


def test_a_worse_day_after_a_failed_attempt_is_told_once_the_attempt_was() -> None:
    order = shipped_order(o.TUESDAY)
    order.hears(o.nobody_home(o.TUESDAY))
    assert o.kinds(order.hears(o.slip(o.TUESDAY + o.HOUR, o.by(o.THURSDAY)))) == []
    order.learns(NOBODY_HOME)

    assert o.kinds(order.looks(o.TUESDAY + o.HOUR)) == [DELAYED]


def test_a_worse_day_before_a_failed_attempt_is_overtaken_by_it() -> None:
    order = shipped_order(o.TUESDAY)
    order.hears(o.slip(o.TUESDAY, o.by(o.THURSDAY)), o.nobody_home(o.TUESDAY + o.HOUR))
    order.learns(NOBODY_HOME)

    assert o.kinds(order.looks(o.TUESDAY + o.HOUR)) == []


def test_a_cancelled_orders_parcel_is_not_delayed() -> None:
    order = shipped_order(o.TUESDAY)

    said = o.kinds(order.hears(o.cancelled(o.TUESDAY), o.slip(o.TUESDAY, o.by(o.FRIDAY))))

    assert said == [Kind.ORDER_CANCELLED]


def test_a_delivery_that_was_undone_is_told_again_when_it_is_true() -> None:
    order = paid_order()
    for event, kind in (
        (o.handed_over(o.TUESDAY), DELIVERED),
        (o.on_the_van(o.WEDNESDAY), ON_THE_VAN),
        (o.handed_over(o.WEDNESDAY + o.HOUR), DELIVERED),
    ):
        assert o.kinds(order.hears(event)) == [kind]
        order.learns(kind)

    assert o.kinds(order.hears(o.handed_over(o.WEDNESDAY + 2 * o.HOUR))) == []
