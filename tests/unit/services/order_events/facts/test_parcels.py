"""Where a parcel is, by all that was said of it."""

from itertools import permutations
from typing import Any

import msgspec
import pytest

from headsup.contracts.envelope import Event
from services.order_events.facts import Milestone
from tests.unit.services.order_events import mishaps as m
from tests.unit.services.order_events import orders as o
from tests.unit.services.order_events import parcels as p

MON, TUE, WED, THU = o.MONDAY, o.TUESDAY, o.WEDNESDAY, o.THURSDAY


@pytest.mark.parametrize(
    ("events", "milestone", "since"),
    [
        pytest.param([o.label(MON)], Milestone.LABELLED, MON, id="labelled"),
        pytest.param([o.label(WED), o.scan(TUE)], Milestone.IN_TRANSIT, TUE, id="a label again"),
        pytest.param([o.on_the_van(TUE), o.scan(WED)], Milestone.IN_TRANSIT, WED, id="at a depot"),
        pytest.param([o.handed_over(TUE), o.scan(WED)], Milestone.DELIVERED, TUE, id="a late scan"),
        pytest.param([o.handed_over(TUE), o.label(WED)], Milestone.DELIVERED, TUE, id="a label"),
        pytest.param(
            [o.handed_over(TUE), o.on_the_van(TUE - o.HOUR), o.scan(TUE + o.HOUR)],
            Milestone.DELIVERED,
            TUE,
            id="the last stop",
        ),
        pytest.param(
            [p.lose(MON), m.unclear_address(TUE), m.clear_address(WED)],
            Milestone.IN_TRANSIT,
            TUE,
            id="found, where its address was not",
        ),
        pytest.param(
            [o.handed_over(TUE), p.not_delivered(WED)],
            Milestone.NOT_DELIVERED,
            WED,
            id="a delivery that is taken back",
        ),
        pytest.param(
            [o.handed_over(TUE), p.not_delivered(WED), o.scan(THU)],
            Milestone.IN_TRANSIT,
            THU,
            id="and the parcel is seen again",
        ),
        pytest.param(
            [o.handed_over(TUE), p.not_delivered(WED), o.handed_over(THU)],
            Milestone.DELIVERED,
            THU,
            id="and is delivered",
        ),
        pytest.param(
            [o.handed_over(WED), p.not_delivered(TUE)],
            Milestone.DELIVERED,
            WED,
            id="an older word than the delivery",
        ),
        pytest.param(
            [o.scan(TUE), p.not_delivered(WED)],
            Milestone.IN_TRANSIT,
            TUE,
            id="a delivery taken back that nobody reported",
        ),
        pytest.param(
            [o.handed_over(TUE), o.on_the_van(WED)], Milestone.OUT_FOR_DELIVERY, WED, id="a van"
        ),
        *(
            pytest.param(
                [o.handed_over(TUE), later], Milestone.DELIVERED, TUE, id=f"{name} that day"
            )
            for name, later in {
                "a van": o.on_the_van(TUE + o.HOUR),
                "in vain": o.nobody_home(TUE + 8 * o.HOUR),
                "waits": o.at_the_locker(TUE + o.HOUR),
                "no address": m.unclear_address(TUE + o.HOUR),
            }.items()
        ),
        pytest.param(
            [o.handed_over(TUE), p.not_delivered(TUE + o.HOUR), o.on_the_van(TUE + 2 * o.HOUR)],
            Milestone.OUT_FOR_DELIVERY,
            TUE + 2 * o.HOUR,
            id="a van that day, and the delivery was taken back",
        ),
        pytest.param(
            [o.handed_over(TUE), p.lose(TUE + o.HOUR)],
            Milestone.LOST,
            TUE + o.HOUR,
            id="lost that day: no scan, somebody's word",
        ),
        pytest.param(
            [o.handed_over(TUE), o.nobody_home(WED)], Milestone.ATTEMPT_FAILED, WED, id="in vain"
        ),
        pytest.param(
            [o.handed_over(TUE), o.at_the_locker(WED)], Milestone.READY_FOR_PICKUP, WED, id="waits"
        ),
        pytest.param([p.lose(TUE), o.scan(WED)], Milestone.IN_TRANSIT, WED, id="lost and found"),
        pytest.param([p.lose(TUE), o.scan(TUE)], Milestone.LOST, TUE, id="lost at that moment"),
        pytest.param(
            [p.send_back(TUE), o.scan(WED)], Milestone.RETURNING, TUE, id="scanned on its way back"
        ),
        pytest.param(
            [p.send_back(TUE), p.arrive_back(WED), o.scan(THU)],
            Milestone.RETURNED,
            WED,
            id="scanned at the shop",
        ),
        pytest.param(
            [p.send_back(TUE), o.at_the_locker(WED)],
            Milestone.READY_FOR_PICKUP,
            WED,
            id="it waits after all",
        ),
    ],
)
def test_a_parcel_is_where_the_last_word_puts_it(
    events: list[Event[Any]], milestone: Milestone, since: object
) -> None:
    for order in (events, events[::-1]):
        assert o.folded(order).shipments["S1"].now_at == (milestone, since)


@pytest.mark.parametrize(
    ("event", "has_moved"),
    [
        (o.label(MON), False),
        (o.slip(MON, o.by(WED)), False),
        (o.scan(MON), True),
        (p.lose(MON), True),
        (p.send_back(MON), True),
        (p.arrive_back(MON), True),
    ],
)
def test_a_parcel_has_moved_once_a_carrier_had_it(event: Event[Any], has_moved: bool) -> None:
    assert o.folded([event]).shipments["S1"].has_moved is has_moved


@pytest.mark.parametrize(
    ("zone", "hours", "is_there"),
    [
        pytest.param("Europe/Kyiv", 11, True, id="22:00 of the same day"),
        pytest.param("Europe/Kyiv", 14, False, id="after midnight"),
        pytest.param("America/Los_Angeles", 14, True, id="that afternoon"),
        pytest.param("Mars/Base", 14, True, id="no zone: the day of UTC"),
        pytest.param("Pacific/Auckland", 5, True, id="after midnight, in the same shift"),
        pytest.param("Pacific/Auckland", 7, False, id="and in the next"),
    ],
)
def test_the_day_of_a_delivery_is_that_of_where_the_parcel_goes(
    zone: str, hours: int, is_there: bool
) -> None:
    who = msgspec.structs.replace(o.CUSTOMER, time_zone=zone)
    events = [o.placed(customer=who), o.handed_over(TUE), o.on_the_van(TUE + hours * o.HOUR)]

    for order in permutations(events):
        milestone, _ = o.folded(order).shipments["S1"].now_at or (None, None)
        assert (milestone is Milestone.DELIVERED) is is_there
