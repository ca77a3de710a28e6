"""Held back and released, edited, split, short of a line."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from headsup.contracts.base import Item
from headsup.contracts.catalogue import Kind
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import OutcomeStatus
from headsup.contracts.shop import HoldReason, ItemChange, PaymentState
from services.order_events.promises import LEAD
from tests.unit.services.order_events import changes as c
from tests.unit.services.order_events import orders as o

CONFIRMED, RECEIVED, CANCELLED = Kind.ORDER_CONFIRMED, Kind.ORDER_RECEIVED, Kind.ORDER_CANCELLED
HELD, RELEASED, EDITED = Kind.ORDER_ON_HOLD, Kind.ORDER_RELEASED, Kind.ORDER_EDITED
SPLIT, SHIPPED = Kind.ORDER_SPLIT, Kind.SHIPMENT_SHIPPED
GONE, INSTEAD, LATER = (
    Kind.ORDER_ITEM_UNAVAILABLE,
    Kind.ORDER_ITEM_SUBSTITUTED,
    Kind.ORDER_ITEM_BACKORDERED,
)
NOON = o.MONDAY + 3 * o.HOUR
A_MINUTE = c.minutes(1)


@pytest.mark.parametrize(
    ("events", "said"),
    [
        pytest.param([o.placed_and_paid(), c.held(NOON)], [CONFIRMED, HELD], id="held"),
        pytest.param(
            [o.placed_and_paid(), c.held(NOON), c.released(o.TUESDAY)],
            [CONFIRMED, HELD, RELEASED],
            id="and released",
        ),
        pytest.param(
            [o.placed_and_paid(), c.held(NOON), c.held(NOON + o.HOUR)],
            [CONFIRMED, HELD],
            id="held twice for the same reason is held once",
        ),
        pytest.param(
            [
                o.placed_and_paid(),
                c.held(NOON),
                c.held(NOON + o.HOUR, reason=HoldReason.STOCK_CHECK),
            ],
            [CONFIRMED, HELD, HELD],
            id="another reason is told",
        ),
        pytest.param(
            [o.placed_and_paid(), c.held(NOON), c.held(NOON + o.HOUR, until=o.FRIDAY)],
            [CONFIRMED, HELD, HELD],
            id="and so is another day",
        ),
        pytest.param(
            [o.placed_and_paid(), c.held(NOON), c.released(o.TUESDAY), c.held(o.WEDNESDAY)],
            [CONFIRMED, HELD, RELEASED, HELD],
            id="held again after it went on",
        ),
        pytest.param(
            [o.placed_and_paid(), c.held(NOON), o.cancelled(o.TUESDAY), c.released(o.WEDNESDAY)],
            [CONFIRMED, HELD, CANCELLED],
            id="a cancelled order does not go on",
        ),
        pytest.param(
            [o.placed_and_paid(), c.held(NOON), o.scan(o.TUESDAY), c.released(o.WEDNESDAY)],
            [CONFIRMED, HELD, SHIPPED],
            id="the parcel says that it goes on",
        ),
        pytest.param(
            [o.placed(), c.held(NOON), c.released(o.TUESDAY)],
            [RECEIVED, HELD, RELEASED],
            id="an order that is not paid for can be held, too",
        ),
    ],
)
def test_a_customer_hears_that_it_stands_still_and_goes_on(
    events: list[Event[Any]], said: list[Kind]
) -> None:
    assert c.told_of(*events).said == said


def test_a_hold_that_is_over_within_minutes_is_not_told() -> None:
    order = c.told_of(o.placed_and_paid())

    assert c.news(order, c.held(NOON), c.released(NOON + A_MINUTE)) == []


def test_a_hold_that_was_released_before_it_was_heard_is_taken_back_without_a_word() -> None:
    order = c.told_of(o.placed_and_paid())
    c.news(order, c.held(NOON))

    decision = order.hears(c.released(NOON + o.HOUR))

    assert [w.request_id for w in decision.withdraw] == [order.id_of(HELD)]
    assert decision.announce == ()


def test_an_order_that_is_held_before_it_was_confirmed_is_confirmed_when_it_goes_on() -> None:
    order = o.Order()

    assert c.news(order, o.placed_and_paid(NOON - A_MINUTE), c.held(NOON)) == [HELD]
    c.hear_all(order)
    assert c.news(order, c.released(o.FRIDAY)) == [CONFIRMED]


def test_a_confirmation_that_waits_is_taken_back_while_the_order_is_held() -> None:
    order = o.Order()
    order.hears(o.placed_and_paid())

    decision = order.hears(c.held(o.MONDAY + A_MINUTE))

    assert [w.request_id for w in decision.withdraw] == [order.id_of(CONFIRMED)]
    assert o.kinds(order.hears(c.released(o.MONDAY + 2 * A_MINUTE))) == [CONFIRMED]


def test_on_hold_says_why_until_when_and_promises_a_word_for_that_evening() -> None:
    order = c.told_of(o.placed_and_paid())
    order.hears(c.held(NOON, reason=HoldReason.STOCK_CHECK, until=o.THURSDAY))

    content = c.said_at(order, HELD, NOON + c.SETTLED)

    assert (content.hold_reason, content.until) == (HoldReason.STOCK_CHECK, o.THURSDAY)
    assert content.next_update_by == datetime(2026, 11, 26, 16, tzinfo=UTC)  # 18:00 in Kyiv


def test_released_says_when_it_leaves_and_comes_and_keeps_the_first_as_a_promise() -> None:
    order = c.told_of(o.placed_and_paid(), c.held(NOON))

    event = c.released(o.TUESDAY, dispatch_by=o.WEDNESDAY, estimate=o.by(o.FRIDAY))
    content = o.only(order.hears(event))

    assert (content.dispatch_by, content.estimate) == (o.WEDNESDAY, o.by(o.FRIDAY))
    assert content.next_update_by == o.WEDNESDAY + LEAD


TWO = (c.KETTLE, c.POT)
FIRST = c.edited(NOON, items=TWO, total=o.uah("150.00"))


@pytest.mark.parametrize(
    ("events", "said"),
    [
        pytest.param([o.placed_and_paid(), FIRST], [CONFIRMED, EDITED], id="edited"),
        pytest.param([o.placed(), FIRST], [RECEIVED, EDITED], id="edited before it was paid for"),
        pytest.param(
            [o.placed(), FIRST, o.pay(o.TUESDAY, amount=o.uah("150.00"))],
            [RECEIVED, EDITED, CONFIRMED],
            id="and paid for as it is then",
        ),
        pytest.param(
            [o.placed(), FIRST, o.pay(o.TUESDAY)],
            [RECEIVED, EDITED],
            id="the old price does not pay for it",
        ),
        pytest.param(
            [o.placed_and_paid(), FIRST, c.edited(o.TUESDAY, items=TWO)],
            [CONFIRMED, EDITED],
            id="an edit that changes nothing is none",
        ),
        pytest.param(
            [o.placed_and_paid(), c.edited(NOON, total=o.uah("100"))],
            [CONFIRMED],
            id="nor is the same price, written otherwise",
        ),
        pytest.param(
            [
                o.placed_and_paid(),
                FIRST,
                c.edited(o.TUESDAY, items=o.ITEMS, total=o.UAH_100),
                c.edited(o.WEDNESDAY, items=TWO, total=o.uah("150.00")),
            ],
            [CONFIRMED, EDITED, EDITED, EDITED],
            id="edited, undone and done again",
        ),
        pytest.param(
            [o.placed_and_paid(), c.edited(NOON, address_changed=True)],
            [CONFIRMED, EDITED],
            id="another address",
        ),
        pytest.param(
            [
                o.placed_and_paid(),
                c.edited(NOON, address_changed=True),
                c.edited(o.TUESDAY, address_changed=True),
            ],
            [CONFIRMED, EDITED, EDITED],
            id="and another",
        ),
        pytest.param(
            [o.placed_and_paid(), o.scan(NOON - o.HOUR), FIRST],
            [CONFIRMED, SHIPPED],
            id="nothing is edited once it has left",
        ),
        pytest.param(
            [o.placed_and_paid(), o.cancelled(NOON - o.HOUR), FIRST],
            [CONFIRMED, CANCELLED],
            id="nor once it is cancelled",
        ),
    ],
)
def test_a_customer_hears_that_the_order_is_not_as_told(
    events: list[Event[Any]], said: list[Kind]
) -> None:
    assert c.told_of(*events).said == said


def test_two_edits_within_five_minutes_are_one() -> None:
    order = c.told_of(o.placed_and_paid())
    order.hears(c.edited(NOON, items=TWO))

    assert o.kinds(order.hears(c.edited(NOON + 4 * A_MINUTE, total=o.uah("150.00")))) == []
    assert o.kinds(order.looks(NOON + 5 * A_MINUTE)) == []
    content = c.said_at(order, EDITED, NOON + 9 * A_MINUTE)
    assert (content.items, content.total) == (TWO, o.uah("150.00"))
    assert order.looks(NOON + 10 * A_MINUTE).withdraw == ()


def test_two_edits_that_cancel_each_other_out_are_none() -> None:
    order = c.told_of(o.placed_and_paid())

    undone = c.edited(NOON + A_MINUTE, items=o.ITEMS, total=o.UAH_100)

    assert c.news(order, FIRST, undone) == []


def test_an_edit_that_waits_is_taken_back_as_soon_as_it_is_edited_again() -> None:
    order = c.told_of(o.placed_and_paid())
    c.news(order, FIRST)
    edit = order.id_of(EDITED)

    decision = order.hears(c.edited(NOON + o.HOUR, items=(c.POT,)))

    assert [w.request_id for w in decision.withdraw] == [edit]
    assert c.said_at(order, EDITED, NOON + o.HOUR + c.SETTLED).items == (c.POT,)


def test_an_edit_before_any_message_is_in_the_first_one() -> None:
    order = o.Order()

    decision = order.hears(o.placed_and_paid(), FIRST)

    assert o.only(decision).items == TWO
    assert c.news(order, c.edited(NOON + A_MINUTE, items=TWO)) == []


def test_an_address_that_was_changed_before_any_message_is_no_news() -> None:
    order = o.Order()
    order.hears(o.placed_and_paid(), c.edited(NOON, address_changed=True))
    c.hear_all(order)

    assert o.kinds(order.looks(NOON + c.SETTLED)) == []


def test_an_address_that_was_changed_while_the_confirmation_waits_is_told_after_it() -> None:
    order = o.Order()
    order.hears(o.placed_and_paid())

    assert c.news(order, c.edited(NOON, address_changed=True)) == []
    c.hear_all(order)
    assert o.kinds(order.looks(NOON + o.HOUR)) == [EDITED]


def test_an_edit_that_is_undone_while_it_waits_is_taken_back_without_a_word() -> None:
    order = c.told_of(o.placed_and_paid())
    c.news(order, FIRST)

    assert c.news(order, c.edited(NOON + o.HOUR, items=o.ITEMS, total=o.UAH_100)) == []
    assert order.told.statements[order.id_of(EDITED)].withdrawn_at is not None


def test_a_confirmation_that_waits_is_worded_anew_when_the_order_is_edited() -> None:
    order = o.Order()
    order.hears(o.placed_and_paid())
    stale = order.id_of(CONFIRMED)

    decision = order.hears(FIRST)

    assert (o.kinds(decision), o.only(decision).items) == ([CONFIRMED], TWO)
    assert [w.request_id for w in decision.withdraw] == [stale]
    assert o.kinds(order.looks(NOON + c.SETTLED)) == []


@pytest.mark.parametrize(
    ("events", "said"),
    [
        pytest.param([c.splits(NOON)], [SPLIT], id="in two parcels"),
        pytest.param([c.splits(NOON), c.splits(o.TUESDAY)], [SPLIT], id="told once"),
        pytest.param(
            [c.splits(NOON), c.splits(o.TUESDAY, parcels=3)], [SPLIT, SPLIT], id="in three, then"
        ),
        pytest.param(
            [o.scan(NOON - o.HOUR), c.splits(NOON)],
            [SHIPPED],
            id="known once one has left",
        ),
        pytest.param(
            [o.cancelled(NOON), c.splits(NOON)], [CANCELLED], id="none of a cancelled order"
        ),
    ],
)
def test_a_customer_hears_in_how_many_parcels_it_comes(
    events: list[Event[Any]], said: list[Kind]
) -> None:
    order = c.told_of(o.placed_and_paid(), *events)

    assert [kind for kind in order.said if kind is not Kind.SHIPMENT_PARTLY_SHIPPED] == [
        CONFIRMED,
        *said,
    ]


@pytest.mark.parametrize(
    ("events", "said"),
    [
        pytest.param([c.changes_line(NOON)], [GONE], id="a line is not to be had"),
        pytest.param([c.changes_line(NOON), c.changes_line(o.TUESDAY)], [GONE], id="told once"),
        pytest.param(
            [c.changes_line(NOON, ItemChange.SUBSTITUTED, substitute=c.POT)],
            [INSTEAD],
            id="something else comes instead",
        ),
        pytest.param(
            [c.changes_line(NOON, ItemChange.BACKORDERED), c.changes_line(o.TUESDAY)],
            [LATER, GONE],
            id="it was to come later, and does not come",
        ),
        pytest.param(
            [
                c.changes_line(NOON, ItemChange.BACKORDERED, back_by=date(2026, 12, 1)),
                c.changes_line(o.TUESDAY, ItemChange.BACKORDERED, back_by=date(2026, 12, 8)),
            ],
            [LATER, LATER],
            id="it comes later still",
        ),
        pytest.param(
            [
                c.changes_line(NOON, ItemChange.BACKORDERED),
                c.changes_line(o.TUESDAY),
                c.changes_line(o.WEDNESDAY, ItemChange.BACKORDERED),
            ],
            [LATER, GONE, LATER],
            id="and does come after all",
        ),
        pytest.param(
            [o.scan(NOON), c.changes_line(o.TUESDAY)],
            [SHIPPED, GONE],
            id="told after the parcel left: it is not in there",
        ),
        pytest.param(
            [o.handed_over(NOON), c.changes_line(o.TUESDAY, ItemChange.SUBSTITUTED)],
            [Kind.SHIPMENT_DELIVERED],
            id="what came instead is seen by whoever has it",
        ),
        pytest.param(
            [o.cancelled(NOON), c.changes_line(o.TUESDAY)],
            [CANCELLED],
            id="no line of a cancelled order comes",
        ),
    ],
)
def test_a_customer_hears_of_a_line_that_does_not_come_as_ordered(
    events: list[Event[Any]], said: list[Kind]
) -> None:
    assert c.told_of(o.placed_and_paid(), *events).said == [CONFIRMED, *said]


def test_what_changed_about_a_line_names_it_and_what_follows() -> None:
    order = c.told_of(o.placed_and_paid())
    what = {"substitute": Item(name="Pan"), "refund": o.uah("10.00")}

    content = o.only(order.hears(c.changes_line(NOON, ItemChange.SUBSTITUTED, **what)))

    assert (content.item, content.substitute) == (c.KETTLE, Item(name="Pan"))
    assert content.refund == o.uah("10.00")


def test_an_order_that_was_cancelled_leaves_no_change_waiting() -> None:
    order = c.told_of(o.placed(payment=PaymentState.PAID))
    order.hears(c.held(NOON - o.HOUR), FIRST, c.changes_line(NOON), c.splits(NOON))
    order.looks(NOON + c.SETTLED)

    withdrawn = {w.request_id for w in order.hears(o.cancelled(o.TUESDAY)).withdraw}

    waiting = {order.id_of(kind) for kind in (HELD, EDITED, GONE, SPLIT)}
    assert withdrawn == waiting


def test_a_hold_of_which_nobody_could_be_told_needs_no_release() -> None:
    order = c.told_of(o.placed_and_paid())
    c.news(order, c.held(NOON))
    order.learns(HELD, OutcomeStatus.SUPPRESSED)

    assert c.news(order, c.released(o.TUESDAY)) == []
