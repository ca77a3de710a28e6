"""Events become facts. One table from the type of an event's data to what it changes.

Folding is commutative, associative and idempotent: of each fact the newest word is kept, of those
that come more than once the newest few. Nothing is looked up and nothing is decided here.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import msgspec

from headsup.contracts.base import Customer
from headsup.contracts.envelope import Event
from headsup.contracts.shop import (
    CartChangedBy,
    CartEmptied,
    CartIdentified,
    CartMerged,
    CartUpdated,
    CheckoutStarted,
    OrderPlaced,
)
from headsup.shops.carts import SETTLING
from services.cart_recovery.cart import (
    Checkout,
    Contents,
    Facts,
    Filling,
    Link,
    Merge,
    Order,
    Owner,
)
from services.cart_recovery.lines import digest, packed

_FILLINGS: Final = 16
"""Enough to know what was in the cart when somebody began to pay, or ordered, though the platform
takes line after line out of it then."""
_ORDERS: Final = 4
"""Platforms split an order by the warehouse; and some use one cart for ever."""

_MERGES: Final = 3
"""A guest's cart moves into their own when they log in, and is a new one after that."""

Change = Callable[[Facts, Event[Any]], Facts]


def fold(facts: Facts, event: Event[Any]) -> Facts:
    """The facts with this event in them. Raises KeyError for an event that is about no cart."""
    return _without_the_past(CHANGES[type(event.data)](facts, event))


def _updated(facts: Facts, event: Event[CartUpdated]) -> Facts:
    data, at = event.data, event.time.astimezone(UTC)
    facts = _linked(_owned(facts, event, data.customer), event)
    if not data.items:
        facts = msgspec.structs.replace(facts, emptied_at=_later(facts.emptied_at, at))
    elif data.changed_by is CartChangedBy.CUSTOMER:
        filling = Filling(at, digest(data.items))
        if filling not in facts.fillings:
            fillings = tuple(sorted((*facts.fillings, filling))[-_FILLINGS:])
            facts = msgspec.structs.replace(facts, fillings=fillings)
    if facts.contents is not None and at < facts.contents.at:
        return facts
    total = (data.total.amount, data.total.currency) if data.total else None
    is_sold_out = bool(data.items) and all(item.left == 0 for item in data.items)
    contents = Contents(at, _by(event), packed(data.items), total, is_sold_out)
    return msgspec.structs.replace(facts, contents=_newer(facts.contents, contents))


def _identified(facts: Facts, event: Event[CartIdentified]) -> Facts:
    facts = _owned(facts, event, event.data.customer)
    return msgspec.structs.replace(
        facts, identified_at=_later(facts.identified_at, event.time.astimezone(UTC))
    )


def _checkout_started(facts: Facts, event: Event[CheckoutStarted]) -> Facts:
    facts = _owned(facts, event, event.data.customer)
    checkout = Checkout(event.time.astimezone(UTC), _by(event), event.data.url)
    return msgspec.structs.replace(facts, checkout=_newer(facts.checkout, checkout))


def _emptied(facts: Facts, event: Event[CartEmptied]) -> Facts:
    emptied_at = _later(facts.emptied_at, event.time.astimezone(UTC))
    return msgspec.structs.replace(facts, emptied_at=emptied_at)


def _merged(facts: Facts, event: Event[CartMerged]) -> Facts:
    at = event.time.astimezone(UTC)
    merges = {known.into: known for known in facts.merges}
    merge = Merge(at, event.data.into_cart_id)
    merges[merge.into] = max(merges.get(merge.into, merge), merge)
    newest = tuple(sorted(merges.values())[-_MERGES:])
    return msgspec.structs.replace(facts, merged_at=_later(facts.merged_at, at), merges=newest)


def _ordered(facts: Facts, event: Event[OrderPlaced]) -> Facts:
    data = event.data
    bought = digest(data.items) if data.items else None
    total = (data.total.amount, data.total.currency)
    order = Order(event.time.astimezone(UTC), _by(event), data.order_id, total, bought)
    orders = {known.order_id: known for known in facts.orders}
    orders[order.order_id] = _newer(orders.get(order.order_id), order)
    newest = sorted(orders.values(), key=_place)[-_ORDERS:]
    return msgspec.structs.replace(facts, orders=tuple(newest))


def _place(order: Order) -> tuple[datetime, str]:
    return order.at, order.order_id


CHANGES: Final[Mapping[type, Change]] = {
    CartUpdated: _updated,
    CartIdentified: _identified,
    CheckoutStarted: _checkout_started,
    CartEmptied: _emptied,
    CartMerged: _merged,
    OrderPlaced: _ordered,
}
"""What each type of event changes."""


def _owned(facts: Facts, event: Event[Any], customer: Customer | None) -> Facts:
    """Whose cart it is. An event that names nobody says nothing about it."""
    if customer is None:
        return facts
    owner = Owner(
        event.time.astimezone(UTC),
        _by(event),
        customer.id,
        customer.name,
        customer.email,
        customer.phone,
        customer.language,
        customer.time_zone,
    )
    return msgspec.structs.replace(facts, owner=_newer(facts.owner, owner))


def _linked(facts: Facts, event: Event[CartUpdated]) -> Facts:
    """Where it is restored. An update that does not say it says nothing about it."""
    if event.data.url is None:
        return facts
    link = Link(event.time.astimezone(UTC), _by(event), event.data.url)
    return msgspec.structs.replace(facts, link=_newer(facts.link, link))


def _by(event: Event[Any]) -> str:
    """What decides between two events of the same moment: the greater id. Where the time is told
    more exactly than by the second, there are no two, and a million ids need not be kept."""
    return event.id if event.time.microsecond == 0 else ""


W = TypeVar("W", Contents, Owner, Link, Checkout, Order)
_encoder: Final = msgspec.msgpack.Encoder()


def _newer(known: W | None, new: W) -> W:
    """The newer of two words. Where neither is, everybody who knows both has to agree as well."""
    if known is None or (known.at, known.by) < (new.at, new.by):
        return new
    is_tie = (known.at, known.by) == (new.at, new.by)
    return new if is_tie and _encoder.encode(known) < _encoder.encode(new) else known


def _later(known: datetime | None, at: datetime) -> datetime:
    return at if known is None or at > known else known


def closed_at(facts: Facts) -> datetime | None:
    """Up to when everything belongs to a cart that is over; None where it never was."""
    closed = facts.emptied_at
    if facts.merged_at is not None:
        closed = _later(closed, facts.merged_at)
    if facts.order is not None:
        closed = _later(closed, facts.order.at + SETTLING)
    return closed


def _without_the_past(facts: Facts) -> Facts:
    """Without the lines and the checkout of a cart that is over: nobody will be reminded of them,
    and most carts are over."""
    closed = closed_at(facts)
    if closed is None:
        return facts
    if facts.contents is not None and facts.contents.at <= closed:
        facts = msgspec.structs.replace(facts, contents=None)
    if facts.checkout is not None and facts.checkout.at <= closed:
        facts = msgspec.structs.replace(facts, checkout=None)
    if facts.link is not None and facts.link.at <= closed:
        facts = msgspec.structs.replace(facts, link=None)
    return facts
