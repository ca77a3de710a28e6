"""Where we know Faust, on a real broker: what it brings, what it keeps, and how it breaks."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from headsup.contracts.registry import Internal, Topic
from headsup.kafka.consumer import Record
from headsup.kafka.producer import Outgoing
from headsup.settings import Environment, kafka_settings
from headsup.waiting import wait
from services.cart_recovery.agent import LETTING_GO, STOPPING, CartStreams, FaustError
from tests.fixtures.topics import PARTITIONS
from tests.support.cart_recovery import Carts
from tests.support.eventually import eventually
from tests.support.reading import TopicReader

TAKING, BRINGING = "in taking", "in bringing"


class Streams:
    """The streams of a replica, and what they brought."""

    def __init__(
        self, carts: Carts, *, instance: str = "one", breaks_on: tuple[str, bytes] | None = None
    ) -> None:
        common = kafka_settings(Environment(carts.settings(instance)))
        self.failures: list[BaseException] = []
        self.streams = CartStreams(common, PARTITIONS, self.failures.append)
        self.taken: list[bytes | None] = []
        self.recovered: list[Collection[int]] = []
        self.begun, self.may_go_on = asyncio.Event(), asyncio.Event()
        self.may_go_on.set()
        self.may_be_complete = asyncio.Event()
        self.may_be_complete.set()
        self.stayed: list[bool] = []
        self._breaks_on = breaks_on
        self._prefix = carts.prefix
        self.streams.serve(self.take, self.bring, self.is_complete)

    async def is_complete(self, ours: Collection[int], is_so: Callable[[], bool]) -> None:
        """Keeps what the table is complete of."""
        assert is_so()
        self.recovered.append(ours)
        await self.may_be_complete.wait()
        self.stayed.append(is_so())

    async def take(self, record: Record) -> None:
        """Keeps something under the value of each record."""
        if self._breaks_on == (TAKING, record.value):
            raise ValueError
        self.begun.set()
        await self.may_go_on.wait()
        self.taken.append(record.value)
        self.streams.shelf.put(record.partition, record.value or b"", b"kept")

    def bring(self, record: Record) -> list[Outgoing]:
        """Brings all orders to one cart."""
        if self._breaks_on == (BRINGING, record.value):
            raise ValueError
        if record.topic != self._prefix + Topic.ORDERS:
            return []
        joined, headers = self._prefix + Internal.JOINED, tuple(record.headers)
        return [Outgoing(joined, b"K1", record.value, headers)]

    async def brings(self, *values: bytes) -> None:
        """Waits until these were taken, whatever else was."""

        async def has_taken() -> bool:
            return set(values) <= set(self.taken)

        await eventually(has_taken)

    async def failed(self) -> BaseException:
        """Waits until something befell it."""

        async def has_failed() -> BaseException | None:
            return self.failures[0] if self.failures else None

        return await eventually(has_failed)


@asynccontextmanager
async def reading(streams: Streams) -> AsyncIterator[Streams]:
    await streams.streams.start()
    try:
        yield streams
    finally:
        await streams.streams.stop()


def cart_event(carts: Carts, value: bytes, partition: int = 0) -> Outgoing:
    return Outgoing(carts.prefix + Topic.CARTS, b"key", value, partition=partition)


async def test_what_concerns_carts_is_brought_kept_and_known_to_who_comes_after(
    carts: Carts,
) -> None:
    async with reading(Streams(carts)) as first:
        assert first.streams.ours == frozenset(range(PARTITIONS))
        assert first.recovered == [frozenset(range(PARTITIONS))]
        order = Outgoing(carts.prefix + Topic.ORDERS, b"o-1", b"order", (("a", b"b"),))
        await carts.producer.publish([cart_event(carts, b"1"), order])
        await first.brings(b"1", b"order")
        await carts.until_read(Topic.CARTS, Topic.ORDERS, Internal.JOINED)
    async with TopicReader(carts.servers, carts.prefix + Internal.JOINED) as reader:
        [joined] = await reader.all_now()
    assert (joined.key, joined.value, joined.headers) == (b"K1", b"order", (("a", b"b"),))
    async with reading(Streams(carts)) as second:
        assert sorted(second.streams.shelf) == [b"1", b"order"]
        assert second.streams.shelf.get(b"1") == b"kept"
        assert second.taken == []
        second.streams.shelf.put(0, b"1", None)
        second.streams.shelf.lay(0, b"order", None)
        await carts.producer.publish([cart_event(carts, b"2")])
        await second.brings(b"2")
        await carts.until_read(Topic.CARTS)
    async with reading(Streams(carts)) as third:
        assert sorted(third.streams.shelf) == [b"2", b"order"]


async def test_a_table_that_is_taken_away_while_it_is_tidied_up_is_not_ours(carts: Carts) -> None:
    """What is dropped then may be somebody's who reads it anew: us."""
    async with reading(Streams(carts)) as first:
        first.may_be_complete.clear()
        tidying = asyncio.create_task(first.streams._recovered())
        await asyncio.sleep(0)
        assert len(first.recovered) == 2
        await first.streams._revoked()
        first.may_be_complete.set()
        await tidying
        assert first.stayed == [True, False]
        assert first.streams.ours == frozenset()


async def test_what_comes_before_faust_says_that_the_flow_goes_on_is_taken(carts: Carts) -> None:
    """It fetches while it goes back to where it committed, which takes a while where there are many
    partitions, and empties its queues afterwards."""
    async with reading(Streams(carts, instance="")) as first:
        await carts.producer.publish([cart_event(carts, b"0")])
        await first.brings(b"0")
        await carts.until_read(Topic.CARTS)
    await carts.producer.publish([cart_event(carts, value) for value in (b"1", b"2", b"3")])
    again = Streams(carts, instance="")
    again.streams._app.finalize()
    consumer: Any = again.streams._app.consumer
    seek = consumer.perform_seek

    async def seek_slowly() -> None:
        await seek()
        await wait(again.begun, 1.0)

    consumer.perform_seek = seek_slowly
    again.may_go_on.clear()
    async with reading(again):
        again.may_go_on.set()
        await again.brings(b"1", b"2", b"3")


@pytest.mark.parametrize(("where", "topic"), [(TAKING, Topic.CARTS), (BRINGING, Topic.ORDERS)])
async def test_what_breaks_us_is_told_and_nothing_behind_it_counts_as_read(
    carts: Carts, where: str, topic: Topic
) -> None:
    records = [
        Outgoing(carts.prefix + topic, b"key", value, partition=0) for value in (b"1", b"bad", b"2")
    ]
    async with reading(Streams(carts, instance="", breaks_on=(where, b"bad"))) as streams:
        await carts.producer.publish(records)
        assert isinstance(await streams.failed(), ValueError)
        begun = time.monotonic()
        await streams.streams.stop()
        assert time.monotonic() - begun < STOPPING
    assert b"2" not in streams.taken
    async with reading(Streams(carts, instance="")) as again:
        await again.brings(b"bad", b"2")


async def test_a_part_of_faust_that_crashes_is_told(carts: Carts) -> None:
    async with reading(Streams(carts)) as streams:
        thread: Any = streams.streams._app.consumer
        thread = thread._thread
        asyncio.run_coroutine_threadsafe(thread.crash(OSError("lost")), thread.thread_loop)
        assert isinstance(await streams.failed(), OSError)
        begun = time.monotonic()
        await streams.streams.stop()
        assert time.monotonic() - begun < STOPPING


async def test_whoever_lets_go_for_too_long_gives_up(carts: Carts) -> None:
    async with reading(Streams(carts)) as streams:
        streams.streams._app.letting_go_since = time.monotonic() - LETTING_GO - 1
        assert isinstance(await streams.failed(), FaustError)


async def test_what_a_transaction_took_back_is_not_taken(carts: Carts) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=carts.servers, transactional_id=f"{carts.prefix}writer"
    )
    await producer.start()
    try:
        for value in (b"0", b"taken back", b"1"):
            await producer.begin_transaction()
            await producer.send_and_wait(carts.prefix + Topic.CARTS, value, partition=0)
            if value == b"taken back":
                await producer.abort_transaction()
            else:
                await producer.commit_transaction()
    finally:
        await producer.stop()
    async with reading(Streams(carts)) as streams:
        await streams.brings(b"0", b"1")
        await carts.until_read(Topic.CARTS)
        await carts.producer.publish([cart_event(carts, b"2")])
        await streams.brings(b"2")
        await carts.until_read(Topic.CARTS)
    assert streams.taken == [b"0", b"1", b"2"]


async def test_what_waits_is_counted_on_our_partitions_alone(carts: Carts) -> None:
    async with reading(Streams(carts)) as only:
        await carts.producer.publish([cart_event(carts, b"1")])
        await only.brings(b"1")
        ends = only.streams._app.monitor.tp_end_offsets

        async def is_counted() -> bool:
            return any(p.topic == carts.prefix + Topic.CARTS for p in ends)

        await eventually(is_counted)
        [ours, *_] = (p for p in ends if p.topic == carts.prefix + Topic.CARTS)
        ends[ours] = 100
        assert only.streams.lag()[Topic.CARTS] >= 90
        ends[ours] = 1
        ends[ours._replace(partition=PARTITIONS)] = 100  # as of one that was given away
        assert only.streams.lag()[Topic.CARTS] < 90
