"""A cart from its first event until it is forgotten."""

from datetime import timedelta
from typing import Any

import pytest

from headsup.contracts import shop
from headsup.contracts.catalogue import CATALOGUE, Kind
from headsup.contracts.envelope import Event
from headsup.shops.carts import CartPolicy
from headsup.shops.night import Night
from services.cart_recovery.cart import CartKey, Stage
from services.cart_recovery.step import Ignored, Terms, Tick, cart_of, step
from tests.unit.services.cart_recovery import carts as c
from tests.unit.services.cart_recovery.carts import DAY, HOUR, MINUTE, MONDAY, Kept

WORTH = CATALOGUE[Kind.CART_ABANDONED].time_to_live
FOR_EVER = MONDAY + 60 * DAY


def test_an_unknown_cart_that_is_emptied_is_noted_and_nothing_is_said() -> None:
    for end in (c.emptied, c.merged):
        cart = Kept()
        assert cart.hears(end(MONDAY)) == []
        assert cart.last.ignored is Ignored.UNKNOWN_CART
        cart.takes(c.updated(MONDAY - MINUTE), at=MONDAY)
        assert cart.passes(FOR_EVER) == []


def test_a_cart_that_we_know_is_emptied_without_a_word() -> None:
    cart = Kept()
    cart.hears(c.updated(), c.emptied(MONDAY + MINUTE))
    assert cart.last.ignored is None


def test_what_came_before_is_ignored_with_a_reason() -> None:
    cart = Kept()
    cart.hears(c.updated(), c.updated())
    assert cart.last.ignored is Ignored.ALREADY_KNOWN
    assert cart.look_at == MONDAY + HOUR


def test_what_is_about_no_cart_changes_nothing() -> None:
    cart = Kept()
    cart.hears(c.updated())
    known = cart.cart
    cart.takes(c.ordered(MONDAY, cart_id=None), at=MONDAY)
    assert cart.last.ignored is Ignored.NOT_ABOUT_A_CART
    assert (cart.cart, cart.look_at) == (known, MONDAY + HOUR)


def test_events_name_the_cart_that_they_are_about() -> None:
    key = CartKey(c.SHOP, c.CART)
    cart = Kept()
    cart.hears(c.updated())
    [asked] = c.reminders(cart.passes(MONDAY + HOUR))
    for each in (
        *(c.updated(), c.emptied(MONDAY), c.identified(MONDAY), c.merged(MONDAY)),
        *(c.checkout(MONDAY), c.ordered(MONDAY), c.outcome(asked, MONDAY)),
    ):
        assert cart_of(each) == key
    assert cart_of(c.ordered(MONDAY, cart_id=None)) is None
    confirmed = shop.OrderConfirmed(order_id="A1")
    assert cart_of(c.event(MONDAY, confirmed)) is None


def test_a_tick_of_a_forgotten_cart_says_nothing() -> None:
    found = step(None, Tick(), MONDAY, c.TERMS)
    assert (found.cart, found.says, found.look_at) == (None, (), None)


def test_a_cart_goes_through_its_stages() -> None:
    cart = Kept(Terms(policy=CartPolicy(reminder_hours=(1, 24))))
    cart.hears(c.updated())
    stages = [cart.stage]
    while cart.look_at is not None:
        cart.passes(cart.look_at)
        if not cart.is_forgotten:
            stages.append(cart.stage)
    assert stages == [Stage.ACTIVE, Stage.REMINDED, Stage.REMINDED, Stage.EXPIRED]


def test_a_cart_of_nobody_is_idle_and_then_expired() -> None:
    cart = Kept()
    cart.hears(c.updated_by_guest())
    cart.passes(MONDAY + HOUR)
    stages = [cart.stage]
    cart.passes(MONDAY + 3 * DAY + WORTH)
    assert [*stages, cart.stage] == [Stage.IDLE, Stage.EXPIRED]


@pytest.mark.parametrize(
    "events",
    [
        [c.updated()],
        [c.updated_by_guest()],
        [c.updated(), c.ordered(MONDAY + MINUTE)],
        [c.updated(), c.emptied(MONDAY + MINUTE)],
        [c.merged(MONDAY)],
        [c.ordered(MONDAY)],
        [c.identified(MONDAY)],
    ],
    ids=lambda events: "+".join(type(each.data).__name__ for each in events),
)
def test_every_cart_is_forgotten_and_a_replay_of_everything_says_nothing(
    events: list[Event[Any]],
) -> None:
    cart = Kept()
    cart.hears(*events)
    cart.passes(FOR_EVER)
    assert cart.is_forgotten
    forgotten_at = max(each.time for each in events) + c.TERMS.reach + c.TERMS.window
    again = Kept()
    assert again.takes(*events, at=forgotten_at) == []
    assert again.passes(FOR_EVER) == []
    assert again.is_forgotten
    assert again.last.ignored in {Ignored.TOO_OLD, Ignored.UNKNOWN_CART}


def test_a_reminded_cart_is_kept_until_no_order_counts_as_recovered() -> None:
    cart = Kept()
    cart.hears(c.updated())
    cart.passes(MONDAY + 3 * DAY + c.TERMS.window)
    assert not cart.is_forgotten


def test_the_terms_of_a_shop_that_no_profile_names_are_those_of_a_careful_one() -> None:
    terms = Terms.of(None)
    assert terms.policy == CartPolicy()
    assert terms.night == Night()
    assert terms.zone.utcoffset(MONDAY) == timedelta()
