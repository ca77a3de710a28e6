"""What a reminder says."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from headsup.contracts import envelope
from headsup.contracts.base import Customer, Item, Money
from headsup.contracts.catalogue import CATALOGUE, Kind
from headsup.contracts.notifications import CartFlow, NotificationRequested
from headsup.shops.carts import CartPolicy
from services.cart_recovery.asking import MOST_LINES, flow_of, remind, request_id
from services.cart_recovery.cart import Cart, CartKey
from services.cart_recovery.schedule import Reminder
from services.cart_recovery.step import Terms
from services.cart_recovery.visit import Visit
from tests.unit.services.cart_recovery import carts as c
from tests.unit.services.cart_recovery.carts import DAY, HOUR, MINUTE, MONDAY, Kept

WORTH = CATALOGUE[Kind.CART_ABANDONED].time_to_live
NOWHERE = Money(amount="5.00", currency="ABC")


def _asked(*items: Any, terms: Terms = c.TERMS, **what: Any) -> NotificationRequested:
    """The first reminder of a cart."""
    cart = Kept(terms)
    cart.hears(c.updated(MONDAY, *items, **what))
    return c.only(cart.passes(MONDAY + HOUR))


def test_it_shows_the_lines_as_they_are_now() -> None:
    cart = Kept()
    cart.hears(c.updated(MONDAY, *c.BOTH), c.updated(MONDAY + MINUTE, *c.KETTLE))
    cart.hears(c.repriced(MONDAY + 2 * MINUTE, c.line(price=c.uah("999.00"), quantity=2)))
    content = c.only(cart.passes(MONDAY + 2 * HOUR)).content
    assert content.items == (Item(name="Kettle", quantity=2, price=c.uah("999.00")),)


def test_it_is_about_this_visit_to_the_cart() -> None:
    asked = _asked(total=c.uah("1299.00"))
    assert asked.kind is Kind.CART_ABANDONED
    assert asked.order_id is None
    assert asked.customer == c.OLENA
    assert asked.cart == CartFlow(cart_id=c.CART, flow=flow_of(MONDAY), step=1, touched_at=MONDAY)
    assert asked.happened_at == MONDAY
    assert asked.content.total == c.uah("1299.00")
    assert asked.content.cart_url == c.CART_URL
    assert asked.content.order_number is None


def test_it_says_since_when_a_purchase_counts_where_they_only_logged_in_later() -> None:
    cart = Kept()
    cart.hears(c.updated(MONDAY), c.identified(MONDAY + 40 * MINUTE))
    asked = c.only(cart.passes(MONDAY + 2 * HOUR)).cart
    assert asked is not None
    assert (asked.touched_at, asked.filled_at) == (MONDAY + 40 * MINUTE, MONDAY)
    assert asked.wanted_at == MONDAY


def test_it_names_what_is_running_out_and_what_is_gone() -> None:
    lines = [c.line(f"L{left}", left=left) for left in (0, 1, 3, 4)]
    asked = _asked(*lines, c.line("Many"))
    assert [(it.name, it.left) for it in asked.content.running_out] == [
        ("L0", 0),
        ("L1", 1),
        ("L3", 3),
    ]
    assert len(asked.content.items) == 5


def test_a_shop_says_how_few_are_few() -> None:
    lines = [c.line(f"L{left}", left=left) for left in (1, 5, 6)]
    asked = _asked(*lines, terms=Terms(policy=CartPolicy(few_left=5)))
    assert [it.name for it in asked.content.running_out] == ["L1", "L5"]


def test_a_price_in_a_currency_that_does_not_exist_is_left_out_and_nothing_else() -> None:
    asked = _asked(c.line(price=NOWHERE, left=1), c.line("Teapot"), total=NOWHERE)
    assert [it.price for it in asked.content.items] == [None, c.uah("1299.00")]
    assert [it.price for it in asked.content.running_out] == [None]
    assert [it.name for it in asked.content.items] == ["Kettle", "Teapot"]
    assert asked.content.total is None


def test_the_last_one_says_so() -> None:
    cart = Kept()
    cart.hears(c.updated())
    said = c.reminders(cart.passes(MONDAY + 20 * DAY))
    assert [each.request.content.is_last for each in said] == [False, False, True]


def test_of_a_cart_of_five_hundred_lines_it_carries_the_scarcest_and_says_how_many_more() -> None:
    """However long their names are, whoever sends it can read it: else one shop's large carts would
    stop the reminders and the news of all."""
    lines = [c.line("\N{PILE OF POO}" * 190 + str(n), left=2) for n in range(470)]
    plenty = [c.line(f"plenty {n}") for n in range(30)]
    asked = _asked(*plenty, *lines, total=c.uah("1.00"))
    assert len(asked.content.items) == MOST_LINES
    assert asked.content.item_count == 500
    assert not any(item.name.startswith("plenty") for item in asked.content.items)
    assert len(envelope.encode(envelope.make(c.SHOP, "e", MONDAY, asked))) < envelope.MAX_BYTES


@pytest.mark.parametrize(
    ("left_at", "expires_at"),
    [
        (MONDAY, MONDAY + HOUR + WORTH),
        (MONDAY + 10 * HOUR, MONDAY + 21 * HOUR + WORTH),  # asked for at eight the next morning
    ],
    ids=["from when it was due", "from the morning, where it was due at night"],
)
def test_it_is_worth_telling_for_half_a_day(left_at: datetime, expires_at: datetime) -> None:
    cart = Kept()
    cart.hears(c.updated(left_at))
    assert c.only(cart.passes(left_at + 20 * HOUR)).expires_at == expires_at


def test_it_is_what_a_reader_of_the_topic_accepts() -> None:
    customer = Customer(id="C9", name="Olena", language="uk", time_zone="Europe/Kyiv")
    asked = _asked(c.line(digital=True, left=1), customer=customer)
    event = envelope.make(c.SHOP, "e1", MONDAY, asked)
    read = envelope.decode(envelope.encode(event), envelope.headers(event), MONDAY)
    assert read.data == asked


def test_each_reminder_of_each_visit_has_a_name_of_its_own() -> None:
    exact = MONDAY + timedelta(microseconds=1)
    names = {
        request_id(CartKey(source, cart_id), flow_of(at), step)
        for source in ("a", "b")
        for cart_id in ("1", "2")
        for at in (MONDAY, exact)
        for step in (1, 2)
    }
    assert len(names) == 16
    assert all(len(name) <= 60 for name in names)


def test_the_name_of_a_reminder_never_changes() -> None:
    """It is written: the notifier knows by it what was asked for before a new version came."""
    assert flow_of(datetime(2025, 11, 24, 10, 0, 0, 123_000, UTC)) == "20251124T100000.123000Z"
    name = request_id(CartKey("https://shop.example", "K1"), "20251124T100000.123000Z", 2)
    assert name == "d894106443015593a4adfe2e00d6675e"


def test_a_flow_has_the_same_name_on_every_clock() -> None:
    there = datetime(2026, 11, 23, 11, tzinfo=timezone(timedelta(hours=2)))
    assert flow_of(there) == flow_of(MONDAY)


def test_nobody_is_asked_to_remind_of_a_cart_of_which_nothing_is_known() -> None:
    reminder = Reminder(1, MONDAY, MONDAY, is_last=False, version=1)
    with pytest.raises(ValueError, match="nobody can be reminded"):
        remind(Cart(c.SHOP, c.CART), Visit(MONDAY, MONDAY, at_checkout=False), reminder, c.TERMS)
