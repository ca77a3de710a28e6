"""Under what an order is found."""

import pytest

from headsup.contracts.catalogue import Audience
from services.notifier.order_keys import KnownOrder, asked_for, keys
from tests.support.notifier import MONDAY

ORDER = KnownOrder(
    source="https://shop.example",
    order_id="Ord-77",
    audience=Audience.BUYER,
    customer_id="c-1",
    at=MONDAY,
)
WHO = ("cart:k-1", "customer:c-1", "email:oksana@mail.example", "sms:+380501234567")
KEYS = set(keys(ORDER, "1001", WHO))


@pytest.mark.parametrize(
    "text",
    [
        "Ord-77",
        "ord-77",
        " 1001 ",
        "#1001",
        "№ 1001",
        "c-1",
        "Oksana@Mail.example",
        "+380 50 123 45 67",
        "050 123 45 67",
    ],
)
def test_an_order_is_found_by_all_that_a_person_may_say_of_it(text: str) -> None:
    assert asked_for(text, {"UA"}) & KEYS


@pytest.mark.parametrize(
    "text", ["", "   ", "100", "oksana", "k-1", "cart:k-1", "x" * 321, "a\x1fb"]
)
def test_it_is_not_found_by_anything_else(text: str) -> None:
    assert not asked_for(text, {"UA"}) & KEYS


def test_an_order_without_a_number_goes_by_its_id() -> None:
    assert asked_for("# ord-77") & set(keys(ORDER, None, ()))
