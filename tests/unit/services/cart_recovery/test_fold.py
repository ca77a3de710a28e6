"""Facts are a function of the set of events; what wins where two speak of the same."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import permutations
from typing import Any

import pytest

from headsup.contracts import shop
from headsup.contracts.base import Customer
from headsup.contracts.envelope import Event
from headsup.contracts.shop.carts import CartEvent
from headsup.shops.carts import SETTLING
from services.cart_recovery.cart import Facts
from services.cart_recovery.fold import CHANGES, fold
from services.cart_recovery.lines import unpacked
from tests.unit.services.cart_recovery import carts as c
from tests.unit.services.cart_recovery.carts import DAY, HOUR, MINUTE, MONDAY


def folded(*events: Event[Any]) -> Facts:
    """The facts of these events, in this order."""
    facts = Facts()
    for each in events:
        facts = fold(facts, each)
    return facts


def names(facts: Facts) -> list[str]:
    """What is in the cart."""
    assert facts.contents is not None
    return [item.name for item in unpacked(facts.contents.lines)]


def in_any_order(*events: Event[Any]) -> Facts:
    """The facts of these events, which are the same in every order and for every repetition."""
    [facts] = {folded(*some, *some[:1]) for some in permutations(events)}
    return facts


def test_the_newest_update_says_what_is_in_it() -> None:
    facts = in_any_order(c.updated(), c.updated(MONDAY + MINUTE, *c.TEAPOT))
    assert names(facts) == ["Teapot"]


def test_of_two_updates_of_one_moment_the_one_with_the_greater_id_wins() -> None:
    for first, second in ((c.KETTLE, c.TEAPOT), (c.TEAPOT, c.KETTLE)):
        facts = in_any_order(
            c.updated(MONDAY, *first, event_id="e1"), c.updated(MONDAY, *second, event_id="e2")
        )
        assert names(facts) == [second[0].name]


def test_of_two_with_the_same_time_and_id_everybody_takes_the_same() -> None:
    exact = MONDAY + timedelta(microseconds=1)
    for moment in (MONDAY, exact):
        in_any_order(
            c.updated(moment, *c.KETTLE, event_id="e1"),
            c.updated(moment, *c.TEAPOT, event_id="e1"),
        )


def test_a_name_is_kept_until_another_is_told() -> None:
    facts = in_any_order(
        c.updated(),
        c.updated_by_guest(MONDAY + HOUR),
        c.identified(MONDAY + MINUTE, c.ANDRII),
    )
    assert facts.owner is not None
    assert facts.owner.customer == c.ANDRII


def test_all_that_is_known_of_somebody_is_kept() -> None:
    somebody = Customer(
        id="C9", name="O", email="o@example.com", phone="+1", language="uk", time_zone="Europe/Kyiv"
    )
    facts = folded(c.checkout(MONDAY, customer=somebody))
    assert facts.owner is not None
    assert facts.owner.customer == somebody


def test_the_lines_and_the_checkout_of_what_is_over_are_not_kept() -> None:
    for end in (c.emptied(MONDAY + HOUR), c.merged(MONDAY + HOUR), c.ordered(MONDAY + HOUR)):
        facts = in_any_order(c.updated(), c.checkout(MONDAY + MINUTE), end)
        assert (facts.contents, facts.checkout) == (None, None)


def test_what_the_platform_leaves_in_tidying_up_is_not_kept() -> None:
    facts = in_any_order(c.ordered(MONDAY), c.updated(MONDAY + SETTLING))
    assert facts.contents is None
    assert [filling.at for filling in facts.fillings] == [MONDAY + SETTLING]


def test_an_update_without_lines_empties_the_cart_whoever_it_is_by() -> None:
    for event in (c.updated(MONDAY + HOUR, items=()), c.repriced(MONDAY + HOUR, items=())):
        facts = in_any_order(c.updated(), event)
        assert facts.contents is None
        assert facts.emptied_at == MONDAY + HOUR


def test_of_an_order_that_is_told_twice_the_newer_word_counts() -> None:
    facts = in_any_order(
        c.ordered(MONDAY), c.ordered(MONDAY + MINUTE, total=c.uah("5.00")), c.ordered(MONDAY, "A0")
    )
    assert [(order.order_id, order.value) for order in facts.orders] == [
        ("A0", c.uah("1299.00")),
        ("A1", c.uah("5.00")),
    ]


def test_so_many_updates_and_orders_are_kept_as_may_matter() -> None:
    many = [c.updated(MONDAY + n * MINUTE) for n in range(50)]
    orders = [c.ordered(MONDAY + n * DAY, f"A{n}") for n in range(20)]
    facts = folded(*many, *orders, *many, *orders)
    assert [filling.at for filling in facts.fillings] == [each.time for each in many[-16:]]
    assert [order.order_id for order in facts.orders] == ["A16", "A17", "A18", "A19"]


def test_moments_are_the_same_on_every_clock() -> None:
    there = datetime(2026, 11, 23, 11, tzinfo=timezone(timedelta(hours=2)))
    facts = folded(c.identified(there))
    assert facts.identified_at == MONDAY
    assert facts.identified_at.tzinfo is UTC


def test_every_event_about_a_cart_changes_something() -> None:
    assert set(CHANGES) == {*CartEvent.__subclasses__(), shop.OrderPlaced}


def test_an_event_about_no_cart_is_refused() -> None:
    with pytest.raises(KeyError):
        folded(c.event(MONDAY, shop.OrderConfirmed(order_id="A1")))
