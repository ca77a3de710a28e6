"""What a reminder says, and what it is called."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from zlib import crc32

from msgspec.structs import replace

from headsup.contracts.base import Item, Money
from headsup.contracts.catalogue import CATALOGUE
from headsup.contracts.currencies import DECIMALS
from headsup.contracts.notifications import CartFlow, Content, NotificationRequested
from headsup.contracts.shop import CartItem
from services.cart_recovery.cart import Cart, CartKey, Contents, Price
from services.cart_recovery.lines import packed, unpacked
from services.cart_recovery.sayings import Remind
from services.cart_recovery.schedule import Reminder
from services.cart_recovery.terms import Terms
from services.cart_recovery.visit import Visit

MOST_LINES: Final = 50
"""Of a cart that a reminder carries. It shows five; and whoever sends it reads no record that is
larger than an event of the shop, which may have hundreds, and would say each twice."""
_DIGITS: Final = 32
"""Hexadecimal, of a name: 128 bits, so that two never meet."""
MOST_VERSIONS: Final = 4
"""Of one reminder: a cart that changes more often while its reminder waits can do without it."""


def flow_of(touched_at: datetime) -> str:
    """The name of the flow of a visit: 20251124T100000.123456Z."""
    return f"{touched_at.astimezone(UTC):%Y%m%dT%H%M%S.%f}Z"


def request_id(key: CartKey, flow: str, step: int, version: int = 1) -> str:
    """The id of a reminder. Asking for it twice is asking once. Another version of it is asked for
    only when nobody will ever hear those before."""
    later = () if version == 1 else (f"version {version}",)
    return name_of("reminder", *key, flow, str(step), *later)


def name_of(*parts: str) -> str:
    """A short name that is a function of these."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:_DIGITS]


def remind(cart: Cart, visit: Visit, reminder: Reminder, terms: Terms) -> Remind:
    """The request for a reminder, of the lines as they are now. The cart is somebody's, and we know
    what is in it: raises ValueError where that is not so."""
    owner, contents, checkout = cart.facts.owner, cart.facts.contents, cart.facts.checkout
    if owner is None or contents is None:
        raise ValueError("nobody can be reminded of this cart")
    every = [_with_sense(item) for item in unpacked(contents.lines)]
    items = _most_telling(every, terms)
    link = cart.facts.link
    to_checkout = checkout.url if checkout and visit.at_checkout else None
    content = Content(
        items=tuple([_item(item) for item in items]),
        more_items=len(every) - len(items),
        total=_money(contents.total),
        cart_url=to_checkout or (link.url if link else None),
        running_out=tuple([item for item in items if _is_running_out(item, terms)]),
        occurrence=reminder.step,
        is_last=reminder.is_last,
    )
    request = NotificationRequested(
        kind=visit.kind,
        cart=_flow(cart, visit, reminder),
        customer=owner.customer,
        content=content,
        happened_at=visit.touched_at,
        # The notifier knows their zone better, and keeps the night: what has to wait until then is
        # sent in the morning, if it is not old by that time.
        expires_at=reminder.due + CATALOGUE[visit.kind].time_to_live,
    )
    name = flow_of(visit.touched_at)
    return Remind(request_id(cart.key, name, reminder.step, reminder.version), request)


def _flow(cart: Cart, visit: Visit, reminder: Reminder) -> CartFlow:
    return CartFlow(
        cart_id=cart.cart_id,
        flow=flow_of(visit.touched_at),
        step=reminder.step,
        touched_at=visit.touched_at,
        filled_at=visit.filled_at if visit.filled_at != visit.touched_at else None,
    )


def said_of(contents: Contents, terms: Terms) -> int:
    """A digest of what a reminder says of these contents: lines, prices, and what is running out.
    In which order, and how much is left of what is not running out, it does not say."""
    items = [_with_sense(item) for item in unpacked(contents.lines)]
    told = [it if _is_running_out(it, terms) else replace(it, left=None) for it in items]
    total = "\n".join(contents.total or ()).encode()
    return crc32(b"".join([total, *sorted([packed((item,)) for item in told])]))


def _most_telling(items: Sequence[CartItem], terms: Terms) -> Sequence[CartItem]:
    """All of them; or as many as are carried, first those of which few are left."""
    if len(items) <= MOST_LINES:
        return items
    return sorted(items, key=lambda item: not _is_running_out(item, terms))[:MOST_LINES]


def _with_sense(item: CartItem) -> CartItem:
    """Without a price in a currency that does not exist."""
    if item.price is None or item.price.currency in DECIMALS:
        return item
    return replace(item, price=None)


def _is_running_out(item: CartItem, terms: Terms) -> bool:
    """Few are left, or none: whoever comes back for it should know before they come."""
    return item.left is not None and item.left <= terms.policy.few_left


def _money(price: Price | None) -> Money | None:
    if price is None or price[1] not in DECIMALS:
        return None
    return Money(amount=price[0], currency=price[1])


def _item(line: CartItem) -> Item:
    return Item(name=line.name, quantity=line.quantity, price=line.price, digital=line.digital)
