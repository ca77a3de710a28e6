"""An order of many parcels: one message tells how all of them go on."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Final

import msgspec
import pytest

from headsup.contracts.base import PickupPoint
from headsup.contracts.catalogue import Audience, Kind
from headsup.contracts.notifications import Content, OutcomeStatus
from services.order_events.reconcile import Decision
from tests.unit.services.order_events import mishaps as m
from tests.unit.services.order_events import orders as o
from tests.unit.services.order_events import parcels as p

PROGRESS, COMPLETED = Kind.ORDER_PROGRESS, Kind.ORDER_COMPLETED
MINUTE: Final = timedelta(minutes=1)
SIXTY: Final = [f"S{number}" for number in range(60)]
LATER: Final = o.MONDAY + 2 * o.HOUR


def _order(count: int = 60) -> o.Order:
    order = p.paid_order(p.split(o.MONDAY, count))
    _sent(order)
    return order


def _sent(order: o.Order) -> None:
    """Everything that was asked for went out."""
    for id_, said in order.told.statements.items():
        if said.waiting:
            order.learns_of(id_, said.kind, OutcomeStatus.SENT)


def _lives(order: o.Order, at: datetime, what: object, names: list[str]) -> None:
    """Something happens to these parcels, a minute apart, and each message goes out at once."""
    assert callable(what)
    for number, name in enumerate(names):
        order.hears(what(at + number * MINUTE, name))
        _sent(order)


def _looks(order: o.Order, at: datetime) -> Decision:
    decision = order.looks(at)
    _sent(order)
    return decision


def _told(decision: Decision, kind: Kind = PROGRESS) -> Content:
    (content,) = (e.request.content for e in decision.announce if e.request.kind is kind)
    return content


def test_sixty_parcels_are_not_sixty_messages() -> None:
    order = _order()
    before = len(order.said)

    for day, what in enumerate((o.scan, o.on_the_van, o.handed_over)):
        at = LATER + day * o.DAY
        _lives(order, at, what, SIXTY)
        for hours in range(1, 20):
            _looks(order, at + hours * o.HOUR)

    said = Counter(order.said[before:])
    assert set(said) <= {PROGRESS, COMPLETED, Kind.ORDER_CHECK_IN}
    assert said[COMPLETED] == 1
    assert said[PROGRESS] <= 4


def test_up_to_four_parcels_each_is_told_of_alone() -> None:
    order = _order(4)

    _lives(order, LATER, o.scan, SIXTY[:4])
    _looks(order, LATER + o.HOUR)

    said = Counter(order.said)
    assert said[Kind.SHIPMENT_PARTLY_SHIPPED] + said[Kind.SHIPMENT_SHIPPED] == 4
    assert PROGRESS not in said


def test_a_shop_says_how_many_are_told_of_alone() -> None:
    order = _order(4)
    order.policy = msgspec.structs.replace(order.policy, parcels_told_alone=3)

    _lives(order, LATER, o.scan, SIXTY[:4])
    _looks(order, LATER + o.HOUR)

    assert order.said.count(PROGRESS) == 1
    assert Kind.SHIPMENT_PARTLY_SHIPPED not in order.said


def test_the_first_that_leave_are_told_together() -> None:
    order = _order()

    _lives(order, LATER, o.scan, SIXTY[:7])
    told = _told(_looks(order, LATER + 10 * MINUTE))

    assert (told.parcels, told.parcels_moved, told.parcels_there) == (60, 7, None)


def test_what_changes_is_told_in_the_evening_of_the_next_working_day() -> None:
    order = _order()
    _lives(order, LATER, o.scan, SIXTY[:7])
    _looks(order, LATER + 10 * MINUTE)

    _lives(order, LATER + o.HOUR, o.scan, SIXTY[7:20])
    in_the_evening = o.kinds(_looks(order, LATER + 8 * o.HOUR))
    told = _told(_looks(order, o.TUESDAY + 9 * o.HOUR))

    assert (in_the_evening, told.parcels_moved) == ([], 20)


def test_what_does_not_change_is_not_told_again() -> None:
    order = _order()
    _lives(order, LATER, o.scan, SIXTY[:7])
    _looks(order, LATER + 10 * MINUTE)

    assert o.kinds(_looks(order, o.TUESDAY + 9 * o.HOUR)) == []


def test_that_all_have_left_is_told_when_it_is_so() -> None:
    order = _order()
    _lives(order, LATER, o.scan, SIXTY[:7])
    _looks(order, LATER + 10 * MINUTE)

    _lives(order, LATER + o.HOUR, o.scan, SIXTY[7:])
    told = _told(_looks(order, LATER + o.HOUR + 63 * MINUTE))

    assert told.parcels_moved == 60


def test_whoever_has_to_be_there_hears_of_the_courier_in_the_morning() -> None:
    order = _order()
    _lives(order, LATER, o.scan, SIXTY)
    _looks(order, LATER + 90 * MINUTE)

    _lives(order, o.TUESDAY, o.on_the_van, SIXTY[:5])
    told = _told(_looks(order, o.TUESDAY + 10 * MINUTE))
    _lives(order, o.TUESDAY + o.HOUR, o.on_the_van, SIXTY[5:9])

    assert told.parcels_today == 5
    assert order.said.count(PROGRESS) == 3  # the first, all that left, the courier


def test_where_each_waits_is_told_of_each() -> None:
    order = _order()
    for number, name in enumerate(SIXTY[:6]):
        point = PickupPoint(name="Locker 5", address="Khreshchatyk 1", code=str(number))
        order.hears(o.at_the_locker(LATER, name, pickup=point))

    assert order.said.count(Kind.SHIPMENT_READY_FOR_PICKUP) == 6


@pytest.mark.parametrize(
    ("happens", "kind"),
    [
        pytest.param(o.nobody_home, Kind.SHIPMENT_ATTEMPT_FAILED, id="an attempt in vain"),
        pytest.param(p.lose, Kind.SHIPMENT_LOST, id="a loss"),
        pytest.param(m.damage, Kind.SHIPMENT_DAMAGED, id="damage"),
        pytest.param(m.duty, Kind.SHIPMENT_DUTY_DUE, id="a duty"),
        pytest.param(m.unclear_address, Kind.SHIPMENT_ADDRESS_PROBLEM, id="an address"),
        pytest.param(p.send_back, Kind.SHIPMENT_RETURNING, id="a return"),
    ],
)
def test_what_somebody_has_to_know_of_one_is_told_of_it(happens: object, kind: Kind) -> None:
    assert callable(happens)
    order = _order()

    decision = order.hears(happens(LATER, "S7"))

    assert _told(decision, kind).parcels == 60


def test_a_parcel_that_was_told_of_alone_is_told_of_alone_to_its_end() -> None:
    order = _order()
    order.hears(o.nobody_home(LATER, "S7"))
    _sent(order)

    decision = order.hears(o.handed_over(o.TUESDAY, "S7"))

    assert Kind.SHIPMENT_DELIVERED in o.kinds(decision)


def test_late_parcels_are_counted_and_not_told_one_by_one() -> None:
    order = p.paid_order(p.split(o.MONDAY, 60), estimate=o.by(o.TUESDAY))
    _sent(order)
    _lives(order, LATER, o.scan, SIXTY[:7])
    _looks(order, LATER + 10 * MINUTE)

    told = _told(_looks(order, o.WEDNESDAY + 9 * o.HOUR))

    assert told.parcels_late == 7
    assert Kind.SHIPMENT_OVERDUE not in order.said


def test_the_recipient_of_a_gift_hears_that_all_are_there_from_the_same_message() -> None:
    order = p.paid_order(p.split(o.MONDAY, 5), recipient=m.FRIEND)
    _lives(order, LATER, o.handed_over, SIXTY[:5])
    decision = _looks(order, LATER + o.HOUR)

    heard = {
        each.request.content.audience: each.request.content.parcels_there
        for each in decision.announce
        if each.request.kind is PROGRESS
    }
    assert heard == {Audience.RECIPIENT: 5}


def test_the_recipient_is_promised_no_word_where_only_the_buyer_waits() -> None:
    order = p.paid_order(p.split(o.MONDAY, 5), recipient=m.FRIEND)
    _lives(order, LATER, o.scan, SIXTY[:5])
    _looks(order, LATER + o.HOUR)
    _lives(order, o.TUESDAY, p.send_back, SIXTY[:1])
    _lives(order, o.TUESDAY + o.HOUR, o.handed_over, SIXTY[1:5])
    decision = _looks(order, o.WEDNESDAY + 9 * o.HOUR)

    promised = {
        each.request.content.audience: each.request.content.next_update_by is not None
        for each in decision.announce
        if each.request.kind is PROGRESS
    }
    assert promised == {Audience.BUYER: True, Audience.RECIPIENT: False}


def test_numbers_that_waited_for_the_morning_are_written_anew() -> None:
    order = _order()
    order.hears(o.scan(LATER, "S1"))
    first = order.looks(LATER + 10 * MINUTE)

    order.hears(*(o.scan(LATER + o.HOUR, name) for name in SIXTY[:9]))
    told = _told(order.decisions[-1])

    assert o.kinds(first) == [PROGRESS]
    assert (told.parcels_moved, len(order.decisions[-1].withdraw)) == (9, 1)
