"""What a record is to us. Pure."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from aiokafka.partitioner import murmur2

from headsup.contracts.envelope import Event, EventRefusedError, decode, expect_topic
from headsup.contracts.registry import Topic
from headsup.kafka.consumer import Record
from services.cart_recovery.step import cart_of

SERVICE: Final = "cart_recovery"
JOINED_FROM: Final = (Topic.ORDERS, Topic.OUTCOMES)
"""Topics of which some records concern a cart, under another key."""
_MENTIONS: Final = b'"cart'
"""Whatever names a cart has this in it: `cart_id` or `cart`."""

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


def joins(record: Record, topic: str, now: datetime) -> str | None:
    """The id of the cart that a record of another topic concerns; None where it concerns none, or
    cannot be read: whoever it is meant for sets it aside."""
    if record.value is None or _MENTIONS not in record.value:
        return None
    try:
        event = decode(record.value, record.headers, now)
        expect_topic(event, topic)
    except EventRefusedError:
        return None
    key = cart_of(event)
    return key.cart_id if key else None
