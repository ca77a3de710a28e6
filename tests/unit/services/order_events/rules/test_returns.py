"""Sending things back."""

from datetime import date

import pytest

from headsup.contracts.base import Item, Window
from headsup.contracts.catalogue import Kind
from headsup.contracts.shop import PaymentMethod, ReturnMethod
from tests.unit.services.order_events import orders as o

APPROVED = Kind.RETURN_APPROVED


def delivered_order() -> o.Order:
    order = o.Order()
    order.hears(o.placed_and_paid(), o.handed_over(o.TUESDAY))
    return order


def test_a_return_that_was_only_asked_for_says_nothing() -> None:
    assert o.kinds(delivered_order().hears(o.ask_to_return(o.WEDNESDAY))) == []


def test_an_approved_return_is_told_once_whatever_is_repeated() -> None:
    order = delivered_order()

    assert o.kinds(order.hears(o.accept_return(o.THURSDAY))) == [APPROVED]
    assert o.kinds(order.hears(o.ask_to_return(o.WEDNESDAY))) == []
    assert o.kinds(order.hears(o.accept_return(o.FRIDAY))) == []


def test_approved_says_how_where_until_when_and_what_happens_with_the_money() -> None:
    window = Window(start=o.FRIDAY, end=o.FRIDAY + 2 * o.HOUR)
    event = o.accept_return(
        o.THURSDAY,
        method=ReturnMethod.COURIER,
        send_by=date(2026, 12, 7),
        address="Shop, Returns, Kyiv",
        label_url="https://shop.example/label",
        code="RT-1",
        pickup_window=window,
        refund=o.UAH_100,
        refund_days=5,
        refund_method=PaymentMethod.CARD,
    )

    content = o.only(delivered_order().hears(event))

    assert (content.return_method, content.return_address) == (
        ReturnMethod.COURIER,
        "Shop, Returns, Kyiv",
    )
    assert (content.send_by, content.window) == (date(2026, 12, 7), window)
    assert (content.return_code, content.label_url) == ("RT-1", "https://shop.example/label")
    assert (content.refund, content.refund_days) == (o.UAH_100, 5)
    assert content.refund_method is PaymentMethod.CARD


def test_approved_lists_what_the_customer_asked_to_return_when_the_shop_does_not() -> None:
    asked = o.ask_to_return(o.WEDNESDAY, items=(Item(name="Lid"),))

    content = o.only(delivered_order().hears(asked, o.accept_return(o.THURSDAY)))

    assert content.items == (Item(name="Lid"),)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"send_by": date(2026, 12, 9)}, [APPROVED], id="another last day is told"),
        pytest.param({"address": "Elsewhere"}, [APPROVED], id="another address is told"),
        pytest.param({"code": "RT-2"}, [APPROVED], id="another code is told"),
        pytest.param(
            {"label_url": "https://shop.example/label?signed=2"}, [], id="a new signature is not"
        ),
    ],
)
def test_instructions_that_change_are_told_again(change: dict[str, object], said: object) -> None:
    order = delivered_order()
    order.hears(o.accept_return(o.THURSDAY))

    assert o.kinds(order.hears(o.accept_return(o.FRIDAY, **change))) == said
