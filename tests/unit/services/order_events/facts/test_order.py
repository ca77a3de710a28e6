"""What is known of an order as a whole."""

from tests.unit.services.order_events import changes as c
from tests.unit.services.order_events import orders as o


def test_an_order_that_is_brought_back_is_not_held_any_more() -> None:
    events = [o.placed_and_paid(), c.held(o.TUESDAY), o.cancelled(o.WEDNESDAY)]

    assert o.folded(events).hold is not None
    assert o.folded([*events, c.brought_back(o.THURSDAY)]).hold is None
    assert o.folded([*events, c.brought_back(o.THURSDAY), c.held(o.FRIDAY)]).hold is not None
