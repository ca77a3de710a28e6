"""Takes records that aiokafka has at hand, a few at a time, until they are enough.

aiokafka (0.14) limits what it gives by the number of records alone (`weight` says why that is not
enough). What it is asked for a second time it gives at once, or not at all.
"""

from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import NoOffsetForPartitionError, OffsetOutOfRangeError

from headsup.kafka.weight import weight

AT_ONCE: Final = 32
"""Records. What comes may be more than BYTES by as many; a compressed one has 256 KiB at most. Of
500 events at hand each takes 1.6 calls of functions more than if all were asked for at once, beside
more than 500 that order_events takes for it."""
BYTES: Final = 4 * 1024 * 1024
"""Are enough, however few records they are: five hundred events of 8 kB."""


Ask = Callable[[float, int], Awaitable[dict[TopicPartition, list[Any]]]]
"""Waits for so many seconds for so many records at most."""


async def take(
    consumer: AIOKafkaConsumer, wait: float, most: int, only: Collection[TopicPartition]
) -> dict[TopicPartition, list[Any]]:
    """The next records, `most` at most, of all partitions or `only` these; none after `wait`
    seconds. Raises what the first word of Kafka's says against it; what a later one does it says
    again, when it is asked next."""

    async def ask(wait: float, most: int) -> dict[TopicPartition, list[Any]]:
        return await consumer.getmany(  # type: ignore[no-any-return]
            *only, timeout_ms=int(wait * 1000), max_records=most
        )

    return await enough(ask, wait, most, partial(forget_fetch, consumer))


async def enough(
    ask: Ask, wait: float, most: int, failed: Callable[[], None]
) -> dict[TopicPartition, list[Any]]:
    """The same of whoever is asked; `failed` is called where it raises after it gave something."""
    found = await ask(wait, min(most, AT_ONCE))
    came = sum(map(len, found.values()))
    is_more, left = came >= AT_ONCE, most - came
    size = sum(map(weight, found.values())) if is_more else 0
    while is_more and left and size < BYTES:
        try:
            again = await ask(0, min(left, AT_ONCE))
        except (NoOffsetForPartitionError, OffsetOutOfRangeError):
            failed()
            break
        for partition, records in again.items():
            found.setdefault(partition, []).extend(records)
            size += weight(records)
            left -= len(records)
        is_more = sum(map(len, again.values())) >= AT_ONCE
    return found


def forget_fetch(consumer: AIOKafkaConsumer) -> None:
    """aiokafka counts who is fetching, and forgets to count down when fetching raises: then it
    never again finds that we ask for nothing (`max_poll_interval_ms`)."""
    consumer._subscription._fetch_count -= 1  # noqa: SLF001
