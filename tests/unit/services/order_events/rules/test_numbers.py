"""A message about a parcel that still waits when the parcel gets another number."""

from datetime import timedelta

from headsup.contracts.catalogue import Kind
from headsup.contracts.notifications import OutcomeStatus
from tests.unit.services.order_events import orders as o
from tests.unit.services.order_events import parcels as p

OVERDUE, CHANGED = Kind.SHIPMENT_OVERDUE, Kind.SHIPMENT_TRACKING_CHANGED
EIGHT_ON_TUESDAY = o.TUESDAY + timedelta(hours=9)
LATER, SETTLED = EIGHT_ON_TUESDAY + timedelta(minutes=2), EIGHT_ON_TUESDAY + o.HOUR
RENUMBERED = o.scan(LATER, carrier="DHL", tracking_number="M2")


def overdue() -> o.Order:
    """A parcel that did not come on the day told, and the message about it, which waits."""
    left = o.scan(o.MONDAY, carrier="DPD", tracking_number="M1", estimate=o.by(o.TUESDAY))
    order = p.paid_order(left)
    order.looks(EIGHT_ON_TUESDAY)
    return order


def test_what_waits_and_names_the_old_number_is_said_anew_with_the_new_one_and_once() -> None:
    order = overdue()
    waiting = order.id_of(OVERDUE)

    decision = order.hears(RENUMBERED)

    (said,) = (each.request for each in decision.announce if each.request.kind is OVERDUE)
    assert (said.content.carrier, said.content.tracking_number) == ("DHL", "M2")
    assert [each.request_id for each in decision.withdraw] == [waiting]
    assert order.looks(SETTLED).announce == ()


def test_what_failed_on_one_channel_does_not_come_with_the_old_number_on_the_next() -> None:
    order = overdue()
    order.learns(OVERDUE, OutcomeStatus.FAILED)

    assert OVERDUE in o.kinds(order.hears(RENUMBERED))


def test_what_was_heard_is_not_said_again_and_the_change_is_told() -> None:
    order = overdue()
    order.learns(OVERDUE)
    order.hears(RENUMBERED)

    decision = order.looks(SETTLED)

    assert OVERDUE not in order.said[order.said.index(OVERDUE) + 1 :]
    assert o.kinds(decision) == [CHANGED]


def test_a_number_that_is_named_for_the_first_time_changes_nothing() -> None:
    left = o.scan(o.MONDAY, estimate=o.by(o.TUESDAY))
    order = p.paid_order(left)
    order.looks(EIGHT_ON_TUESDAY)

    assert order.hears(RENUMBERED).withdraw == ()


def test_what_went_out_before_it_could_be_taken_back_is_not_said_with_other_words() -> None:
    order = overdue()
    first = order.id_of(OVERDUE)
    again = order.hears(RENUMBERED).announce[0].id
    order.learns_of(first, OVERDUE, OutcomeStatus.SENT)

    decision = order.looks(SETTLED)

    assert [each.request_id for each in decision.withdraw] == [again]
    assert o.kinds(decision) == [CHANGED]
    assert order.looks(SETTLED).announce == ()
