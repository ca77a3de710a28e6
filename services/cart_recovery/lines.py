"""The lines of a cart as bytes, and a digest of them. Packed at every update, read for a reminder:
a cart may have 500."""

from typing import Final
from zlib import crc32

import msgspec

from headsup.contracts.base import Item, Items, Money
from headsup.contracts.shop import CartItem, CartItems


class _Line(msgspec.Struct, frozen=True, array_like=True):
    name: str
    quantity: int
    amount: str | None = None
    currency: str | None = None
    left: int | None = None
    digital: bool = False


_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(tuple[_Line, ...])


def packed(items: CartItems) -> bytes:
    """The lines as bytes."""
    return _encoder.encode([_row(item) for item in items])


def _row(item: CartItem) -> tuple[str | int | None, ...]:
    """The fields of a line, without those at the end that say nothing."""
    price, name, quantity = item.price, item.name, item.quantity
    if item.digital:
        amount, currency = (price.amount, price.currency) if price else (None, None)
        return name, quantity, amount, currency, item.left, True
    if item.left is not None:
        amount, currency = (price.amount, price.currency) if price else (None, None)
        return name, quantity, amount, currency, item.left
    return (name, quantity, price.amount, price.currency) if price else (name, quantity)


def unpacked(lines: bytes) -> CartItems:
    """What `packed` made of them."""
    return tuple(
        CartItem(
            name=line.name,
            quantity=line.quantity,
            price=_price(line),
            digital=line.digital,
            left=line.left,
        )
        for line in _decoder.decode(lines)
    )


def _price(line: _Line) -> Money | None:
    if line.amount is None or line.currency is None:
        return None
    return Money(amount=line.amount, currency=line.currency)


def digest(items: Items | CartItems) -> int:
    """The same for the same goods: how many of what, in whatever order and at whatever price. Not
    the same for others, but once in four thousand million times."""
    return crc32("\n".join(sorted([_good(item) for item in items])).encode())


def _good(item: Item) -> str:
    return f"{item.name} {item.quantity}"
