"""The lines of an order or a cart, as they are read."""

from dataclasses import dataclass
from typing import Final

from headsup.contracts.base import Item
from services.notifier.render.clean import clean
from services.notifier.render.values import Frame, money
from services.notifier.render.view import name_of

ITEM_LIMIT: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line, and what there is to say beside it."""

    text: str
    price: str
    note: str


def line_of(item: Item, frame: Frame, note: str = "") -> Line:
    """The price of an item is the price of one."""
    name = clean(name_of(item), ITEM_LIMIT)
    count = f"{item.quantity} × " if item.quantity > 1 else ""
    if item.price is None:
        return Line(text=count + name, price="", note=note)
    return Line(text=name, price=count + money(frame, item.price), note=note)
