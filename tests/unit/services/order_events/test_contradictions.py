"""What does not fit together is kept, and explained."""

from datetime import date
from typing import Any

import pytest

from headsup.contracts import shop
from headsup.contracts.base import Estimate, Money
from headsup.contracts.envelope import Event
from services.order_events.contradictions import contradictions
from tests.unit.services.order_events import afterwards as a
from tests.unit.services.order_events import changes as c
from tests.unit.services.order_events import orders as o
from tests.unit.services.order_events import parcels as p

PAID = o.placed_and_paid(o.TUESDAY)
LOOKED_AT = [o.accept_return(o.WEDNESDAY), a.look_at_return(o.THURSDAY)]
HELD_UP = [PAID, o.label(o.WEDNESDAY), o.scan(o.THURSDAY)]


def said(*events: Event[Any]) -> list[str]:
    return [sentence for _, sentence in contradictions(o.folded(events))]


@pytest.mark.parametrize(
    "events",
    [
        pytest.param(HELD_UP, id="a parcel on its way"),
        pytest.param([*HELD_UP, o.handed_over(o.FRIDAY)], id="delivered"),
        pytest.param([*HELD_UP, o.refund(o.FRIDAY)], id="all of it paid back"),
        pytest.param([PAID, o.cancelled(o.WEDNESDAY), o.refund(o.THURSDAY)], id="cancelled"),
        pytest.param(
            [
                PAID,
                o.refund(o.WEDNESDAY),
                c.refund_comes_back(o.THURSDAY),
                o.refund(o.FRIDAY, "R2"),
            ],
            id="sent anew after it had come back",
        ),
        pytest.param(
            [PAID, c.edited(o.WEDNESDAY, total=o.uah("40.00")), o.refund(o.THURSDAY)],
            id="paid back at the price before it was lowered",
        ),
        pytest.param([PAID, o.ask_to_return(o.FRIDAY), o.accept_return(o.FRIDAY)], id="a return"),
        pytest.param([PAID, *LOOKED_AT], id="a return that was looked at"),
        pytest.param(
            [PAID, *LOOKED_AT, a.send_back(o.FRIDAY, return_id="B2")],
            id="another return, under an id of its own",
        ),
        pytest.param(
            [PAID, *LOOKED_AT, a.ask_back(o.FRIDAY), o.accept_return(o.FRIDAY + o.HOUR)],
            id="a return on which the shop thought again",
        ),
    ],
)
def test_a_usual_life_fits_together(events: list[Event[Any]]) -> None:
    assert said(*events) == []


@pytest.mark.parametrize(
    ("events", "sentence"),
    [
        pytest.param(
            [PAID, o.handed_over(o.WEDNESDAY), o.on_the_van(o.WEDNESDAY + o.HOUR)],
            "shipment S1 delivered 2026-11-25 09:00, then out for delivery 2026-11-25 10:00: "
            "kept as delivered",
            id="on the van after it was delivered",
        ),
        pytest.param(
            [PAID, o.handed_over(o.WEDNESDAY), o.scan(o.WEDNESDAY + 2 * o.HOUR)],
            "shipment S1 delivered 2026-11-25 09:00, then scanned 2026-11-25 11:00: "
            "kept as delivered",
            id="scanned after its delivery",
        ),
        pytest.param(
            [PAID, o.handed_over(o.WEDNESDAY), o.on_the_van(o.THURSDAY)],
            "shipment S1 delivered 2026-11-25 09:00, then out for delivery 2026-11-26 09:00: "
            "no longer taken for delivered",
            id="on the van after its delivery",
        ),
        pytest.param(
            [PAID, o.refund(o.WEDNESDAY), o.refund(o.THURSDAY, "R2", amount=o.uah("1.00"))],
            "refunds of 101.00 UAH, and 100.00 UAH is all that the order cost: "
            "each is told with its own amount",
            id="more paid back than paid",
        ),
        pytest.param(
            [o.placed(), o.pay(o.MONDAY, amount=o.uah("50.00")), o.refund(o.WEDNESDAY)],
            "refunds of 100.00 UAH, and 50.00 UAH was paid as far as we know: "
            "each is told with its own amount",
            id="more paid back than the part that came",
        ),
        pytest.param(
            [o.scan(o.MONDAY)],
            "a shipment of an order that nobody placed: kept, and told as soon as the order is "
            "known",
            id="a parcel of an unknown order",
        ),
        pytest.param(
            [PAID, o.scan(o.MONDAY)],
            "shipment S1 scanned 2026-11-23 09:00, before the order was placed 2026-11-24 09:00",
            id="a parcel before the order",
        ),
        pytest.param(
            [PAID, o.ask_to_return(o.MONDAY)],
            "return B1 asked for 2026-11-23 09:00, before the order 2026-11-24 09:00",
            id="a return before the order",
        ),
        pytest.param(
            [PAID, *LOOKED_AT, o.ask_to_return(o.FRIDAY)],
            "return B1 asked for 2026-11-27 09:00, after it was looked at 2026-11-26 09:00: "
            "nothing is told of it, another return needs another id",
            id="a return under the id of one that is over",
        ),
        pytest.param(
            [PAID, *LOOKED_AT, o.accept_return(o.FRIDAY)],
            "return B1 approved 2026-11-27 09:00, after it was looked at 2026-11-26 09:00: "
            "nothing is told of it, another return needs another id",
            id="accepted under the id of one that is over",
        ),
        pytest.param(
            [PAID, *LOOKED_AT, a.get_back(o.FRIDAY)],
            "return B1 received 2026-11-27 09:00, after it was looked at 2026-11-26 09:00: "
            "nothing is told of it, another return needs another id",
            id="a parcel under the id of one that is over",
        ),
        pytest.param(
            [PAID, o.cancelled(o.WEDNESDAY), o.scan(o.THURSDAY)],
            "shipment S1 moved 2026-11-26 09:00, after the order was cancelled "
            "2026-11-25 09:00: told as it moves",
            id="a parcel of a cancelled order",
        ),
        pytest.param(
            [PAID, o.event(o.FRIDAY, shop.TicketClosed(order_id="A1", ticket_id="T1"))],
            "question T1 answered or closed, and nobody said that it began",
            id="an answer without a question",
        ),
    ],
)
def test_what_cannot_all_be_true_is_named(events: list[Event[Any]], sentence: str) -> None:
    assert said(*events) == [sentence]


BACKWARDS = Estimate(earliest=date(2026, 11, 28), latest=date(2026, 11, 26))


@pytest.mark.parametrize(
    ("events", "sentence"),
    [
        pytest.param(
            [o.placed_and_paid(o.TUESDAY, estimate=BACKWARDS)],
            "the order expected from a day on that is after the last one: only that is told",
            id="the order's days",
        ),
        pytest.param(
            [PAID, o.scan(o.WEDNESDAY, estimate=BACKWARDS)],
            "shipment S1 expected from a day on that is after the last one: only that is told",
            id="a parcel's days",
        ),
        pytest.param(
            [PAID, o.scan(o.WEDNESDAY), p.courier_comes(o.THURSDAY, p.hours(o.FRIDAY, -2))],
            "shipment S1: hours of the courier that end before they begin, not told",
            id="a courier's hours",
        ),
        pytest.param(
            [PAID, o.on_the_van(o.WEDNESDAY, window=p.hours(o.WEDNESDAY, -2))],
            "shipment S1: hours of the courier that end before they begin, not told",
            id="hours of the round",
        ),
        pytest.param(
            [PAID, o.accept_return(o.FRIDAY, pickup_window=p.hours(o.FRIDAY, 0))],
            "return B1: hours of the courier that end before they begin, not told",
            id="hours in which a return is fetched",
        ),
        pytest.param(
            [o.placed_and_paid(o.TUESDAY, total=Money(amount="12.00", currency="QQQ"))],
            "the price: no currency of ISO 4217 that is known here, told as it is written",
            id="a currency that nobody has",
        ),
        pytest.param(
            [PAID, o.refund(o.FRIDAY, amount=o.uah("12.345"))],
            "a refund: 3 decimals, and UAH has 2: told unrounded",
            id="a tenth of a kopeck",
        ),
    ],
)
def test_a_slip_is_explained_and_the_rest_of_its_event_is_kept(
    events: list[Event[Any]], sentence: str
) -> None:
    assert sentence in said(*events)
