"""A gift that is cancelled: what its recipient, who did not order, hears of it."""

from typing import Any

from headsup.contracts.catalogue import Audience, Kind
from headsup.contracts.envelope import Event
from headsup.contracts.shop import Remedy
from services.order_events.reconcile import Decision
from tests.unit.services.order_events import changes
from tests.unit.services.order_events import mishaps as m
from tests.unit.services.order_events import orders as o
from tests.unit.services.order_events import parcels as p

CANCELLED = Kind.ORDER_CANCELLED
LATER = o.TUESDAY + o.HOUR


def to_the_recipient(decision: Decision) -> list[Kind]:
    return [
        said.request.kind
        for said in decision.announce
        if said.request.content.audience is Audience.RECIPIENT
    ]


def hears(order: o.Order, *events: Event[Any]) -> list[Kind]:
    """What the recipient is told of them, and hears."""
    decision = order.hears(*events)
    p.all_is_heard(order)
    return to_the_recipient(decision)


def gift() -> o.Order:
    """A gift on its way, whose recipient heard so."""
    return m.shipped(None, recipient=m.FRIEND)


def test_who_heard_of_the_parcel_hears_that_it_will_not_come_and_nothing_of_the_order() -> None:
    order = gift()

    decision = order.hears(o.cancelled(o.TUESDAY, refund=o.UAH_100, note="Sorry"))

    (content,) = (
        said.request.content
        for said in decision.announce
        if said.request.content.audience is Audience.RECIPIENT
    )
    assert to_the_recipient(decision) == [CANCELLED]
    assert (content.cancelled_by, content.cancel_reason, content.refund) == (None, None, None)
    assert (content.items, content.total, content.note) == ((), None, None)
    assert content.next_update_by is None


def test_and_is_told_so_once() -> None:
    order = gift()
    hears(order, o.cancelled(o.TUESDAY))

    assert hears(order, o.cancelled(LATER)) == []


def test_who_heard_of_no_parcel_hears_of_no_cancellation() -> None:
    order = o.Order()
    order.hears(o.placed(recipient=m.FRIEND))

    assert hears(order, o.cancelled(o.TUESDAY)) == []


def test_who_has_the_parcel_hears_of_no_cancellation() -> None:
    order = gift()
    assert hears(order, o.handed_over(o.TUESDAY)) == [Kind.SHIPMENT_DELIVERED]

    assert hears(order, o.cancelled(o.WEDNESDAY)) == []


def test_who_heard_that_it_goes_back_hears_of_no_cancellation() -> None:
    order = gift()
    assert hears(order, p.send_back(o.TUESDAY)) == [Kind.SHIPMENT_RETURNING]

    assert hears(order, o.cancelled(LATER)) == []


def test_who_heard_that_it_will_not_come_does_not_hear_that_it_goes_back() -> None:
    order = gift()
    hears(order, o.cancelled(o.TUESDAY))

    assert hears(order, p.send_back(LATER)) == []
    assert hears(order, p.arrive_back(o.WEDNESDAY, remedy=Remedy.REFUND)) == []


def test_and_hears_that_it_comes_all_the_same() -> None:
    order = gift()
    hears(order, o.cancelled(o.TUESDAY))

    assert hears(order, o.handed_over(o.WEDNESDAY)) == [Kind.SHIPMENT_DELIVERED]


def test_that_an_order_goes_on_is_told_to_the_recipient_who_heard_that_it_would_not() -> None:
    order = gift()
    hears(order, o.cancelled(o.TUESDAY))

    assert hears(order, changes.brought_back(LATER)) == [Kind.ORDER_REINSTATED]
    assert hears(order, o.cancelled(o.WEDNESDAY)) == [CANCELLED]


def test_and_to_no_other() -> None:
    order = o.Order()
    order.hears(o.placed(recipient=m.FRIEND))
    hears(order, o.cancelled(o.TUESDAY))

    assert hears(order, changes.brought_back(LATER)) == []


def test_who_heard_since_that_the_parcel_comes_all_the_same_hears_that_it_goes_back() -> None:
    order = gift()
    hears(order, o.cancelled(o.TUESDAY))
    hears(order, o.at_the_locker(LATER))

    assert hears(order, p.send_back(o.THURSDAY)) == [Kind.SHIPMENT_RETURNING]
