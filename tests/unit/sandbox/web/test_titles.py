"""Every event of a shop's has a title that a person understands."""

import pytest

from headsup.contracts import shop
from headsup.contracts.base import Contract, Money
from headsup.contracts.notifications import CartRecovered
from headsup.contracts.registry import BY_NAME, Topic
from sandbox.scenarios.people import PEOPLE
from sandbox.scenarios.stories import SCENARIOS
from sandbox.scenarios.telling import steps, story_of
from sandbox.web.titles import WORDS, told
from tests.unit.sandbox.web import samples
from tests.unit.sandbox.web.conftest import MONDAY


def test_there_are_words_for_every_event_of_a_shop_and_for_what_it_is_told() -> None:
    from_shops = {t.data for name, t in BY_NAME.items() if name.startswith("shop.")}
    replies = {t.data for t in BY_NAME.values() if t.topic is Topic.REPLIED}

    assert set(WORDS) == from_shops | replies | {CartRecovered}


def test_the_words_of_every_scenario_fit_on_a_line() -> None:
    for scenario in SCENARIOS.values():
        for timed in steps(scenario, story_of(scenario, PEOPLE[scenario.person], "1001", MONDAY)):
            title, detail = told(timed.event.data)
            assert title
            assert len(title) + len(detail) < 90


@pytest.mark.parametrize(
    ("data", "title", "detail"),
    [
        (
            shop.AttemptFailed(
                order_id="1", shipment_id="s", reason=shop.AttemptFailure.NOBODY_HOME
            ),
            "Delivery attempt failed",
            "nobody home",
        ),
        (
            shop.OrderCancelled(
                order_id="1", by=shop.CancelledBy.SHOP, reason=shop.CancelReason.OUT_OF_STOCK
            ),
            "Order cancelled",
            "by the shop: out of stock",
        ),
        (shop.OrderConfirmed(order_id="1"), "Order confirmed", ""),
        (samples.CART, "Cart updated", "1 line"),
        (shop.CartUpdated(cart_id="c", items=()), "Cart emptied", ""),
        (
            shop.CartUpdated(
                cart_id="c",
                items=samples.CART.items * 2,
                total=Money(amount="20.00", currency="EUR"),
                changed_by=shop.CartChangedBy.SHOP,
            ),
            "Cart updated",
            "2 lines, 20.00 EUR, by the shop",
        ),
    ],
)
def test_the_detail_is_written_in_plain_words(data: Contract, title: str, detail: str) -> None:
    assert told(data) == (title, detail)
