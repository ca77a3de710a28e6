"""What a record is to us. Pure."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from aiokafka.partitioner import murmur2

from headsup.contracts.base import Id
from headsup.contracts.envelope import (
    EARLIEST,
    Event,
    EventRefusedError,
    decode,
    expect_topic,
    opened,
)
from headsup.contracts.registry import BY_DATA, Internal, Topic
from headsup.contracts.shop import (
    CartEmptied,
    CartMerged,
    CartUpdated,
    CustomerErased,
    OrderPlaced,
)
from headsup.kafka.consumer import Record
from headsup.kafka.rights import Needs
from services.cart_recovery.step import cart_of

SERVICE: Final = "cart_recovery"
JOINED_FROM: Final = (Topic.ORDERS, Topic.OUTCOMES, Topic.CUSTOMERS)
"""Topics of which some records concern a cart, or many, under another key."""
_READS: Final = (Topic.CARTS, *JOINED_FROM, Internal.JOINED)
NEEDS: Final = Needs(
    reads=(*_READS, Internal.CARTS_KEPT),
    writes=(
        *(Topic.REMINDERS, Topic.OUTCOMES, Internal.JOINED, Internal.CARTS_KEPT),
        *(topic.dead_letters for topic in _READS),
    ),
)
_ERASED: Final = b"customer.erased"
_ORDERED: Final = b"order.placed"
_MARKS: Final = (b'"cart', _ORDERED)
"""Whatever names a cart has the first in it, as `cart_id` or `cart`; an order the second, if only
in a header."""

Home = Callable[[str], int]
"""The partition on which everything about a cart comes together, by the cart's id."""


def home_among(partitions: int) -> Home:
    """As Kafka's own producers choose it. Others choose in their own way, librdkafka among them,
    so a cart may come on another partition than its order does."""

    def home(cart_id: str) -> int:
        return (int(murmur2(cart_id.encode())) & 0x7FFFFFFF) % partitions

    return home


def event_in(record: Record, topic: str, now: datetime) -> Event[Any]:
    """The event of a record; `topic` is its topic's name without the prefix. Raises
    EventRefusedError."""
    event = decode(record.value, record.headers, now)
    if topic == Topic.CARTS:
        expect_topic(event, topic)
    return event


def unclear(record: Record, now: datetime) -> Event[CartEmptied] | None:
    """What is left of a cart's record that was refused: we do not know any more what is in it, and
    until we do it is as good as empty. None where it does not say that, or not of which cart."""
    found = opened(record.value, record.headers)
    if found is None:
        return None
    attributes, data = found
    if attributes.type not in _SAYS_WHAT_IS_IN_IT:
        return None
    try:
        named = _named.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    emptied = CartEmptied(cart_id=named.cart_id)
    time = attributes.time if EARLIEST <= attributes.time <= now else now
    name = BY_DATA[CartEmptied].name
    return Event(attributes.id, attributes.source, name, time, emptied)


class _Named(msgspec.Struct):
    cart_id: Id


_named: Final = msgspec.json.Decoder(_Named)
_SAYS_WHAT_IS_IN_IT: Final = {BY_DATA[each].name for each in (CartUpdated, CartEmptied, CartMerged)}


def of_another_topic(record: Record, topic: str, now: datetime) -> Event[Any] | None:
    """The event of a record of another topic that is an order, concerns a cart, or has somebody
    forgotten; None where it is none of these, or cannot be read: whoever it is meant for sets it
    aside."""
    value, is_of_ours = record.value, _MAY_BE_OURS.get(topic, _may_be_ours)
    if value is None or not is_of_ours(value, record.headers):
        return None
    try:
        event = decode(value, record.headers, now)
        expect_topic(event, topic)
    except EventRefusedError:
        return None
    is_wanted = isinstance(event.data, OrderPlaced | CustomerErased)
    return event if is_wanted or cart_of(event) is not None else None


def _may_be_ours(value: bytes, headers: Sequence[tuple[str, bytes | None]]) -> bool:
    """Cheaper than to decode each parcel's every scan. JSON may write any letter as an escape."""
    is_named = any(mark in value for mark in (*_MARKS, b"\\u00"))
    return is_named or any(text and _ORDERED in text for _, text in headers)


def _may_erase(value: bytes, headers: Sequence[tuple[str, bytes | None]]) -> bool:
    """Cheaper than to decode all that a shop knows of its customers."""
    is_named = _ERASED in value or b"\\u00" in value
    return is_named or any(text and _ERASED in text for _, text in headers)


_MAY_BE_OURS: Final = {Topic.CUSTOMERS.value: _may_erase}
