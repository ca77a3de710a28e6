"""Events whose time has not come yet: a shop says its local time, and calls it UTC."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from headsup.contracts.envelope import Event
from headsup.shops.carts import SETTLING
from services.cart_recovery.cart import Stage
from services.cart_recovery.step import Ignored, Taken
from tests.unit.services.cart_recovery import carts as c
from tests.unit.services.cart_recovery.carts import DAY, HOUR, MINUTE, MONDAY, Kept

AHEAD = 2 * HOUR
LATER = MONDAY + 30 * MINUTE
FOR_EVER = MONDAY + 60 * DAY
SECOND = timedelta(seconds=1)


def _ahead(*events: Event[Any], at: datetime = MONDAY) -> Kept:
    """A cart whose first update was said to be two hours later than it is."""
    cart = Kept()
    cart.takes(c.updated(MONDAY + AHEAD, *c.BOTH), *events, at=at)
    return cart


def test_an_event_counts_as_of_now_and_that_is_counted() -> None:
    cart = _ahead()
    assert cart.last.result is Taken.FROM_THE_FUTURE
    assert c.steps(cart.passes(MONDAY + HOUR)) == [1]
    assert c.only(cart.said).cart is not None
    assert c.only(cart.said).happened_at == MONDAY


@pytest.mark.parametrize(("end", "stage"), [(c.ordered, Stage.ORDERED), (c.emptied, Stage.EMPTIED)])
def test_what_ends_the_cart_at_the_right_time_ends_it(
    end: Callable[[datetime], Event[Any]], stage: Stage
) -> None:
    cart = _ahead()
    cart.hears(end(LATER))
    assert (cart.stage, cart.last.result) == (stage, Taken.TAKEN)
    assert cart.passes(FOR_EVER) == []


def test_what_was_taken_out_at_the_right_time_is_not_reminded_of() -> None:
    cart = _ahead()
    cart.hears(c.updated(LATER, *c.TEAPOT))
    asked = c.only(cart.passes(LATER + HOUR))
    assert [item.name for item in asked.content.items] == ["Teapot"]


def test_an_order_from_the_future_leaves_a_later_visit_alone() -> None:
    cart = Kept()
    cart.hears(c.updated())
    cart.takes(c.ordered(LATER + AHEAD), at=LATER)
    cart.hears(c.updated(LATER + HOUR, *c.TEAPOT))
    assert c.steps(cart.passes(LATER + 2 * HOUR)) == [1]


@pytest.mark.parametrize("again_at", [LATER, MONDAY + AHEAD, MONDAY + DAY])
def test_it_counts_the_same_when_it_comes_again(again_at: datetime) -> None:
    cart = _ahead()
    cart.hears(c.emptied(LATER))
    cart.takes(c.updated(MONDAY + AHEAD, *c.BOTH), at=again_at)
    assert cart.last.ignored is Ignored.ALREADY_KNOWN
    assert cart.stage is Stage.EMPTIED
    assert cart.passes(FOR_EVER) == []


def test_another_event_of_the_same_moment_is_not_taken_for_it() -> None:
    cart = _ahead()
    cart.hears(c.emptied(LATER))
    cart.takes(c.updated(MONDAY + AHEAD, *c.TEAPOT), at=MONDAY + AHEAD)
    assert cart.stage is Stage.ACTIVE


@pytest.mark.parametrize(
    ("by", "result"), [(SETTLING, Taken.TAKEN), (SETTLING + SECOND, Taken.FROM_THE_FUTURE)]
)
def test_clocks_may_differ_a_little(by: timedelta, result: Taken) -> None:
    cart = Kept()
    cart.takes(c.updated(MONDAY + by), at=MONDAY)
    assert cart.last.result is result


def test_of_events_from_the_future_no_more_are_remembered_than_may_come_again() -> None:
    cart = Kept()
    for minute in range(20):
        cart.takes(c.updated(MONDAY + AHEAD + minute * MINUTE), at=MONDAY + minute * MINUTE)
    assert [it.counts_as for it in cart.cart.facts.ahead][-1] == MONDAY + 19 * MINUTE
    assert len(cart.cart.facts.ahead) == 12
