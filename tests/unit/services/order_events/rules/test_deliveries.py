"""A parcel that was handed over, or was not after all."""

from datetime import date
from typing import Any

import pytest

from headsup.contracts.base import Customer
from headsup.contracts.catalogue import Audience, Kind
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import OutcomeStatus, Standing
from headsup.contracts.replies import Answer, Question
from headsup.contracts.shop import CancelledBy, HandedTo
from headsup.shops.policy import Policy
from services.order_events.reconcile import Decision
from tests.unit.services.order_events import orders as o
from tests.unit.services.order_events import parcels as p

DELIVERED, CHECK = Kind.SHIPMENT_DELIVERED, Kind.DELIVERY_CHECK
CORRECTION, COMPLETED = Kind.DELIVERY_CORRECTION, Kind.ORDER_COMPLETED
ON_THE_VAN = Kind.SHIPMENT_OUT_FOR_DELIVERY


def test_delivered_says_to_whom_where_and_until_when_it_may_go_back() -> None:
    event = o.handed_over(o.TUESDAY, handed_to=HandedTo.NEIGHBOUR, place="Flat 12")

    content = o.only(p.paid_order().hears(event))

    assert (content.handed_to, content.place) == (HandedTo.NEIGHBOUR, "Flat 12")
    assert content.return_until == date(2026, 12, 8)
    assert content.next_update_by is None


def test_a_shop_that_takes_nothing_back_names_no_day_for_it() -> None:
    order = p.paid_order()
    order.policy = Policy(return_days=0)

    assert o.only(order.hears(o.handed_over(o.TUESDAY))).return_until is None


def test_a_mere_scan_after_the_delivery_says_nothing() -> None:
    order = p.paid_order(o.scan(o.MONDAY), o.handed_over(o.TUESDAY))

    assert order.hears(o.scan(o.TUESDAY + o.HOUR)).announce == ()


def test_the_vans_own_scan_that_comes_with_a_later_time_takes_no_delivery_back() -> None:
    order = p.paid_order(o.scan(o.MONDAY), o.handed_over(o.TUESDAY))

    assert order.hears(o.on_the_van(o.TUESDAY + o.HOUR)).announce == ()
    assert order.looks(o.TUESDAY + 12 * o.HOUR).announce == ()
    assert o.one_by_one(
        o.placed_and_paid(), o.on_the_van(o.TUESDAY + o.HOUR), o.handed_over(o.TUESDAY)
    ) == [Kind.ORDER_CONFIRMED, ON_THE_VAN, DELIVERED]


INSTEAD = [
    pytest.param(p.not_delivered(o.WEDNESDAY), Standing.SEARCHED_FOR, [], id="taken back"),
    pytest.param(
        o.on_the_van(o.WEDNESDAY), Standing.OUT_FOR_DELIVERY, [ON_THE_VAN], id="on the van"
    ),
    pytest.param(
        o.nobody_home(o.WEDNESDAY),
        Standing.ATTEMPTED,
        [Kind.SHIPMENT_ATTEMPT_FAILED],
        id="an attempt in vain",
    ),
    pytest.param(
        o.at_the_locker(o.WEDNESDAY),
        Standing.WAITING_FOR_PICKUP,
        [Kind.SHIPMENT_READY_FOR_PICKUP],
        id="it waits",
    ),
]


@pytest.mark.parametrize(("event", "standing", "beside"), INSTEAD)
def test_a_delivery_that_was_told_and_is_not_true_is_corrected(
    event: Event[Any], standing: Standing, beside: list[Kind]
) -> None:
    order = p.paid_order(o.scan(o.MONDAY), o.handed_over(o.TUESDAY))

    decision = order.hears(event)

    assert sorted(o.kinds(decision)) == sorted([CORRECTION, *beside])
    assert of(decision, CORRECTION).standing is standing


@pytest.mark.parametrize(("event", "standing", "beside"), INSTEAD)
def test_a_delivery_that_nobody_heard_of_is_taken_back_and_not_corrected(
    event: Event[Any], standing: Standing, beside: list[Kind]
) -> None:
    del standing
    order = p.paid_order(o.scan(o.MONDAY))
    order.hears(o.handed_over(o.TUESDAY))
    delivered = order.id_of(DELIVERED)

    decision = order.hears(event)

    assert o.kinds(decision) == beside
    assert [withdrawn.request_id for withdrawn in decision.withdraw] == [delivered]


def test_a_delivery_that_was_heard_though_it_was_taken_back_is_corrected() -> None:
    order = p.paid_order(o.scan(o.MONDAY))
    order.hears(o.handed_over(o.TUESDAY))
    delivered = order.id_of(DELIVERED)
    order.hears(p.not_delivered(o.TUESDAY + o.HOUR))
    order.learns_of(delivered, DELIVERED, OutcomeStatus.DELIVERED)

    assert o.kinds(order.looks(o.TUESDAY + o.HOUR)) == [CORRECTION]


def test_a_wrong_delivery_is_corrected_once_and_the_right_one_is_told() -> None:
    order = p.paid_order(
        o.handed_over(o.TUESDAY),
        p.not_delivered(o.WEDNESDAY),
        o.scan(o.WEDNESDAY + o.HOUR),
        o.on_the_van(o.THURSDAY),
        o.handed_over(o.THURSDAY + o.HOUR),
        o.handed_over(o.THURSDAY + 2 * o.HOUR),
    )

    assert order.said.count(CORRECTION) == 1
    assert order.said.count(DELIVERED) == 2


def test_a_second_wrong_delivery_is_corrected_too() -> None:
    order = p.paid_order(
        o.handed_over(o.TUESDAY),
        p.not_delivered(o.WEDNESDAY),
        o.handed_over(o.THURSDAY),
        p.not_delivered(o.FRIDAY),
    )

    assert order.said[1:] == [DELIVERED, CORRECTION, DELIVERED, CORRECTION]


def test_a_correction_that_still_waits_is_taken_back_when_it_is_delivered() -> None:
    order = p.paid_order(o.handed_over(o.TUESDAY))
    order.hears(p.not_delivered(o.WEDNESDAY))
    correction = order.id_of(CORRECTION)

    decision = order.hears(o.handed_over(o.WEDNESDAY + o.HOUR))

    assert decision.announce == ()
    assert [withdrawn.request_id for withdrawn in decision.withdraw] == [correction]


@pytest.mark.parametrize("handed_to", [HandedTo.SAFE_PLACE, HandedTo.LETTERBOX])
def test_what_was_left_with_nobody_is_asked_for_a_day_later(handed_to: HandedTo) -> None:
    order = p.paid_order(o.handed_over(o.TUESDAY, handed_to=handed_to, place="By the gate"))

    assert o.kinds(order.looks(o.WEDNESDAY - o.HOUR)) == []
    content = o.only(order.looks(o.WEDNESDAY))

    assert order.said[-1] is CHECK
    assert content.question is Question.RECEIVED
    assert (content.handed_to, content.place) == (handed_to, "By the gate")
    assert content.seen_at == o.TUESDAY


@pytest.mark.parametrize(
    "handed_to", [HandedTo.RECIPIENT, HandedTo.NEIGHBOUR, HandedTo.LOCKER, HandedTo.PICKUP_POINT]
)
def test_what_was_handed_to_somebody_is_not_asked_for(handed_to: HandedTo) -> None:
    order = p.paid_order(o.handed_over(o.TUESDAY, handed_to=handed_to))

    assert CHECK not in o.kinds(order.looks(o.WEDNESDAY))


@pytest.mark.parametrize(
    ("threshold", "handed_to", "is_asked"),
    [
        ("99.99", HandedTo.RECIPIENT, True),
        ("99.99", HandedTo.NEIGHBOUR, True),
        ("100.00", HandedTo.RECIPIENT, False),
        ("99.99", HandedTo.PICKUP_POINT, False),
    ],
)
def test_what_is_worth_much_is_asked_for_unless_it_was_fetched(
    threshold: str, handed_to: HandedTo, is_asked: bool
) -> None:
    order = p.paid_order()
    order.policy = Policy(check_value=threshold)
    p.heard(order, o.handed_over(o.TUESDAY, handed_to=handed_to))

    assert (CHECK in o.kinds(order.looks(o.WEDNESDAY))) is is_asked


LEFT = o.handed_over(o.TUESDAY, handed_to=HandedTo.SAFE_PLACE)


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(o.ask_to_return(o.TUESDAY + o.HOUR), id="sends it back"),
        pytest.param(
            o.replied(o.TUESDAY + o.HOUR, "R", Question.ALL_RIGHT, Answer.YES), id="is content"
        ),
        pytest.param(p.not_delivered(o.TUESDAY + o.HOUR), id="knows that it is not delivered"),
    ],
)
def test_nobody_is_asked_who(event: Event[Any]) -> None:
    order = p.paid_order(LEFT, event)

    assert CHECK not in o.kinds(order.looks(o.WEDNESDAY + o.HOUR))


def test_nobody_is_asked_for_a_parcel_before_it_was_said_that_it_is_there() -> None:
    order = p.paid_order()
    order.hears(LEFT)

    assert CHECK not in o.kinds(order.looks(o.WEDNESDAY + o.HOUR))


def test_an_order_of_several_parcels_is_complete_with_the_last() -> None:
    order = p.paid_order(o.scan(o.MONDAY, "S1"), o.scan(o.MONDAY, "S2"))
    first = order.hears(o.handed_over(o.TUESDAY, "S1"))
    p.all_is_heard(order)

    last = order.hears(o.handed_over(o.WEDNESDAY, "S2"))

    assert o.kinds(first) == [DELIVERED]
    assert of(first, DELIVERED).return_until is None
    assert o.kinds(last) == [DELIVERED, COMPLETED]
    content = of(last, COMPLETED)
    assert (content.parcels, content.items) == (2, o.ITEMS)
    assert content.return_until == of(last, DELIVERED).return_until == date(2026, 12, 9)


@pytest.mark.parametrize(
    "events",
    [
        pytest.param([o.handed_over(o.TUESDAY)], id="one parcel"),
        pytest.param(
            [p.split(o.MONDAY, 3), o.handed_over(o.TUESDAY), o.handed_over(o.TUESDAY, "S2")],
            id="two of three",
        ),
        pytest.param([p.lose(o.MONDAY), o.handed_over(o.TUESDAY, "S2")], id="and one lost"),
    ],
)
def test_an_order_is_not_complete_with(events: list[Event[Any]]) -> None:
    assert COMPLETED not in p.paid_order(*events).said


FRIEND = Customer(id="F1", email="friend@example.com", time_zone="America/New_York")


def gift(*events: Event[Any]) -> o.Order:
    """Somebody ordered it for a friend in New York."""
    return p.paid_order(*events, recipient=FRIEND)


def heard_by(decision: Decision, audience: Audience) -> list[Kind]:
    return [
        said.request.kind for said in decision.announce if said.request.content.audience is audience
    ]


@pytest.mark.parametrize(
    ("event", "buyer", "recipient"),
    [
        (o.scan(o.TUESDAY), [Kind.SHIPMENT_SHIPPED], [Kind.SHIPMENT_SHIPPED]),
        (o.on_the_van(o.TUESDAY), [], [ON_THE_VAN]),
        (o.nobody_home(o.TUESDAY), [], [Kind.SHIPMENT_ATTEMPT_FAILED]),
        (o.at_the_locker(o.TUESDAY), [], [Kind.SHIPMENT_READY_FOR_PICKUP]),
        (o.handed_over(o.TUESDAY), [DELIVERED], [DELIVERED]),
    ],
    ids=["shipped", "on the van", "in vain", "at a locker", "delivered"],
)
def test_of_a_gift_buyer_and_recipient_hear_what_is_theirs_to_know(
    event: Event[Any], buyer: list[Kind], recipient: list[Kind]
) -> None:
    decision = gift().hears(event)

    assert heard_by(decision, Audience.BUYER) == buyer
    assert heard_by(decision, Audience.RECIPIENT) == recipient


def test_a_buyer_who_is_named_as_the_recipient_hears_once() -> None:
    order = p.paid_order(recipient=o.CUSTOMER)

    assert o.kinds(order.hears(o.handed_over(o.TUESDAY))) == [DELIVERED]


def test_the_recipient_of_a_gift_learns_neither_contents_nor_price_nor_the_buyers_page() -> None:
    decision = gift().hears(o.scan(o.TUESDAY))

    by_person = {said.request.customer.id: said.request.content for said in decision.announce}
    assert by_person["C1"].items == o.ITEMS
    assert by_person["F1"].items == ()
    assert by_person["F1"].order_url is None


def test_the_recipient_of_a_gift_is_the_one_who_is_asked_whether_it_is_there() -> None:
    order = gift(LEFT)

    (asked,) = order.looks(o.WEDNESDAY).announce

    assert asked.request.customer == FRIEND
    assert asked.request.content.question is Question.RECEIVED


def test_both_hear_that_a_gift_was_not_delivered_after_all() -> None:
    order = gift(o.handed_over(o.TUESDAY))

    decision = order.hears(p.not_delivered(o.WEDNESDAY))

    assert heard_by(decision, Audience.BUYER) == [CORRECTION]
    assert heard_by(decision, Audience.RECIPIENT) == [CORRECTION]


def test_the_day_of_a_gift_is_a_day_where_it_goes() -> None:
    order = gift(o.scan(o.MONDAY, estimate=o.by(o.THURSDAY)))
    evening_in_new_york = o.WEDNESDAY.replace(hour=23)

    assert o.kinds(order.looks(evening_in_new_york - o.HOUR)) == []
    (said,) = order.looks(evening_in_new_york).announce
    assert (said.request.kind, said.request.customer) == (
        Kind.SHIPMENT_ARRIVING_TOMORROW,
        FRIEND,
    )


def test_the_parcel_of_an_unknown_order_speaks_once_the_order_is_known() -> None:
    order = o.Order()
    for event in (o.scan(o.TUESDAY), o.on_the_van(o.WEDNESDAY), o.handed_over(o.WEDNESDAY)):
        assert order.hears(event) == Decision()

    assert o.kinds(order.hears(o.placed_and_paid(), at=o.WEDNESDAY)) == [DELIVERED]


def of(decision: Decision, kind: Kind) -> Any:
    """What is said of this kind."""
    (said,) = (each for each in decision.announce if each.request.kind is kind)
    return said.request.content


def test_what_is_delivered_of_a_cancelled_order_says_so_and_names_no_day_to_return_it() -> None:
    order = p.paid_order(o.cancelled(o.MONDAY + 2 * o.HOUR, by=CancelledBy.CUSTOMER))

    content = o.only(order.hears(o.handed_over(o.TUESDAY)))

    assert content.cancelled_by is CancelledBy.CUSTOMER
    assert content.return_until is None


def test_a_delivery_that_was_told_is_not_told_again_because_the_order_is_cancelled() -> None:
    order = p.paid_order(o.handed_over(o.TUESDAY))

    assert o.kinds(order.hears(o.cancelled(o.TUESDAY + 2 * o.HOUR))) == [Kind.ORDER_CANCELLED]


def test_a_wrong_delivery_of_a_cancelled_order_is_corrected_where_nothing_else_says_so() -> None:
    order = p.paid_order(o.cancelled(o.MONDAY + 2 * o.HOUR), o.handed_over(o.TUESDAY))
    p.all_is_heard(order)

    decision = order.hears(p.lose(o.WEDNESDAY))

    (said,) = (each for each in decision.announce if each.request.kind is CORRECTION)
    assert said.request.content.standing is Standing.SEARCHED_FOR


def test_what_somebody_has_by_a_later_word_is_not_asked_for() -> None:
    order = p.paid_order()
    order.policy = Policy(check_value="1.00")
    order.hears(o.handed_over(o.TUESDAY, handed_to=HandedTo.LETTERBOX))
    p.all_is_heard(order)
    order.hears(o.handed_over(o.WEDNESDAY - o.HOUR, handed_to=HandedTo.RECIPIENT))

    assert CHECK not in o.kinds(order.looks(o.WEDNESDAY + o.HOUR))


SECOND = o.label(o.MONDAY, "S2")


@pytest.mark.parametrize(
    ("others", "left"),
    [
        pytest.param([], None, id="none, where it is the only one"),
        pytest.param([SECOND], 1, id="one that is labelled"),
        pytest.param([p.split(o.MONDAY, 3)], 2, id="those that nobody has seen yet"),
        pytest.param([o.handed_over(o.MONDAY, "S2")], None, id="none, where all are there"),
        pytest.param([p.lose(o.MONDAY, "S2")], None, id="none, where the other is lost"),
        pytest.param([SECOND, o.cancelled(o.MONDAY)], None, id="none of a cancelled order"),
    ],
)
def test_delivered_says_how_many_parcels_are_still_to_come(
    others: list[Event[Any]], left: int | None
) -> None:
    order = p.paid_order(*others)

    (said,) = (
        each.request.content
        for each in order.hears(o.handed_over(o.TUESDAY)).announce
        if each.request.kind is DELIVERED
    )

    assert said.parcels_left == left
