"""Stories of carts: who is reminded, when, and where; and who is not."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.shop import CartUpdated, CheckoutStarted, OrderPlaced
from headsup.shops.night import Night
from headsup.shops.profile import load_shops
from sandbox.scenarios.carts import CART_STORIES
from sandbox.scenarios.model import Expected, Story, channels_of
from sandbox.scenarios.people import PEOPLE
from sandbox.scenarios.stories import SCENARIOS
from sandbox.scenarios.telling import expected, is_recovered, story_of
from services.notifier.people import Person, forbidden_by

MONDAY = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
CARTS = {scenario.name: scenario for scenario in CART_STORIES}
SLOW = timedelta(hours=7)
"""So long, in the demo's time, a reminder may wait for what lies on Kafka."""
LAVKA = load_shops(Path("sandbox/shops"))["https://shop.example"]


def told(name: str, *, about: str | None = None, start: datetime = MONDAY) -> Story:
    scenario = CARTS[name]
    return story_of(scenario, PEOPLE[about or scenario.person], "1001", start)


def of_carts(name: str, story: Story) -> list[Expected]:
    return [message for message in expected(CARTS[name], story) if message.cart]


@pytest.mark.parametrize("hour", range(0, 168, 5))
def test_what_is_due_by_day_leaves_by_day_though_the_demo_takes_some_hours_for_it(
    hour: int,
) -> None:
    story = told("left-cart", start=MONDAY + timedelta(hours=hour))
    steps = list(CARTS["left-cart"].tell(story))
    reminded = [step.at for step in steps if Kind.CART_ABANDONED in step.tells]
    (came_back,) = (step.at for step in steps if isinstance(step.data, CheckoutStarted))
    first, second, third = LAVKA.carts.delays(at_checkout=False)

    assert reminded == [story.placed + first, story.placed + second]
    assert all(Night().after(at + SLOW, story.zone) == at + SLOW for at in reminded)
    assert reminded[-1] + SLOW < came_back < story.placed + third


def test_a_left_cart_is_reminded_of_twice_where_they_agreed_and_once_bought_never() -> None:
    heard = expected(CARTS["left-cart"], told("left-cart"))

    reminder = Expected(
        None, Kind.CART_ABANDONED, Channel.EMAIL, "uk", "daryna@mail.example", "C1001"
    )
    assert heard[:2] == [reminder, reminder]
    assert {(message.order, message.cart) for message in heard[2:]} == {("1001", None)}


def test_the_order_that_came_of_a_reminder_is_told_as_recovered() -> None:
    assert is_recovered(CARTS["left-cart"], told("left-cart"))
    assert not is_recovered(CARTS["bought-in-time"], told("bought-in-time"))


def test_an_order_of_somebody_who_was_never_reminded_is_not_recovered() -> None:
    story = told("left-cart", about="james")

    assert of_carts("left-cart", story) == []
    assert not is_recovered(CARTS["left-cart"], story)


def test_of_a_cart_that_is_bought_in_time_its_owner_hears_nothing() -> None:
    story = told("bought-in-time")

    assert channels_of(Kind.CART_ABANDONED, story.person) == [Channel.EMAIL]  # they would
    assert of_carts("bought-in-time", story) == []


def test_between_the_cart_and_the_order_there_was_no_hour_in_which_to_remind() -> None:
    first, second, third = list(CARTS["bought-in-time"].tell(told("bought-in-time")))[:3]

    assert isinstance(first.data, CartUpdated)
    assert isinstance(second.data, CheckoutStarted)
    assert isinstance(third.data, OrderPlaced)
    assert third.data.cart_id == first.data.cart_id
    assert third.at - first.at < LAVKA.carts.delays(at_checkout=False)[0]


def test_who_never_agreed_hears_nothing() -> None:
    assert expected(CARTS["never-agreed"], told("never-agreed")) == []


@pytest.mark.parametrize("key", list(PEOPLE))
def test_where_somebody_agreed_the_notifier_may_send_marketing_and_nowhere_else(key: str) -> None:
    person = Person(entry=PEOPLE[key].as_update())
    free = {c for c in Channel if forbidden_by(person, c, MessageClass.MARKETING) is None}

    assert free == PEOPLE[key].agreed


def test_nobody_of_a_cart_has_a_part_in_another_story_that_would_say_they_bought() -> None:
    stories = [s for s in SCENARIOS.values() if s not in CART_STORIES]
    others = {s.person for s in stories} | {s.recipient for s in stories}

    owners = [scenario.person for scenario in CART_STORIES]
    assert others.isdisjoint(owners)
    assert len(set(owners)) == len(owners)
