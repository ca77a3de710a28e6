"""Where a parcel lies that was delivered, as carriers say it more than once."""

from typing import Any

import pytest

from headsup.contracts.catalogue import Kind
from headsup.contracts.envelope import Event
from headsup.contracts.replies import Answer, Question
from headsup.contracts.shop import HandedTo
from tests.unit.services.order_events import orders as o
from tests.unit.services.order_events import parcels as p

DELIVERED = Kind.SHIPMENT_DELIVERED
LATER = o.TUESDAY + o.HOUR
IN_HAND = o.handed_over(o.TUESDAY)
IN_THE_SHED = o.handed_over(o.TUESDAY, handed_to=HandedTo.SAFE_PLACE, place="the shed")
AT_FLAT_5 = o.handed_over(LATER, handed_to=HandedTo.NEIGHBOUR, place="flat 5")
FOUND = o.replied(o.TUESDAY + o.HOUR / 2, "0" * 32, Question.RECEIVED, Answer.YES)


@pytest.mark.parametrize(
    ("first", "then", "places"),
    [
        pytest.param(IN_THE_SHED, [AT_FLAT_5], ["the shed", "flat 5"], id="elsewhere"),
        pytest.param(IN_HAND, [AT_FLAT_5], [None, "flat 5"], id="not in anybody's hand"),
        pytest.param(
            IN_THE_SHED,
            [o.handed_over(LATER, handed_to=HandedTo.SAFE_PLACE, place="the shed")],
            ["the shed"],
            id="not when the same is said twice",
        ),
        pytest.param(IN_THE_SHED, [o.handed_over(LATER)], ["the shed"], id="nor when less is said"),
        pytest.param(
            IN_THE_SHED,
            [o.handed_over(LATER, handed_to=HandedTo.SAFE_PLACE)],
            ["the shed"],
            id="nor when the place is left out",
        ),
        pytest.param(
            IN_HAND,
            [o.handed_over(LATER, place="porch")],
            [None],
            id="nor where somebody has it",
        ),
        pytest.param(
            IN_THE_SHED, [FOUND, AT_FLAT_5], ["the shed"], id="nor to somebody who has found it"
        ),
    ],
)
def test_where_a_parcel_lies_is_told_anew_when_it_is(
    first: Event[Any], then: list[Event[Any]], places: list[str | None]
) -> None:
    order = p.paid_order(first, *then)

    said = [
        each.request.content.place
        for decision in order.decisions
        for each in decision.announce
        if each.request.kind is DELIVERED
    ]

    assert said == places


def test_what_is_delivered_after_all_is_told_once_though_it_was_thought_to_be_there() -> None:
    order = p.paid_order(
        IN_THE_SHED,
        FOUND,
        o.at_the_locker(o.WEDNESDAY),
        o.handed_over(o.WEDNESDAY + o.HOUR, handed_to=HandedTo.PICKUP_POINT, place="Locker 5"),
    )

    looks = order.looks(o.WEDNESDAY + 2 * o.HOUR)
    assert [order.said.count(DELIVERED), o.kinds(looks)] == [2, []]
