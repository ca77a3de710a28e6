"""The events of the measurement are events as a shop sends them."""

from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise

from bench.shoppers import UPDATES, updates
from headsup.contracts.envelope import Event, decode
from headsup.contracts.shop import CartUpdated
from services.cart_recovery.cart import Cart
from services.cart_recovery.step import step
from services.cart_recovery.terms import Terms

CARTS = 5


def _events(now: datetime) -> list[Event[CartUpdated]]:
    return [decode(each.value, each.headers, now) for each in updates(CARTS, "bench.")]


def test_each_cart_comes_so_often_and_never_twice_in_a_row() -> None:
    carts = [event.data.cart_id for event in _events(datetime.now(UTC))]
    assert set(Counter(carts).values()) == {UPDATES}
    assert len(set(carts)) == CARTS
    assert all(one != another for one, another in pairwise(carts))


def test_each_changes_its_cart_and_nobody_is_to_be_reminded_yet() -> None:
    now = datetime.now(UTC)
    kept: dict[str, Cart | None] = {}
    for event in _events(now):
        found = step(kept.get(event.data.cart_id), event, now, Terms())
        kept[event.data.cart_id] = found.cart
        assert (found.ignored, found.says) == (None, ())
        assert found.look_at is not None
        assert found.look_at > now
