"""That somebody bought is told once for each order, whatever comes of it and in whatever order."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headsup.contracts.base import Customer
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import CustomerPurchased
from headsup.contracts.shop import OrderPlaced
from headsup.purchases import purchase_id
from services.order_events.facts import Facts
from services.order_events.purchases import purchase
from services.order_events.told import Told, decode
from tests.unit.services.order_events import orders as o
from tests.unit.services.order_events.strategies import journeys, shuffled
from tests.unit.services.order_events.world import STEPS, World, live

OTHER = Customer(id="C2", email="taras@example.com")


def ids(purchases: list[CustomerPurchased]) -> set[str]:
    return {purchase_id(o.SHOP, each) for each in purchases}


def told_of(*events: Event[Any]) -> list[CustomerPurchased]:
    """What is told where the events come one by one."""
    told = Told()
    found = [purchase(o.folded(events[:n]), told) for n in range(1, len(events) + 1)]
    return [each for each in found if each is not None]


def test_who_bought_what_when_and_from_which_cart_is_told() -> None:
    told = told_of(o.placed(o.TUESDAY, cart_id="K1"))
    assert told == [
        CustomerPurchased(order_id="A1", customer=o.CUSTOMER, at=o.TUESDAY, cart_id="K1")
    ]


def test_it_is_told_once() -> None:
    event = o.placed()
    assert len(told_of(event, o.confirmed(o.TUESDAY), event, o.cancelled(o.WEDNESDAY))) == 1


def test_an_order_of_which_only_other_events_came_is_told_of_when_the_order_itself_comes() -> None:
    assert told_of(o.scan(o.TUESDAY), o.handed_over(o.WEDNESDAY)) == []
    [told] = told_of(o.scan(o.TUESDAY), o.handed_over(o.WEDNESDAY), o.placed(cart_id="K1"))
    assert (told.at, told.cart_id) == (o.MONDAY, "K1")


@pytest.mark.parametrize(
    "what",
    [
        {"customer": OTHER},
        {"customer": Customer(id="C1", email="else@example.com")},
        {"customer": Customer(id="C1", email=o.CUSTOMER.email, phone="+380501234567")},
        {"cart_id": "K2"},
    ],
    ids=["another person", "another address", "a number", "another cart"],
)
def test_where_it_is_said_later_to_be_somebody_else_it_is_told_again_under_another_id(
    what: dict[str, Any],
) -> None:
    told = told_of(o.placed(), o.placed(o.TUESDAY, **what))
    assert len(told) == len(ids(told)) == 2


def test_where_the_same_is_said_again_later_of_the_same_customer_nothing_is_told() -> None:
    named = Customer(id="C1", email=o.CUSTOMER.email, name="Olena", language="uk")
    assert len(told_of(o.placed(), o.placed(o.TUESDAY), o.placed(o.WEDNESDAY, customer=named))) == 1


def test_an_older_word_that_comes_late_is_not_told() -> None:
    told = told_of(o.placed(o.TUESDAY, customer=OTHER), o.placed(o.MONDAY))
    assert [each.customer for each in told] == [OTHER]


def test_two_orders_of_one_customer_and_one_order_of_two_shops_have_ids_of_their_own() -> None:
    first = CustomerPurchased(order_id="A1", customer=o.CUSTOMER, at=o.MONDAY)
    second = CustomerPurchased(order_id="A2", customer=o.CUSTOMER, at=o.MONDAY)
    found = {
        purchase_id(o.SHOP, first),
        purchase_id(o.SHOP, second),
        purchase_id("https://other.example", first),
    }
    assert len(found) == 3


def test_the_id_is_the_same_whenever_it_is_told() -> None:
    first = CustomerPurchased(order_id="A1", customer=o.CUSTOMER, at=o.MONDAY)
    again = CustomerPurchased(order_id="A1", customer=o.CUSTOMER, at=o.TUESDAY)
    assert purchase_id(o.SHOP, first) == purchase_id(o.SHOP, again)


def test_an_order_that_was_stored_before_purchases_were_told_is_told_of() -> None:
    facts: Facts = o.folded([o.placed()])
    told = decode(b'{"in_trouble":true}')
    assert purchase(facts, told) is not None
    assert purchase(facts, told) is None


@given(journeys(), st.data(), st.lists(STEPS, max_size=25))
def test_any_order_and_repetition_of_events_tells_of_exactly_one_purchase(
    events: list[Event[Any]], data: st.DataObject, steps: list[tuple[Any, ...]]
) -> None:
    world = World(data.draw(shuffled(events)))
    world.now = max(event.time for event in events)
    live(world, steps)
    world.ends()
    [bought] = world.database.purchases
    assert world.notifier.purchases == ids([bought])
    assert bought.at == min(event.time for event in events if isinstance(event.data, OrderPlaced))


CUSTOMERS = st.sampled_from([o.CUSTOMER, OTHER])


@given(st.lists(st.tuples(st.integers(0, 5), CUSTOMERS), min_size=1, max_size=5), st.data())
def test_whoever_it_turns_out_to_be_is_told_of_last(
    words: list[tuple[int, Customer]], data: st.DataObject
) -> None:
    events = [o.placed(o.MONDAY + hours * o.HOUR, customer=who) for hours, who in words]
    told = told_of(*data.draw(shuffled(events)))
    assert told[-1].customer == o.folded(events).customer
    assert len({each.customer.id for each in told}) == len(ids(told))
