"""What is worded anew while it is still to be sent: also on its second channel, and never twice."""

from datetime import timedelta

from headsup.contracts.catalogue import Kind
from headsup.contracts.notifications import OutcomeStatus
from tests.unit.services.order_events import orders as o
from tests.unit.services.order_events import parcels as p

SHIPPED, CONFIRMED = Kind.SHIPMENT_SHIPPED, Kind.ORDER_CONFIRMED


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


def reworded(order: o.Order, *numbers: str) -> list[str]:
    """The ids of `shipped`, worded anew with one number after the other, all still waiting."""
    ids = []
    for index, number in enumerate(numbers):
        at = o.MONDAY + o.HOUR + index * timedelta(seconds=20)
        order.hears(o.scan(at, carrier="Meest", tracking_number=number))
        ids.append(order.id_of(SHIPPED))
    return ids


def test_shipped_that_went_out_before_it_was_worded_anew_is_not_said_again_in_the_same_words() -> (
    None
):
    order = p.paid_order()
    first, _, last = reworded(order, "M1", "M2", "M1")
    order.learns_of(first, SHIPPED, OutcomeStatus.SENT)

    decision = order.looks(o.MONDAY + 2 * o.HOUR)

    assert [each.request_id for each in decision.withdraw] == [last]
    assert decision.announce == ()


def test_shipped_that_went_out_before_it_was_worded_anew_names_what_changed() -> None:
    order = p.paid_order()
    first, last = reworded(order, "M1", "M2")
    order.learns_of(first, SHIPPED, OutcomeStatus.SENT)

    decision = order.looks(o.MONDAY + 2 * o.HOUR)

    assert (decision.withdraw, decision.announce) == ((), ())
    order.learns_of(last, SHIPPED, OutcomeStatus.SENT)
    assert order.looks(o.MONDAY + 3 * o.HOUR).announce == ()
