"""Stories that begin with a cart: who is reminded of it, and who hears nothing.

A reminder waits until all that Kafka had before it is read. At the demo's pace that takes some
hours, so these stories begin in the morning: what is due by day is said by day.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import time, timedelta

from headsup.contracts.catalogue import Kind
from sandbox.scenarios.model import Scenario, Step, Story
from sandbox.scenarios.says import (
    at_checkout,
    bought,
    check_in,
    delivered,
    in_cart,
    in_transit,
    out_for_delivery,
    step,
)

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_NOON = time(12)


def _left_cart(story: Story) -> Iterable[Step]:
    yield step(story.placed, in_cart(story))
    yield step(story.placed + _HOUR, None, Kind.CART_ABANDONED)
    yield step(story.placed + _DAY, None, Kind.CART_ABANDONED)
    yield step(story.at(2, "15:00"), at_checkout(story))  # the way back was in the message
    yield replace(step(story.at(2, "15:25"), bought(story), Kind.ORDER_CONFIRMED), recovers=True)
    yield step(story.at(3, "11:20"), in_transit(story, "Depot 1", 4), Kind.SHIPMENT_SHIPPED)
    yield step(story.at(4, "08:15"), out_for_delivery(story, 4), Kind.SHIPMENT_OUT_FOR_DELIVERY)
    yield step(story.at(4, "16:45"), delivered(story), Kind.SHIPMENT_DELIVERED)
    yield check_in(story, 4)


def _bought_in_time(story: Story) -> Iterable[Step]:
    yield step(story.placed, in_cart(story))
    yield step(story.placed + 20 * _MINUTE, at_checkout(story))
    yield step(story.placed + 40 * _MINUTE, bought(story), Kind.ORDER_CONFIRMED)
    yield step(story.at(1, "11:30"), in_transit(story, "Depot 4", 2), Kind.SHIPMENT_SHIPPED)
    yield step(story.at(2, "15:10"), delivered(story), Kind.SHIPMENT_DELIVERED)
    yield check_in(story, 2)


def _never_agreed(story: Story) -> Iterable[Step]:
    yield step(story.placed, in_cart(story))
    yield step(story.placed + _HOUR, None)  # now others would be reminded


CART_STORIES = (
    Scenario(
        name="left-cart",
        title="A left cart",
        summary="Reminded, and once more; then they come back and buy.",
        person="daryna",
        tell=_left_cart,
        group="carts",
        latest=_NOON,
    ),
    Scenario(
        name="bought-in-time",
        title="Bought in time",
        summary="From cart to order within the hour: no reminder.",
        person="nora",
        tell=_bought_in_time,
        group="carts",
        latest=_NOON,
    ),
    Scenario(
        name="never-agreed",
        title="A cart, no consent",
        summary="They never agreed to reminders: none, and why.",
        person="vera",
        tell=_never_agreed,
        group="carts",
        latest=_NOON,
    ),
)
