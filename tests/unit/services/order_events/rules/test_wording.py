"""What is worded anew while it is still to be sent: also on its second channel, and never twice."""

from datetime import timedelta

from headsup.contracts.catalogue import Kind
from headsup.contracts.notifications import OutcomeStatus
from tests.unit.services.order_events import orders as o
from tests.unit.services.order_events import parcels as p

SHIPPED, CHANGED = Kind.SHIPMENT_SHIPPED, Kind.SHIPMENT_TRACKING_CHANGED
CONFIRMED = Kind.ORDER_CONFIRMED
NUMBERED = o.scan(o.MONDAY + o.HOUR, carrier="Meest", tracking_number="M1")
SOON = timedelta(minutes=5)


def test_a_confirmation_that_failed_on_one_channel_is_worded_anew_for_the_next() -> None:
    order = o.Order()
    order.hears(o.placed_and_paid(dispatch_by=o.TUESDAY))
    order.learns(CONFIRMED, OutcomeStatus.FAILED)

    decision = order.hears(o.confirmed(o.MONDAY + timedelta(minutes=9), dispatch_by=o.THURSDAY))

    assert o.only(decision).dispatch_by == o.THURSDAY
    assert len(decision.withdraw) == 1


def test_shipped_that_failed_on_one_channel_is_worded_anew_for_the_next() -> None:
    order = p.paid_order()
    order.hears(o.scan(o.MONDAY, estimate=o.by(o.WEDNESDAY)))
    first = order.id_of(SHIPPED)
    order.learns(SHIPPED, OutcomeStatus.FAILED)

    decision = order.hears(o.slip(o.MONDAY + timedelta(minutes=10), o.by(o.FRIDAY)))

    assert o.only(decision).estimate == o.by(o.FRIDAY)
    assert [each.request_id for each in decision.withdraw] == [first]


def test_shipped_that_went_out_before_it_was_worded_anew_is_not_said_again() -> None:
    order = p.paid_order()
    order.hears(NUMBERED)
    first = order.id_of(SHIPPED)
    (again,) = order.hears(o.scan(o.TUESDAY, tracking_number="M2")).announce
    order.learns_of(first, SHIPPED, OutcomeStatus.SENT)

    decision = order.looks(o.TUESDAY + SOON)

    assert [each.request_id for each in decision.withdraw] == [again.id]
    assert o.kinds(decision) == [CHANGED]
