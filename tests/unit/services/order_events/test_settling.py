"""News that may be undone or followed by more within minutes is told once it has settled, whatever
clock wrote it."""

from datetime import timedelta

from headsup.contracts import shop
from headsup.contracts.base import Item
from headsup.contracts.catalogue import CATALOGUE, Kind
from headsup.contracts.envelope import Event
from tests.unit.services.order_events import orders as o
from tests.unit.services.order_events import parcels as p

EDITED, FAILED = Kind.ORDER_EDITED, Kind.PAYMENT_FAILED
SPAN = CATALOGUE[EDITED].settles_for or timedelta(0)
SECOND = timedelta(seconds=1)
AHEAD = 5 * o.HOUR
READ_AT = o.TUESDAY


def an_edit(name: str, after: timedelta = timedelta(0)) -> Event[shop.OrderEdited]:
    """Lines that changed, under a time that is hours ahead."""
    data = shop.OrderEdited(order_id="A1", items=(Item(name=name),))
    return o.event(READ_AT + AHEAD + after, data)


def test_what_a_clock_ahead_of_ours_wrote_settles_from_when_it_is_read() -> None:
    order = p.paid_order()

    assert order.hears(an_edit("Teapot"), at=READ_AT).announce == ()
    assert order.decisions[-1].next_look_at == READ_AT + SPAN
    assert order.looks(READ_AT + SPAN - SECOND).announce == ()
    assert o.kinds(order.looks(READ_AT + SPAN)) == [EDITED]
    assert order.looks(READ_AT + AHEAD + SPAN).announce == ()
    assert order.told.settling == {}


def test_what_follows_within_minutes_is_told_with_it_though_that_clock_is_ahead() -> None:
    order = p.paid_order()
    order.hears(an_edit("Teapot"), at=READ_AT)
    order.hears(an_edit("Lamp", SPAN / 2), at=READ_AT + SPAN / 2)

    assert order.looks(READ_AT + SPAN).announce == ()
    content = o.only(order.looks(READ_AT + SPAN / 2 + SPAN))
    assert [item.name for item in content.items] == ["Lamp"]


def test_a_payment_that_failed_hours_from_now_is_told_within_minutes() -> None:
    order = o.Order()
    order.hears(o.placed())
    order.hears(o.pay_in_vain(o.MONDAY + AHEAD), at=o.MONDAY)

    assert o.kinds(order.looks(o.MONDAY + SPAN)) == [FAILED]


def test_what_our_own_time_wrote_settles_from_when_it_happened() -> None:
    order = p.paid_order()
    at = READ_AT + AHEAD
    order.hears(an_edit("Teapot"), at=at + SPAN / 2)

    assert order.told.settling == {}
    assert o.kinds(order.looks(at + SPAN)) == [EDITED]
