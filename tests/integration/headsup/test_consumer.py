"""The consumer on a real broker."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from headsup.kafka.backlog import Backlog
from headsup.kafka.consumer import Consumer, Partition, Positions, Record, next_offsets
from headsup.kafka.producer import Outgoing
from headsup.kafka.taking import AT_ONCE, BYTES
from tests.fixtures.topics import NewTopicFixture
from tests.support.writing import (
    delete_up_to,
    write_as_of,
    write_in_a_transaction,
    write_with_timestamp,
)

HOUR = timedelta(hours=1)


async def _no_positions(_assigned: Sequence[Partition]) -> Positions:
    raise ConnectionRefusedError


def at(offset: int) -> Callable[[Sequence[Partition]], Awaitable[Positions]]:
    """A database that says: read on from here."""

    async def positions(assigned: Sequence[Partition]) -> Positions:
        return dict.fromkeys(assigned, offset)

    return positions


class Reader:
    """A consumer of one topic, and what it was told."""

    def __init__(self, bootstrap_servers: str, topic: str, **options: Any) -> None:
        self.gone: list[tuple[Partition, int]] = []
        self.consumer = Consumer(
            bootstrap_servers,
            [topic],
            group=topic + ".reader",
            instance="one",
            on_gone=lambda partition, earliest: self.gone.append((partition, earliest)),
            **options,
        )

    async def read(self, count: int, *, at_once: int = 100) -> list[Record]:
        """At least so many records."""
        records: list[Record] = []
        while len(records) < count:
            records += await self.consumer.batch(max_records=at_once, wait=0.2)
        return records

    async def turn(self) -> list[Record]:
        return await self.consumer.batch(max_records=100, wait=0.2)


@pytest.fixture
def bootstrap(bootstrap_servers: str) -> str:
    return bootstrap_servers


@asynccontextmanager
async def reading(bootstrap: str, topic: str, **options: Any) -> AsyncIterator[Reader]:
    reader = Reader(bootstrap, topic, **options)
    await reader.consumer.start()
    try:
        yield reader
    finally:
        await reader.consumer.stop()


def numbered(topic: str, *numbers: int) -> list[Outgoing]:
    return [Outgoing(topic, b"key", str(number).encode()) for number in numbers]


def values(records: Sequence[Record]) -> list[int]:
    return [int(record.value or b"") for record in records]


async def test_who_cannot_learn_where_to_read_on_reads_nothing(
    bootstrap: str, new_topic: NewTopicFixture
) -> None:
    topic = await new_topic("orders")
    await write_as_of(bootstrap, datetime.now(UTC), numbered(topic, 0))
    async with reading(bootstrap, topic, on_assigned=_no_positions) as reader:
        with pytest.raises(ConnectionRefusedError):
            await reader.read(1)


async def test_a_new_group_begins_at_the_beginning_and_goes_on_where_it_was(
    bootstrap: str, new_topic: NewTopicFixture
) -> None:
    topic = await new_topic("orders")
    await write_as_of(bootstrap, datetime.now(UTC), numbered(topic, 0, 1, 2))
    async with reading(bootstrap, topic) as reader:
        records = await reader.read(2, at_once=2)
        assert values(records) == [0, 1]
        await reader.consumer.commit(next_offsets(records))
        assert reader.gone == []
    async with reading(bootstrap, topic) as reader:
        assert values(await reader.read(1)) == [2]
        assert reader.gone == []


async def test_a_position_that_retention_overtook_goes_on_at_the_earliest_record_and_is_told(
    bootstrap: str, new_topic: NewTopicFixture
) -> None:
    topic = await new_topic("orders")
    await write_as_of(bootstrap, datetime.now(UTC), numbered(topic, 0, 1, 2, 3))
    await delete_up_to(bootstrap, topic, 2)
    async with reading(bootstrap, topic, on_assigned=at(1)) as reader:
        assert values(await reader.read(2)) == [2, 3]
        assert reader.gone == [(Partition(topic, 0), 2)]


async def test_a_position_behind_the_end_goes_on_at_the_earliest_record_and_is_told(
    bootstrap: str, new_topic: NewTopicFixture
) -> None:
    topic = await new_topic("orders")
    await write_as_of(bootstrap, datetime.now(UTC), numbered(topic, 0, 1))
    async with reading(bootstrap, topic, on_assigned=at(1000)) as reader:
        assert values(await reader.read(2)) == [0, 1]
        assert reader.gone == [(Partition(topic, 0), 0)]


async def test_what_was_read_is_kept_where_the_position_of_another_partition_is_none(
    bootstrap: str, new_topic: NewTopicFixture
) -> None:
    async def positions(assigned: Sequence[Partition]) -> Positions:
        return {each: 1000 * each.number for each in assigned}

    topic, count = await new_topic("orders", partitions=2), 3 * AT_ONCE
    for number in (0, 1):
        records = numbered(topic, *range(count))
        await write_as_of(bootstrap, datetime.now(UTC), records, partition=number)
    async with reading(bootstrap, topic, on_assigned=positions) as reader:
        read = await reader.read(2 * count, at_once=500)
        assert sorted(values(read)) == sorted([*range(count)] * 2)
        assert reader.gone == [(Partition(topic, 1), 0)]


@pytest.mark.parametrize("options", [{}, {"on_assigned": at(1000)}])
async def test_after_a_position_that_there_was_not_it_is_still_seen_when_nobody_reads(
    bootstrap: str, new_topic: NewTopicFixture, options: dict[str, Any]
) -> None:
    topic = await new_topic("orders")
    await write_as_of(bootstrap, datetime.now(UTC), numbered(topic, 0))
    async with reading(bootstrap, topic, **options) as reader:
        await reader.read(1)
        assert reader.consumer._consumer._subscription.fetcher_idle_time > 0


async def test_while_old_records_wait_a_partition_is_behind_and_then_current(
    bootstrap: str, new_topic: NewTopicFixture
) -> None:
    topic = await new_topic("orders")
    long_ago = datetime.now(UTC).replace(microsecond=0) - HOUR
    await write_as_of(bootstrap, long_ago, numbered(topic, 0, 1, 2, 3))
    backlog = Backlog()
    async with reading(bootstrap, topic, on_assigned=at(0)) as reader:
        assert set(reader.consumer.reached().values()) == {None}
        for waiting in (3, 2, 1):
            await reader.read(1, at_once=1)
            assert reader.consumer.reached() == {Partition(topic, 0): long_ago}
            assert reader.consumer.lag() == {topic: waiting}
            assert backlog.look(reader.consumer.reached(), datetime.now(UTC)) == {0}
        await reader.read(1)
        assert reader.consumer.lag() == {topic: 0}
        assert backlog.look(reader.consumer.reached(), datetime.now(UTC)) == frozenset()
        assert reader.consumer.reached("another") == {}


@pytest.mark.parametrize("milliseconds", [1_769_000_000_000_000, 2**62, 4_000_000_000_000])
async def test_a_record_of_the_future_brings_a_partition_no_further_than_now(
    bootstrap: str, new_topic: NewTopicFixture, milliseconds: int
) -> None:
    taking_any = {"message.timestamp.after.max.ms": str(2**63 - 1)}  # else no more than an hour
    topic = await new_topic("orders", settings=taking_any)
    await write_with_timestamp(bootstrap, milliseconds, numbered(topic, 0, 1))
    async with reading(bootstrap, topic, on_assigned=at(0)) as reader:
        await reader.read(1, at_once=1)
        assert reader.consumer.lag() == {topic: 1}
        [reached] = reader.consumer.reached().values()
        assert reached is not None
        assert reached <= datetime.now(UTC)


async def test_large_records_that_came_in_a_few_bytes_are_read_a_few_at_a_time(
    bootstrap: str, new_topic: NewTopicFixture
) -> None:
    topic, count, size = await new_topic("orders", partitions=2), 200, 2**18
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        compression_type="zstd",
        max_request_size=2**25,
        max_batch_size=2**25,
        linger_ms=200,
    )
    await producer.start()
    for number in (0, 1):
        sent = [await producer.send(topic, bytes(size), partition=number) for _ in range(count)]
        await asyncio.gather(*sent)
    await producer.stop()
    async with reading(bootstrap, topic, on_assigned=at(0)) as reader:
        batches: list[list[Record]] = []
        while sum(map(len, batches)) < 2 * count:
            batches.append(await reader.consumer.batch(max_records=500, wait=0.2, lanes=2))
    of_each = [Counter(record.partition for record in batch) for batch in batches]
    assert max(n for each in of_each for n in each.values()) < AT_ONCE + BYTES // size
    assert any(len(each) == 2 for each in of_each), "what waits for the other lane comes as well"
    for number in (0, 1):
        read = [r.offset for batch in batches for r in batch if r.partition == number]
        assert read == list(range(count))


async def test_young_records_that_wait_leave_a_partition_current(
    bootstrap: str, new_topic: NewTopicFixture
) -> None:
    topic = await new_topic("orders")
    await write_as_of(bootstrap, datetime.now(UTC), numbered(topic, 0, 1))
    async with reading(bootstrap, topic, on_assigned=at(0)) as reader:
        await reader.read(1, at_once=1)
        assert reader.consumer.lag() == {topic: 1}
        assert Backlog().look(reader.consumer.reached(), datetime.now(UTC)) == frozenset()


async def test_a_partition_without_any_record_is_current(
    bootstrap: str, new_topic: NewTopicFixture
) -> None:
    topic = await new_topic("orders")
    async with reading(bootstrap, topic, on_assigned=at(0)) as reader:
        while reader.consumer.reached()[Partition(topic, 0)] is None:
            assert await reader.turn() == []
        assert Backlog().look(reader.consumer.reached(), datetime.now(UTC)) == frozenset()


async def test_what_was_sought_has_to_be_read_again_before_anybody_knows(
    bootstrap: str, new_topic: NewTopicFixture
) -> None:
    topic = await new_topic("orders")
    await write_as_of(bootstrap, datetime.now(UTC), numbered(topic, 0, 1))
    async with reading(bootstrap, topic, on_assigned=at(0)) as reader:
        await reader.read(2)
        reader.consumer.seek({Partition(topic, 0): 0})
        assert reader.consumer.reached() == {Partition(topic, 0): None}
        assert values(await reader.read(2)) == [0, 1]


async def test_who_holds_reads_nothing_and_keeps_its_partitions(
    bootstrap: str, new_topic: NewTopicFixture
) -> None:
    topic = await new_topic("orders", partitions=2)
    await write_as_of(bootstrap, datetime.now(UTC), numbered(topic, 0, 1), partition=0)
    async with reading(bootstrap, topic, on_assigned=at(0)) as reader:
        await reader.read(1, at_once=1)
        await reader.consumer.hold(wait=0.1)
        await write_as_of(bootstrap, datetime.now(UTC), numbered(topic, 2), partition=1)
        await reader.consumer.hold(wait=0.1)
        assert len(reader.consumer.assignment()) == 2
        assert reader.consumer.lag()[topic] >= 1


async def test_the_marker_of_a_transaction_is_nothing_that_waits(
    bootstrap: str, topic_prefix: str, new_topic: NewTopicFixture
) -> None:
    topic = await new_topic("orders")
    record = Outgoing(topic, b"key", b"0")
    await write_in_a_transaction(bootstrap, topic_prefix + "writer", record)
    async with reading(bootstrap, topic, on_assigned=at(0)) as reader:
        assert values(await reader.read(1)) == [0]
        while reader.consumer.lag()[topic]:
            await reader.turn()


async def test_of_a_topic_with_portions_a_batch_holds_no_more_and_it_holds_up_no_other(
    bootstrap: str, topic_prefix: str, new_topic: NewTopicFixture
) -> None:
    many, few = await new_topic("many"), await new_topic("few")
    now = datetime.now(UTC)
    await write_as_of(bootstrap, now, numbered(many, *range(30)))
    consumer = Consumer(bootstrap, [many, few], group=topic_prefix + "portions", instance="one")
    await consumer.start()
    try:
        first: list[Record] = []
        while not first:
            first = await consumer.batch(max_records=100, wait=0.2, portions={many: 10})
        assert values(first) == list(range(10))
        await write_as_of(bootstrap, now, numbered(few, 100, 101))
        second: list[Record] = []
        while not second:
            second = await consumer.batch(max_records=100, wait=0.2, portions={many: 0})
        assert values(second) == [100, 101]
        assert consumer.lag()[many] == 20
        third = await consumer.batch(max_records=5, wait=0.2, portions={many: 10})
        assert values(third) == list(range(10, 15))
    finally:
        await consumer.stop()


async def test_a_batch_holds_what_waits_for_each_lane(
    bootstrap: str, new_topic: NewTopicFixture
) -> None:
    """aiokafka empties one partition after the other: of one lane at a time, without that."""
    topic, now = await new_topic("orders", partitions=2), datetime.now(UTC)
    for number in (0, 1):
        await write_as_of(bootstrap, now, numbered(topic, *range(20)), partition=number)
    async with reading(bootstrap, topic) as reader:
        batches: list[list[Record]] = []
        while sum(map(len, batches)) < 40:
            batches.append(await reader.consumer.batch(max_records=5, wait=0.2, lanes=2))
    of_each = [Counter(record.partition for record in batch) for batch in batches]
    assert {0: 5, 1: 5} in of_each
    assert max(count for each in of_each for count in each.values()) == 5
