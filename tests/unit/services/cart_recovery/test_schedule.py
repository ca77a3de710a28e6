"""When a cart's owner is reminded."""

import pytest

from headsup.contracts.base import Customer
from headsup.contracts.catalogue import CATALOGUE, Kind
from headsup.shops.carts import CartPolicy
from headsup.shops.night import Night
from services.cart_recovery.step import Terms
from tests.unit.services.cart_recovery import carts as c
from tests.unit.services.cart_recovery.carts import DAY, HOUR, MINUTE, MONDAY, Kept

WORTH = CATALOGUE[Kind.CART_ABANDONED].time_to_live
WITHOUT_NIGHT = Terms(night=Night(begins=0, ends=0))
FOR_EVER = MONDAY + 60 * DAY


def test_somebody_who_leaves_a_cart_is_reminded_after_an_hour_a_day_and_three_days() -> None:
    cart = Kept()
    cart.hears(c.updated())
    cart.passes(FOR_EVER)
    assert c.steps(cart.said) == [1, 2, 3]
    assert cart.asked_at == [MONDAY + HOUR, MONDAY + DAY, MONDAY + 3 * DAY]


def test_nobody_is_reminded_before_it_is_time() -> None:
    cart = Kept()
    cart.hears(c.updated())
    look_at = cart.look_at
    assert cart.looks(MONDAY + HOUR - MINUTE) == []
    assert cart.look_at == look_at == MONDAY + HOUR


def test_an_event_asks_for_no_reminder_because_the_next_one_may_be_the_order() -> None:
    cart = Kept()
    assert cart.takes(c.updated(), at=MONDAY + 2 * HOUR) == []
    assert cart.look_at == MONDAY + 2 * HOUR
    assert cart.takes(c.ordered(MONDAY + HOUR), at=MONDAY + 2 * HOUR) == []
    assert cart.passes(FOR_EVER) == []


def test_whoever_comes_back_in_time_is_reminded_so_much_later() -> None:
    cart = Kept()
    cart.hears(c.updated(), c.updated(MONDAY + 40 * MINUTE, *c.BOTH))
    cart.passes(MONDAY + 2 * HOUR)
    assert cart.asked_at == [MONDAY + 100 * MINUTE]


def test_each_reminder_is_asked_for_once() -> None:
    cart = Kept()
    cart.hears(c.updated())
    cart.passes(MONDAY + HOUR)
    assert cart.looks(MONDAY + HOUR) == []
    assert cart.takes(c.updated(), at=MONDAY + HOUR) == []
    assert cart.looks(MONDAY + HOUR + MINUTE) == []


def test_of_several_that_are_due_only_the_last_is_said() -> None:
    cart = Kept()
    cart.takes(c.updated(), at=MONDAY + DAY + HOUR)
    assert c.steps(cart.looks(MONDAY + DAY + HOUR)) == [2]
    assert c.steps(cart.passes(FOR_EVER)) == [3]


def test_a_reminder_that_is_too_old_is_not_said_and_a_moment_before_that_it_is() -> None:
    too_late = MONDAY + HOUR + WORTH
    for at, steps in ((too_late, []), (too_late - MINUTE, [1])):
        cart = Kept(WITHOUT_NIGHT)
        cart.takes(c.updated(), at=at)
        assert c.steps(cart.looks(at)) == steps
        assert cart.look_at == MONDAY + DAY
        assert all(each.request.expires_at == too_late for each in c.reminders(cart.said))


def test_a_reminder_waits_for_the_morning() -> None:
    cart = Kept()
    evening = MONDAY + 9 * HOUR + 30 * MINUTE  # half past eight in Kyiv
    cart.hears(c.updated(evening))
    asked = c.only(cart.passes(evening + 20 * HOUR))
    assert cart.asked_at == [MONDAY + 21 * HOUR]  # eight
    assert asked.expires_at == MONDAY + 21 * HOUR + WORTH


def test_a_reminder_that_is_late_already_is_not_asked_at_night() -> None:
    cart = Kept()
    afternoon = MONDAY + 8 * HOUR + 30 * MINUTE  # due at half past eight in the evening in Kyiv
    at_night = MONDAY + 11 * HOUR
    cart.takes(c.updated(afternoon), at=at_night)
    assert cart.looks(at_night) == []
    assert cart.passes(afternoon + 20 * HOUR) != []
    assert cart.asked_at == [MONDAY + 21 * HOUR]


def test_a_reminder_that_the_night_makes_too_old_is_not_said() -> None:
    cart = Kept()
    noon = MONDAY + 3 * HOUR  # due at three in Kyiv, so that it is old news at three in the morning
    at_night = MONDAY + 12 * HOUR
    cart.takes(c.updated(noon), at=at_night)
    cart.passes(noon + 2 * DAY)
    assert c.steps(cart.said) == [2]


def test_the_night_is_that_of_whose_cart_it_is() -> None:
    cart = Kept()
    in_chicago = Customer(id="C3", time_zone="America/Chicago")  # three in the morning there
    cart.hears(c.updated(customer=in_chicago))
    cart.passes(MONDAY + 12 * HOUR)
    assert cart.asked_at == [MONDAY + 5 * HOUR]


@pytest.mark.parametrize("name", ["Mars/Olympus", "Europe", None])
def test_whose_zone_is_not_known_lives_where_the_shop_does(name: str | None) -> None:
    cart = Kept()
    evening = MONDAY + 9 * HOUR + 30 * MINUTE
    cart.hears(c.updated(evening, customer=Customer(id="C3", time_zone=name)))
    cart.passes(evening + 20 * HOUR)
    assert cart.asked_at == [MONDAY + 21 * HOUR]


def test_a_shop_without_reminders_reminds_nobody() -> None:
    cart = Kept(Terms(policy=CartPolicy(reminder_hours=(), checkout_hours=())))
    cart.hears(c.updated(), c.checkout(MONDAY + MINUTE))
    assert cart.passes(FOR_EVER) == []
    assert cart.is_forgotten


def test_another_visit_is_not_spoken_of_within_a_day_of_the_first_reminder() -> None:
    cart = Kept()
    cart.hears(c.updated())
    cart.passes(MONDAY + HOUR)
    cart.hears(c.updated(MONDAY + 2 * HOUR, *c.BOTH))
    cart.passes(FOR_EVER)
    assert c.steps(cart.said) == [1, 1, 2, 3]
    _, first, second, third = cart.asked_at
    assert first == MONDAY + HOUR + DAY
    assert (second - first, third - first) == (23 * HOUR, 71 * HOUR)


def test_the_day_begins_when_the_first_reminder_went_out() -> None:
    cart = Kept()
    cart.hears(c.updated())
    [first] = c.reminders(cart.passes(MONDAY + HOUR))
    cart.hears(c.outcome(first, MONDAY + HOUR + MINUTE), c.updated(MONDAY + 2 * HOUR, *c.BOTH))
    cart.passes(MONDAY + 2 * DAY)
    assert cart.asked_at[1] == MONDAY + HOUR + MINUTE + DAY


def test_a_visit_long_after_the_last_is_spoken_of_after_an_hour() -> None:
    cart = Kept()
    cart.hears(c.updated())
    cart.passes(MONDAY + HOUR)
    cart.hears(c.updated(MONDAY + 2 * DAY, *c.BOTH))
    cart.passes(MONDAY + 2 * DAY + HOUR)
    assert cart.asked_at[-1] == MONDAY + 2 * DAY + HOUR


def test_a_pause_is_kept_however_long_it_is() -> None:
    policy = CartPolicy(reminder_hours=(1,), pause_hours=720, window_days=1)
    cart = Kept(Terms(policy=policy, night=WITHOUT_NIGHT.night))
    cart.hears(c.updated())
    cart.passes(MONDAY + 29 * DAY)
    cart.hears(c.updated(MONDAY + 29 * DAY, *c.BOTH))
    cart.passes(MONDAY + 40 * DAY)
    assert cart.asked_at == [MONDAY + HOUR, MONDAY + HOUR + 30 * DAY]


def test_whoever_began_to_pay_is_reminded_of_the_checkout() -> None:
    cart = Kept(Terms(policy=CartPolicy(checkout_hours=(2,))))
    cart.hears(c.updated(), c.checkout(MONDAY + MINUTE))
    asked = c.only(cart.passes(FOR_EVER))
    assert cart.asked_at == [MONDAY + MINUTE + 2 * HOUR]
    assert asked.kind is Kind.CHECKOUT_ABANDONED
    assert asked.content.cart_url == c.CHECKOUT_URL
    assert asked.content.is_last


def test_whoever_changes_the_cart_after_that_is_reminded_of_the_cart() -> None:
    cart = Kept()
    cart.hears(c.updated(), c.checkout(MONDAY + MINUTE), c.updated(MONDAY + HOUR, *c.BOTH))
    asked = c.only(cart.passes(MONDAY + 2 * HOUR))
    assert asked.kind is Kind.CART_ABANDONED
    assert asked.content.cart_url == c.CART_URL


def test_a_cart_whose_flow_began_late_is_kept_from_then_on_though_it_was_over_before() -> None:
    """What ended it came late; an order within the window of its reminder still counts."""
    policy = CartPolicy(
        reminder_hours=(1,), checkout_hours=(1,), pause_hours=5 * 24, window_days=30
    )
    cart = Kept(Terms(policy=policy, night=WITHOUT_NIGHT.night))
    cart.hears(c.updated())
    cart.passes(MONDAY + HOUR)
    cart.hears(c.updated(MONDAY + DAY, *c.BOTH))
    asked_at = MONDAY + HOUR + 5 * DAY
    [asked] = c.reminders(cart.passes(asked_at))
    assert cart.asked_at[-1] == asked_at
    cart.takes(c.emptied(MONDAY + DAY + HOUR), c.outcome(asked, asked_at), at=asked_at)
    said = cart.hears(c.ordered(asked_at + 30 * DAY))
    assert [each.step for each in c.recovered(said)] == [1]
