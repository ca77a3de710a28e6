"""What is shown of the lines of an order or a cart, and of its money. Pure."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import msgspec

from headsup.contracts.base import Item, Money
from headsup.contracts.catalogue import CATALOGUE, Area, Kind
from headsup.contracts.currencies import DECIMALS
from headsup.contracts.notifications import Content
from services.notifier.render.clean import clean
from services.notifier.render.view import NAMELESS, Values, name_of, put

Listed = tuple[Item, int | None]
"""A line, and how many the shop has left of it, where it says so and they are few."""


def is_of_cart(kind: Kind) -> bool:
    """Whether it speaks of what nobody ordered yet."""
    return CATALOGUE[kind].area is Area.CART


def as_shown(kind: Kind, content: Content) -> Content:
    """Nobody has to know what is in a cart, so what makes no sense is left out: a sum in a currency
    that does not exist. Whoever ordered is told every sum as it is written."""
    if not is_of_cart(kind):
        return content
    return msgspec.structs.replace(
        content,
        items=tuple(map(_priced, content.items)),
        running_out=tuple(map(_priced, content.running_out)),
        total=_sum(content.total),
    )


_I = TypeVar("_I", bound=Item)


def _priced(item: _I) -> _I:
    return msgspec.structs.replace(item, price=_sum(item.price))


def _sum(money: Money | None) -> Money | None:
    return money if money is not None and money.currency in DECIMALS else None


def listed(content: Content, most: int) -> list[Listed]:
    """At most so many lines. Where some are left out, those of which few are left come first."""
    few: defaultdict[Item, list[int]] = defaultdict(list)
    for scarce in content.running_out:
        if scarce.left is not None:
            few[_plain(scarce)].append(scarce.left)
    lines: list[Listed] = []
    for item in content.items:
        left = few[_plain(item)] if few else []
        lines.append((item, left.pop(0) if left else None))
    if len(lines) > most:
        lines.sort(key=lambda line: line[1] is None)
    return lines[:most]


def put_cart(
    values: Values,
    content: Content,
    return_days: int,
    limits: Mapping[str, int],
    say: Callable[[int], str],
) -> None:
    """What only reminders speak of: a name short enough for a subject, a line that is running out,
    whether they are the last, and for how long the shop takes things back. Nobody sends back what
    is downloaded."""
    values["is_last"] = content.is_last
    if any(not item.digital for item in content.items):
        values["return_days"] = return_days
    named = _first_named(content.items)
    if named is not None and limits["short_item"]:
        put(values, "short_item", named.name, limits)
    scarce = _first_named(content.running_out)
    if scarce is not None and scarce.left is not None:
        note = say(scarce.left)
        name = clean(scarce.name, limits["running_out"])
        is_only = content.item_count == 1
        values["running_out"] = f"{note[:1].upper()}{note[1:]}" if is_only else f"{name}: {note}"


def _first_named(items: Sequence[_I]) -> _I | None:
    return next((item for item in items if name_of(item) != NAMELESS), None)


def _plain(item: Item) -> Item:
    return Item(name=item.name, quantity=item.quantity, price=item.price, digital=item.digital)
