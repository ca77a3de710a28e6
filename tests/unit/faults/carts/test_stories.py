"""What people do with carts in an experiment."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from headsup.contracts import shop
from headsup.shops.profile import load_shops
from tests.faults.carts.shopper import DELAYS, PAUSE
from tests.faults.carts.stories import ORDERS_LAST, PLAIN, PLOTS, CartCast, customers_of, stories
from tests.faults.journeys import REACHED, expectation

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ALL = stories(CartCast(stories=3 * len(PLOTS)), NOON)
SHOP = Path(__file__).parents[4] / "tests" / "faults" / "carts" / "shop.toml"


def test_the_stories_go_by_what_their_shop_says() -> None:
    [profile] = load_shops(SHOP).values()
    assert profile.carts.delays(at_checkout=False) == DELAYS
    assert profile.carts.delays(at_checkout=True) == DELAYS
    assert timedelta(hours=profile.carts.pause_hours) == PAUSE
    assert DELAYS[0] < PAUSE, "it holds nothing back otherwise"
    assert profile.night.begins == profile.night.ends


def test_every_plot_meets_every_channel() -> None:
    met = {(story.number % len(PLOTS), story.channel) for story in ALL}
    assert len(met) == len(PLOTS) * len(REACHED)


def test_everybody_has_addresses_and_events_of_their_own() -> None:
    to = Counter(address for story in ALL for address in story.addresses)
    ids = Counter(act.id for story in ALL for act in story.acts)
    assert set(to.values()) == {1}
    assert set(ids.values()) == {1}


def test_nobody_wants_marketing_who_never_agreed() -> None:
    told = customers_of(ALL, NOON)
    silent = {event.data.customer_id for event in told if not event.data.consents}
    assert len(silent) == len(REACHED)


def test_the_orders_of_who_buys_are_confirmed() -> None:
    orders = [story.journey for story in ALL if story.journey]
    found = expectation(orders)
    assert len(found.due) == len(orders) == 7 * len(REACHED)
    assert found.events == {story.purchase.id for story in ALL if story.purchase}


def test_a_guest_who_buys_does_so_under_another_name_and_without_a_cart() -> None:
    guests = [story for story in ALL if len(story.people) > 1 and story.purchase]
    assert len(guests) == 3 * len(REACHED)
    for story in guests:
        [left, *_] = [act.data for act in story.acts if isinstance(act.data, shop.CartUpdated)]
        [order] = [act.data for act in story.acts if isinstance(act.data, shop.OrderPlaced)]
        assert order.cart_id is None
        assert left.customer
        assert left.customer.id != order.customer.id
        assert left.customer.email == order.customer.email


def test_in_plain_stories_nothing_waits_for_a_reminder() -> None:
    for plots in (PLAIN, ORDERS_LAST):
        told = stories(CartCast(stories=len(plots), plots=plots), NOON)
        assert not [act for story in told for act in story.acts if act.upon]


def test_nobody_orders_before_all_else_has_happened_where_orders_come_last() -> None:
    told = stories(CartCast(stories=40, plots=ORDERS_LAST), NOON)
    moments = [
        (isinstance(act.data, shop.OrderPlaced), story.begins + act.at)
        for story in told
        for act in story.acts
    ]
    assert max(at for is_order, at in moments if not is_order) < min(
        at for is_order, at in moments if is_order
    )


@pytest.mark.parametrize("spread", [timedelta(hours=2), timedelta(hours=9)])
def test_stories_begin_all_the_time(spread: timedelta) -> None:
    begins = sorted(s.begins for s in stories(CartCast(stories=100, spread=spread), NOON))
    gaps = [after - before for before, after in pairwise(begins)]
    assert begins[-1] < spread
    assert max(gaps) < spread / 30
