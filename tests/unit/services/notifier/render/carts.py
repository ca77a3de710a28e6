"""Carts that the tests remind of, as they vary in real life."""

from collections.abc import Iterator
from typing import Final

import msgspec

from headsup.contracts.base import Item, Money
from headsup.contracts.catalogue import Kind
from headsup.contracts.notifications import Content
from headsup.contracts.shop.carts import CartItem

_replace = msgspec.structs.replace


def _uah(amount: str) -> Money:
    return Money(amount=amount, currency="UAH")


_TEA: Final = Item(name="Чай «Гречаний», 250 г", quantity=2, price=_uah("120.00"))
_POT: Final = Item(name="Чайник з глини", price=_uah("1059.00"))
_HONEY: Final = Item(name="Мед гречаний, 400 г", price=_uah("210.00"))
_CART: Final = Content(
    items=(_TEA, _POT, _HONEY),
    running_out=(CartItem(name=_POT.name, price=_POT.price, left=2),),
    total=_uah("1509.00"),
    cart_url="https://shop.example/cart/k-7f3a",
)
CARTS: Final[dict[Kind, Content]] = {
    Kind.CART_ABANDONED: _CART,
    Kind.CHECKOUT_ABANDONED: _replace(_CART, cart_url="https://shop.example/pay/k-7f3a"),
}
MOST_LINES: Final = 500


def long_cart(whole: Content, name: str) -> Content:
    """With as many lines as there may be, and an address that fits no SMS."""
    price = _uah("123456.78")
    line = Item(name=name, quantity=10_000, price=price)
    scarce = CartItem(name=name, quantity=10_000, price=price, left=2)
    return _replace(
        whole,
        items=(*whole.items, *[line] * (MOST_LINES - len(whole.items))),
        running_out=(scarce, *whole.running_out),
        cart_url=f"{whole.cart_url}{'f' * 120}",
    )


def of_carts(whole: Content) -> Iterator[tuple[str, Content]]:
    """The last of several reminders, and the only one; a cart of one line; what is sold out, and
    sums that mean nothing."""
    yield "said 2 times, the last", _replace(whole, occurrence=2, is_last=True)
    yield "said 3 times, the last", _replace(whole, occurrence=3, is_last=True)
    yield "the only one", _replace(whole, is_last=True)
    yield "one line", _replace(whole, items=(_TEA,), running_out=(), total=None)
    gone = tuple(_replace(line, left=0) for line in whole.running_out)
    yield "sold out", _replace(whole, running_out=gone)
    odd = Money(amount="12.00", currency="QQQ")
    lines = tuple(_replace(line, price=odd) for line in whole.items)
    yield "of no currency", _replace(whole, items=lines, running_out=(), total=odd)
