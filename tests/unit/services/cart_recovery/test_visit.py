"""Whether a cart is open: what an order ends, and what opens it again."""

from datetime import timedelta

import pytest

from headsup.shops.carts import SETTLING
from services.cart_recovery.cart import Stage
from services.cart_recovery.visit import KEPT
from tests.unit.services.cart_recovery import carts as c
from tests.unit.services.cart_recovery.carts import DAY, HOUR, MINUTE, MONDAY, Kept

ORDER = MONDAY + HOUR
SECOND = timedelta(seconds=1)


def _bought() -> Kept:
    """A cart with a kettle that was bought."""
    cart = Kept()
    cart.takes(c.updated(), c.ordered(ORDER), at=ORDER)
    return cart


def test_what_the_platform_tidies_up_after_an_order_opens_no_cart() -> None:
    cart = _bought()
    cart.hears(c.updated(ORDER + SETTLING, *c.TEAPOT))
    assert cart.stage is Stage.ORDERED


def test_taking_line_after_line_out_does_not_hide_what_was_bought() -> None:
    lines = [c.line(f"Cup {number}") for number in range(12)]
    cart = Kept()
    cart.hears(c.updated(MONDAY, *lines), c.ordered(ORDER))
    for left in range(11, 0, -1):
        cart.hears(c.updated(ORDER + (12 - left) * SECOND, *lines[:left]))
    cart.hears(c.updated(ORDER + SETTLING + SECOND, *lines))
    assert cart.stage is Stage.ORDERED


def test_other_lines_after_that_open_it_again() -> None:
    cart = _bought()
    cart.hears(c.updated(ORDER + SETTLING + SECOND, *c.TEAPOT))
    assert cart.stage is Stage.ACTIVE
    assert [it.name for it in c.only(cart.passes(ORDER + DAY)).content.items] == ["Teapot"]


@pytest.mark.parametrize("later", [HOUR, 3 * DAY, KEPT])
def test_the_lines_that_were_bought_do_not_open_it(later: timedelta) -> None:
    cart = _bought()
    cart.hears(c.updated(ORDER + later))
    assert cart.stage is Stage.ORDERED
    assert cart.passes(ORDER + 20 * DAY) == []


@pytest.mark.parametrize("is_emptied", [False, True])
@pytest.mark.parametrize("later", [KEPT + SECOND, 9 * DAY])
def test_the_same_lines_long_after_the_order_are_wanted_again(
    later: timedelta, is_emptied: bool
) -> None:
    cart = _bought()
    cart.hears(*[c.emptied(ORDER + HOUR)] * is_emptied, c.updated(ORDER + later))
    assert cart.stage is Stage.ACTIVE
    assert c.steps(cart.passes(ORDER + later + HOUR + DAY)) == [1, 2]


def test_the_same_lines_at_another_price_and_in_another_order_are_those_that_were_bought() -> None:
    cart = Kept()
    cart.takes(c.updated(MONDAY, *c.BOTH), c.ordered(ORDER), at=ORDER)
    cart.hears(c.updated(ORDER + HOUR, c.line("Teapot", price=c.uah("1.00"), left=2), c.line()))
    assert cart.stage is Stage.ORDERED


def test_more_of_the_same_is_not_what_was_bought() -> None:
    cart = _bought()
    cart.hears(c.updated(ORDER + HOUR, c.line(quantity=2)))
    assert cart.stage is Stage.ACTIVE


def test_what_the_order_names_was_bought_even_where_we_never_saw_the_cart() -> None:
    cart = Kept()
    cart.takes(c.ordered(ORDER, items=c.lines_of_order(*c.BOTH)), at=ORDER)
    cart.hears(c.updated(ORDER + HOUR, *c.BOTH))
    assert cart.stage is Stage.ORDERED


def test_what_the_platform_left_in_tidying_up_opens_no_cart_later_either() -> None:
    cart = _bought()
    cart.hears(c.updated(ORDER + SECOND, *c.TEAPOT), c.updated(ORDER + HOUR, *c.TEAPOT))
    assert cart.stage is Stage.ORDERED


@pytest.mark.parametrize(
    "event",
    [
        c.checkout(ORDER + HOUR),
        c.identified(ORDER + HOUR, c.ANDRII),
        c.emptied(ORDER + HOUR),
        c.merged(ORDER + HOUR),
        c.repriced(ORDER + HOUR, *c.TEAPOT),
        c.updated(ORDER + HOUR, items=()),
    ],
    ids=lambda event: type(event.data).__name__,
)
def test_nothing_but_other_lines_opens_what_was_bought(event: object) -> None:
    cart = _bought()
    cart.hears(event)  # type: ignore[arg-type]
    assert cart.stage is Stage.ORDERED
    assert cart.passes(ORDER + 20 * DAY) == []


def test_an_order_that_comes_late_takes_back_what_its_cart_made_us_ask() -> None:
    cart = Kept()
    cart.takes(c.updated(), c.updated(ORDER + HOUR), at=ORDER + HOUR)
    [asked] = c.reminders(cart.passes(ORDER + 2 * HOUR))
    said = cart.takes(c.ordered(ORDER), at=ORDER + 2 * HOUR)
    assert [each.request_id for each in c.withdrawn(said)] == [asked.request_id]
    assert cart.stage is Stage.ORDERED


def test_an_order_of_an_older_visit_leaves_the_later_one_alone() -> None:
    cart = Kept()
    cart.takes(c.updated(), c.updated(ORDER + HOUR, *c.TEAPOT), at=ORDER + HOUR)
    cart.takes(c.ordered(ORDER), at=ORDER + HOUR + MINUTE)
    assert c.steps(cart.passes(ORDER + 3 * HOUR)) == [1]


def test_the_newest_order_counts() -> None:
    cart = Kept()
    cart.takes(c.updated(), c.ordered(ORDER, "A1"), at=ORDER)
    cart.hears(c.updated(ORDER + HOUR, *c.TEAPOT), c.ordered(ORDER + 2 * HOUR, "A2"))
    stages = [cart.stage]
    cart.hears(c.updated(ORDER + 5 * HOUR))  # a kettle: bought with the first, not the second
    assert [*stages, cart.stage] == [Stage.ORDERED, Stage.ACTIVE]


def test_what_was_bought_is_known_after_many_changes_before_the_order_comes() -> None:
    cart = Kept()
    cart.takes(c.updated(), at=ORDER)
    for minutes in range(5):
        cart.takes(c.updated(ORDER + HOUR + minutes * MINUTE), at=ORDER + 2 * HOUR)
    cart.takes(c.ordered(ORDER), at=ORDER + 2 * HOUR)
    assert cart.stage is Stage.ORDERED


def test_what_ends_a_cart_ends_what_happened_at_the_same_moment() -> None:
    for end, stage in ((c.emptied, Stage.EMPTIED), (c.merged, Stage.MERGED)):
        cart = Kept()
        cart.takes(end(MONDAY), c.updated(), at=MONDAY)
        assert cart.stage is stage


def test_neither_a_checkout_nor_a_name_opens_what_is_over() -> None:
    for end in (c.emptied, c.merged):
        cart = Kept()
        cart.hears(c.updated(), end(MONDAY + MINUTE))
        cart.hears(c.checkout(MONDAY + HOUR), c.identified(MONDAY + HOUR))
        assert cart.passes(MONDAY + 20 * DAY) == []


def test_a_checkout_goes_on_while_the_lines_stay_the_same() -> None:
    cart = Kept()
    cart.hears(c.updated(), c.checkout(MONDAY + MINUTE), c.updated(MONDAY + 2 * MINUTE))
    assert c.only(cart.passes(MONDAY + 2 * HOUR)).content.cart_url == c.CHECKOUT_URL


def test_a_checkout_of_what_was_emptied_since_is_over() -> None:
    cart = Kept()
    cart.hears(c.updated(), c.checkout(MONDAY + MINUTE), c.emptied(MONDAY + 2 * MINUTE))
    cart.hears(c.updated(MONDAY + 3 * MINUTE))
    assert c.only(cart.passes(MONDAY + 2 * HOUR)).content.cart_url == c.CART_URL


def test_a_checkout_without_an_address_of_its_own_leads_to_the_cart() -> None:
    cart = Kept()
    cart.hears(c.updated(), c.checkout(MONDAY + MINUTE, url=None))
    assert c.only(cart.passes(MONDAY + 2 * HOUR)).content.cart_url == c.CART_URL
