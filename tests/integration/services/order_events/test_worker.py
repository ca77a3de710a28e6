"""The worker and the sweeper on a real broker and a real database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import msgspec
import pytest
from prometheus_client import CollectorRegistry

from headsup.announcer import Announcer
from headsup.clock import ManualClock, SystemClock
from headsup.contracts import envelope
from headsup.contracts.catalogue import Kind
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import NotificationRequested
from headsup.kafka.consumer import Consumer, Partition
from headsup.kafka.producer import MemoryPublisher, Outgoing, Producer
from headsup.outbox import Outbox
from services.order_events.batch import TOPICS
from services.order_events.consumer import Worker
from services.order_events.metrics import Metrics
from services.order_events.progress import Progress
from services.order_events.store import SCHEMA, LostRaceError, Store
from services.order_events.sweeper import Sweeper
from services.order_events.trace import trace
from tests.support.events import delivered, outgoing, placed, scanned
from tests.support.reading import TopicReader

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class Everything:
    """A reader that has read everything of three partitions, a moment ago."""

    def reached(self, *topics: str) -> dict[Partition, datetime | None]:
        now = SystemClock().now()
        return {Partition(topic, number): now for topic in topics for number in range(3)}

    def partitions(self) -> int:
        return 3


@dataclass
class Parts:
    """One replica of the service, taken apart."""

    pool: "asyncpg.Pool[asyncpg.Record]"
    producer: Producer
    clock: ManualClock
    prefix: str
    bootstrap_servers: str

    async def emit(self, *events: Event[Any]) -> None:
        await self.producer.publish([outgoing(self.prefix, event) for event in events])

    def outbox(self, publisher: Producer | MemoryPublisher | None = None) -> Outbox:
        return Outbox(SCHEMA, self.pool, publisher or self.producer, in_order=True)

    def store(self) -> Store:
        return Store(self.pool, self.outbox())

    @asynccontextmanager
    async def worker(self, store: Store, outbox: Outbox | None = None) -> AsyncIterator[Worker]:
        """A worker whose announcements are out when the block ends."""
        announcer = Announcer(outbox or self.outbox())
        metrics = Metrics(CollectorRegistry())
        async with announcer.running():
            yield Worker(store, announcer, self.clock, metrics, prefix=self.prefix)

    async def read(self, store: Store, count: int = 1) -> list[Any]:
        """The next `count` records."""
        consumer = Consumer(
            self.bootstrap_servers,
            [self.prefix + topic for topic in TOPICS],
            group=self.prefix + "order_events",
            instance="one",
            on_assigned=store.positions,
        )
        await consumer.start()
        try:
            records: list[Any] = []
            while len(records) < count:
                records += await consumer.batch(max_records=100, wait=0.2)
            return records
        finally:
            await consumer.stop()

    async def handle(self, count: int) -> None:
        """Reads and applies `count` records."""
        store = self.store()
        records = await self.read(store, count)
        async with self.worker(store) as worker:
            await worker.apply(records)

    async def read_again(self) -> None:
        """Lets everything be read from the beginning."""
        await self.pool.execute("UPDATE order_events.positions SET next_offset = 0")

    async def sweep(self) -> int:
        announcer = Announcer(self.outbox())
        metrics = Metrics(CollectorRegistry())
        progress = Progress(Everything(), SystemClock(), prefix=self.prefix)
        progress.read()
        progress.wrote()
        sweeper = Sweeper(
            self.store(), announcer, self.clock, metrics, progress, prefix=self.prefix
        )
        async with announcer.running():
            return await sweeper.sweep()

    async def requested(self, count: int) -> list[Event[Any]]:
        """What was asked to be told, oldest first, once there are `count` records."""
        return [e for e in await self.said(count) if isinstance(e.data, NotificationRequested)]

    async def said(self, count: int) -> list[Event[Any]]:
        """Requests and withdrawals."""
        topic = self.prefix + "notifications.requested"
        async with TopicReader(self.bootstrap_servers, topic) as reader:
            await reader.at_least(count)
            records = await reader.all_now()
        return [envelope.decode(r.value, r.headers, self.clock.now()) for r in records]


@pytest.fixture
async def parts(database_url: str, topics: str, bootstrap_servers: str) -> AsyncIterator[Parts]:
    producer = Producer(bootstrap_servers, name="test")
    await producer.start()
    async with asyncpg.create_pool(database_url, min_size=1) as pool:
        yield Parts(pool, producer, ManualClock(MONDAY), topics, bootstrap_servers)
    await producer.stop()


async def test_a_paid_order_becomes_one_request_under_the_customers_key(parts: Parts) -> None:
    await parts.emit(placed("A-1", MONDAY))
    await parts.handle(1)
    [event] = await parts.requested(1)
    assert event.data.kind is Kind.ORDER_CONFIRMED
    assert event.source == "https://shop.example"
    assert envelope.key_of(event) == b"customer-of-A-1"


async def test_a_record_that_is_read_twice_is_told_once(parts: Parts) -> None:
    await parts.emit(placed("A-1", MONDAY))
    await parts.handle(1)
    await parts.read_again()
    await parts.handle(1)
    assert len(await parts.requested(1)) == 1


async def test_an_event_that_the_shop_sends_twice_is_told_once(parts: Parts) -> None:
    event = placed("A-1", MONDAY)
    await parts.emit(event, event)
    await parts.handle(2)
    assert len(await parts.requested(1)) == 1


async def test_a_backlog_of_an_order_ends_in_its_newest_state(parts: Parts) -> None:
    await parts.emit(
        delivered("A-1", MONDAY + timedelta(days=2)),
        scanned("A-1", MONDAY + timedelta(days=1)),
        placed("A-1", MONDAY),
    )
    parts.clock.move(timedelta(days=2, hours=1))
    await parts.handle(3)
    assert [event.data.kind for event in await parts.requested(1)] == [Kind.SHIPMENT_DELIVERED]


async def test_a_bad_record_is_set_aside_with_its_reason_and_the_next_is_told(
    parts: Parts,
) -> None:
    topic = parts.prefix + "shop.orders"
    await parts.producer.publish([Outgoing(topic, b"A-1", b"\xffno json")])
    await parts.emit(placed("A-1", MONDAY))
    await parts.handle(2)
    assert len(await parts.requested(1)) == 1
    async with TopicReader(parts.bootstrap_servers, topic + ".dlq") as reader:
        [dead] = await reader.at_least(1)
    headers = dict(dead.headers)
    assert dead.value == b"\xffno json"
    assert dead.key == b"A-1"
    assert headers["dlq-reason"] == b"not_json"
    assert headers["dlq-service"] == b"order_events"
    assert headers["dlq-origin"].startswith(topic.encode())


async def test_an_event_on_the_wrong_topic_is_set_aside(parts: Parts) -> None:
    record = outgoing(parts.prefix, placed("A-1", MONDAY))
    wrong = parts.prefix + "shop.returns"
    await parts.producer.publish([Outgoing(wrong, record.key, record.value, record.headers)])
    await parts.handle(1)
    async with TopicReader(parts.bootstrap_servers, wrong + ".dlq") as reader:
        [dead] = await reader.at_least(1)
    assert dict(dead.headers)["dlq-reason"] == b"wrong_topic"


async def test_a_deadline_that_passes_without_any_event_is_told(parts: Parts) -> None:
    await parts.emit(placed("A-1", MONDAY))
    await parts.handle(1)
    assert await parts.sweep() == 0
    parts.clock.move(timedelta(days=2, minutes=1))
    assert await parts.sweep() == 1
    confirmed, withdrawn, late = await parts.said(3)
    assert confirmed.data.kind is Kind.ORDER_CONFIRMED
    assert withdrawn.data.request_id == confirmed.id
    assert withdrawn.data.superseded_by == late.id
    assert late.data.kind is Kind.DISPATCH_LATE
    assert await parts.sweep() == 0


async def test_what_was_committed_and_not_published_is_swept(parts: Parts) -> None:
    await parts.emit(placed("A-1", MONDAY))
    broken = MemoryPublisher()
    broken.is_away = True
    store = parts.store()
    records = await parts.read(store)
    async with parts.worker(store, parts.outbox(broken)) as worker:
        await worker.apply(records)
    assert await parts.outbox(broken).sweep(older_than=0) == 0
    assert await parts.outbox().sweep(older_than=60) == 0
    assert await parts.outbox().sweep(older_than=0) == 1
    assert len(await parts.requested(1)) == 1
    assert await parts.outbox().sweep(older_than=0) == 0


async def test_a_replica_that_lost_its_partition_writes_nothing(parts: Parts) -> None:
    await parts.emit(placed("A-1", MONDAY))
    store = parts.store()
    records = await parts.read(store)
    await parts.pool.execute("UPDATE order_events.positions SET next_offset = 7")
    async with parts.worker(store) as worker:
        with pytest.raises(LostRaceError):
            await worker.apply(records)
    assert await parts.pool.fetchval("SELECT count(*) FROM order_events.orders") == 0
    assert await parts.pool.fetchval("SELECT count(*) FROM order_events.events") == 0
    assert await parts.pool.fetchval("SELECT count(*) FROM order_events.outbox") == 0


async def test_a_new_replica_reads_on_where_the_database_says(parts: Parts) -> None:
    await parts.emit(placed("A-1", MONDAY))
    await parts.handle(1)
    await parts.emit(placed("A-2", MONDAY))
    await parts.handle(1)
    orders = [event.data.order_id for event in await parts.requested(2)]
    assert sorted(orders) == ["A-1", "A-2"]
    received = await parts.pool.fetchval("SELECT sum(next_offset) FROM order_events.positions")
    assert received == 2


async def test_a_trace_says_what_is_true_what_was_told_and_what_waits(parts: Parts) -> None:
    await parts.emit(placed("A-1", MONDAY))
    await parts.handle(1)
    async with parts.pool.acquire() as connection:
        entries = await trace(connection, "A-1")
        assert await trace(connection, "A-2") == []
    sections = {entry.section for entry in entries}
    assert sections == {
        *("Order", "Events received", "Facts", "Told", "Pending", "Not said, and why"),
    }
    written = msgspec.json.encode([(e.heading, e.detail) for e in entries]).decode()
    assert "order.confirmed" in written
    assert "oksana" not in written
    assert "+380501234567" not in written
