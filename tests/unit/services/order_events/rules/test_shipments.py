"""Where a parcel is, and when it comes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from headsup.contracts.base import Item
from headsup.contracts.catalogue import Kind
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import Content
from services.order_events.reconcile import Decision
from tests.unit.services.order_events import orders as o
from tests.unit.services.order_events import parcels as p

SHIPPED, DELAYED = Kind.SHIPMENT_SHIPPED, Kind.SHIPMENT_DELAYED
PARTLY, CHANGED = Kind.SHIPMENT_PARTLY_SHIPPED, Kind.SHIPMENT_TRACKING_CHANGED
ON_THE_VAN, NOBODY_HOME = Kind.SHIPMENT_OUT_FOR_DELIVERY, Kind.SHIPMENT_ATTEMPT_FAILED
READY, DELIVERED = Kind.SHIPMENT_READY_FOR_PICKUP, Kind.SHIPMENT_DELIVERED


def of(decision: Decision, kind: Kind) -> Content:
    """What is said of this kind."""
    (said,) = (each for each in decision.announce if each.request.kind is kind)
    return said.request.content


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


def test_a_parcel_that_leaves_after_the_days_of_the_order_names_no_day() -> None:
    order = paid_order(estimate=o.by(o.TUESDAY))
    content = of(order.hears(o.scan(o.THURSDAY)), SHIPPED)
    assert content.estimate is None
    assert content.next_update_by is not None
    assert content.next_update_by > o.THURSDAY


def test_while_it_waits_to_be_sent_a_better_day_takes_the_place_of_the_worse() -> None:
    order = paid_order()
    order.hears(o.scan(o.TUESDAY, estimate=o.by(o.FRIDAY)))

    decision = order.hears(o.slip(o.TUESDAY + o.HOUR, o.by(o.THURSDAY)))

    assert o.kinds(decision) == [SHIPPED]
    assert of(decision, SHIPPED).estimate == o.by(o.THURSDAY)
    assert len(decision.withdraw) == 1


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
    assert content.next_update_by == datetime(2026, 11, 26, 19, tzinfo=UTC)  # 21:00 in Kyiv


def test_shipped_says_the_orders_estimate_when_the_parcel_has_none() -> None:
    order = paid_order(estimate=o.by(o.FRIDAY))

    assert o.only(order.hears(o.scan(o.TUESDAY))).estimate == o.by(o.FRIDAY)


def test_of_several_parcels_none_claims_to_hold_the_whole_order() -> None:
    decision = paid_order().hears(o.scan(o.TUESDAY, "S1"), o.scan(o.TUESDAY, "S2"))

    assert [said.request.content.items for said in decision.announce] == [(), ()]


KETTLE, CUPS = Item(name="Kettle"), Item(name="Cup", quantity=6)


@pytest.mark.parametrize(
    ("events", "count"),
    [
        pytest.param([p.split(o.MONDAY, 3)], (3, 2), id="the shop splits it in three"),
        pytest.param([o.label(o.MONDAY, "S2")], (2, 1), id="another has a label"),
        pytest.param(
            [o.label(o.MONDAY, "S2"), p.split(o.MONDAY, 3)], (3, 2), id="one of three has a label"
        ),
        pytest.param([o.label(o.MONDAY, items=(KETTLE,))], (2, 1), id="lines are left"),
        pytest.param(
            [o.label(o.MONDAY, items=(KETTLE, msgspec.structs.replace(CUPS, quantity=2)))],
            (2, 1),
            id="some of a line is left",
        ),
    ],
)
def test_a_part_of_an_order_that_leaves_says_how_many_parcels_are_to_come(
    events: list[Event[Any]], count: tuple[int, int]
) -> None:
    order = paid_order(items=(KETTLE, CUPS))
    p.heard(order, *events)

    content = of(order.hears(o.scan(o.TUESDAY)), PARTLY)

    assert (content.parcels, content.parcels_left) == count


@pytest.mark.parametrize(
    "events",
    [
        pytest.param([], id="one parcel"),
        pytest.param([o.label(o.MONDAY, items=(KETTLE, CUPS))], id="with all lines"),
        pytest.param([o.label(o.MONDAY, items=(Item(name="A", quantity=7),))], id="by other names"),
        pytest.param([o.label(o.MONDAY, "S2"), o.scan(o.MONDAY, "S2")], id="the other has left"),
        pytest.param([p.split(o.MONDAY, 2), o.handed_over(o.MONDAY, "S2")], id="or is there"),
        pytest.param(
            [o.label(o.MONDAY, items=(KETTLE,)), p.sold_out(o.MONDAY, CUPS)], id="without the rest"
        ),
    ],
)
def test_an_order_has_left_as_a_whole_with(events: list[Event[Any]]) -> None:
    order = paid_order(items=(KETTLE, CUPS))
    p.heard(order, *events)

    assert SHIPPED in o.kinds(order.hears(o.scan(o.TUESDAY)))


def test_each_parcel_of_several_is_told_once_and_the_last_has_none_left() -> None:
    order = paid_order()
    for event in (
        p.split(o.MONDAY, 2),
        o.scan(o.MONDAY, "S1"),
        o.scan(o.TUESDAY, "S2"),
        o.scan(o.WEDNESDAY, "S1"),
    ):
        p.heard(order, event)

    told = [kind for kind in order.said if kind in (SHIPPED, PARTLY)]
    assert told == [PARTLY, SHIPPED]


def test_partly_shipped_that_still_waits_is_worded_anew_when_the_rest_leaves() -> None:
    order = paid_order()
    order.hears(p.split(o.MONDAY, 2), o.scan(o.MONDAY, "S1"))
    waits = order.id_of(PARTLY)

    decision = order.hears(o.scan(o.TUESDAY, "S2"))

    assert o.kinds(decision) == [SHIPPED, SHIPPED]
    assert waits in [withdrawn.request_id for withdrawn in decision.withdraw]


def test_partly_shipped_that_still_waits_counts_anew_when_another_part_leaves() -> None:
    order = paid_order()
    order.hears(p.split(o.MONDAY, 3), o.scan(o.MONDAY, "S1"))

    decision = order.hears(o.scan(o.TUESDAY, "S2"))

    assert [said.request.content.parcels_left for said in decision.announce] == [1, 1]
    assert order.looks(o.TUESDAY).announce == ()


def test_who_heard_that_all_has_left_is_not_told_of_a_part_when_a_label_comes_late() -> None:
    order = paid_order()
    p.heard(order, o.scan(o.MONDAY, "S1"))

    assert order.hears(o.label(o.TUESDAY, "S2")).announce == ()


NUMBERED = o.scan(o.MONDAY + o.HOUR, carrier="Meest", tracking_number="M1")
SOON = timedelta(minutes=5)


def test_another_carrier_and_number_are_told_once_they_have_settled() -> None:
    order = paid_order()
    p.heard(order, NUMBERED)

    change = o.scan(o.TUESDAY, carrier="Nova Poshta", tracking_number="N2")
    assert o.kinds(order.hears(change)) == []
    content = of(order.looks(o.TUESDAY + SOON), CHANGED)

    assert (content.carrier, content.tracking_number) == ("Nova Poshta", "N2")
    assert content.previous_carrier == "Meest"


def test_another_number_of_the_same_carrier_names_no_other_carrier() -> None:
    order = paid_order()
    p.heard(order, NUMBERED, o.scan(o.TUESDAY, carrier="MEEST", tracking_number="M2"))

    assert of(order.looks(o.TUESDAY + SOON), CHANGED).previous_carrier is None


@pytest.mark.parametrize(
    "events",
    [
        pytest.param([NUMBERED, o.scan(o.TUESDAY, carrier="meest")], id="the same carrier"),
        pytest.param([NUMBERED, o.scan(o.TUESDAY, tracking_number="M1")], id="the same number"),
        pytest.param(
            [o.scan(o.MONDAY), o.scan(o.TUESDAY, carrier="Meest", tracking_number="M1")],
            id="named for the first time",
        ),
        pytest.param(
            [NUMBERED, o.handed_over(o.TUESDAY, tracking_number="M2")], id="a parcel that is there"
        ),
        pytest.param(
            [NUMBERED, o.on_the_van(o.TUESDAY, tracking_number="M2")], id="told with other news"
        ),
    ],
)
def test_nothing_changed_for_whoever_follows_a_parcel(events: list[Event[Any]]) -> None:
    order = paid_order()
    p.heard(order, *events)

    assert CHANGED not in o.kinds(order.looks(o.TUESDAY + SOON))


def test_another_number_is_not_told_beside_news_of_the_parcel_that_wait_and_name_it() -> None:
    order = paid_order()
    p.heard(order, NUMBERED)
    order.hears(o.on_the_van(o.TUESDAY, tracking_number="M2"))

    assert CHANGED not in o.kinds(order.looks(o.TUESDAY + SOON))


def test_a_number_that_goes_to_and_fro_is_told_as_often_as_it_is_another() -> None:
    order = paid_order()
    p.heard(order, NUMBERED)
    for hour, number in enumerate(["M2", "M1", "M2", "M2"]):
        at = o.TUESDAY + hour * o.HOUR
        p.heard(order, o.scan(at, tracking_number=number))
        order.looks(at + SOON)
        p.all_is_heard(order)

    assert order.said.count(CHANGED) == 3


def test_a_number_that_changes_back_at_once_is_not_told() -> None:
    order = paid_order()
    p.heard(order, NUMBERED, o.scan(o.TUESDAY, tracking_number="M2"))
    p.heard(order, o.scan(o.TUESDAY + timedelta(minutes=2), tracking_number="M1"))

    assert CHANGED not in o.kinds(order.looks(o.TUESDAY + 2 * SOON))


def test_shipped_that_still_waits_is_worded_anew_with_another_number() -> None:
    order = paid_order()
    order.hears(NUMBERED)

    decision = order.hears(o.scan(o.TUESDAY, tracking_number="M2"))

    assert of(decision, SHIPPED).tracking_number == "M2"
    order.learns(SHIPPED)
    assert CHANGED not in o.kinds(order.looks(o.TUESDAY + SOON))


def test_the_first_scan_is_when_it_was_shipped() -> None:
    (said,) = paid_order().hears(o.scan(o.WEDNESDAY), o.scan(o.TUESDAY)).announce

    assert said.request.happened_at == o.TUESDAY


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
