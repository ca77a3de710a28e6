"""One replica of order_events, taken apart, on a real broker and a real database."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg
from prometheus_client import CollectorRegistry

from headsup.announcer import Announcer
from headsup.clock import ManualClock, SystemClock
from headsup.contracts import envelope
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import (
    CustomerPurchased,
    NotificationOutcome,
    NotificationRequested,
    OutcomeStatus,
)
from headsup.kafka.consumer import Consumer, Partition
from headsup.kafka.producer import MemoryPublisher, Producer
from headsup.outbox import Outbox
from headsup.sealed import Seals
from services.order_events.batch import TOPICS
from services.order_events.consumer import Worker
from services.order_events.metrics import Metrics
from services.order_events.progress import Progress
from services.order_events.store import SCHEMA, Store
from services.order_events.sweeper import Sweeper
from tests.support.events import event, outgoing
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
class Replica:
    """The loops of a replica, turned by hand."""

    consumer: Consumer
    progress: Progress
    worker: Worker
    sweeper: Sweeper

    async def turn(self, at_once: int = 100) -> frozenset[int]:
        """Reads and applies what there is; the partition numbers that are current."""
        records = await self.consumer.batch(max_records=at_once, wait=0.2)
        current = self.progress.read()
        if records:
            await self.worker.apply(records, current)
        self.progress.wrote()
        return current

    async def until(self, current: int, at_once: int = 100) -> None:
        """Turns until so many partition numbers are current."""
        while len(await self.turn(at_once)) < current:
            pass


@dataclass
class Parts:
    """One replica of the service, taken apart."""

    pool: "asyncpg.Pool[asyncpg.Record]"
    producer: Producer
    clock: ManualClock
    prefix: str
    bootstrap_servers: str
    seals: Seals | None = None
    """What names and addresses are sealed with."""

    async def emit(self, *events: Event[Any]) -> None:
        await self.producer.publish([outgoing(self.prefix, event) for event in events])

    def outbox(self, publisher: Producer | MemoryPublisher | None = None) -> Outbox:
        return Outbox(SCHEMA, self.pool, publisher or self.producer, in_order=True)

    def store(self) -> Store:
        return Store(self.pool, self.outbox(), seals=self.seals)

    @asynccontextmanager
    async def worker(self, store: Store, outbox: Outbox | None = None) -> AsyncIterator[Worker]:
        """A worker whose announcements are out when the block ends."""
        announcer = Announcer(outbox or self.outbox())
        metrics = Metrics(CollectorRegistry())
        async with announcer.running():
            yield Worker(store, announcer, self.clock, metrics, prefix=self.prefix)

    async def read(self, store: Store, count: int = 1) -> list[Any]:
        """The next `count` records."""
        consumer = self.consumer(store)
        await consumer.start()
        try:
            records: list[Any] = []
            while len(records) < count:
                records += await consumer.batch(max_records=100, wait=0.2)
            return records
        finally:
            await consumer.stop()

    def consumer(self, store: Store) -> Consumer:
        return Consumer(
            self.bootstrap_servers,
            [self.prefix + topic for topic in TOPICS],
            group=self.prefix + "order_events",
            instance="one",
            on_assigned=store.positions,
            on_gone=store.begins_at,
        )

    async def handle(self, count: int) -> None:
        """Reads and applies `count` records."""
        store = self.store()
        records = await self.read(store, count)
        async with self.worker(store) as worker:
            await worker.apply(records)

    @asynccontextmanager
    async def replica(self) -> AsyncIterator["Replica"]:
        """A replica that reads and sweeps when it is told to. At the end everything is published: a
        topic that is seconds old may have no leader yet."""
        store, announcer = self.store(), Announcer(self.outbox())
        metrics = Metrics(CollectorRegistry())
        consumer = self.consumer(store)
        progress = Progress(consumer, SystemClock(), prefix=self.prefix)
        worker = Worker(store, announcer, self.clock, metrics, prefix=self.prefix)
        sweeper = Sweeper(store, announcer, self.clock, metrics, progress, prefix=self.prefix)
        await consumer.start()
        try:
            async with announcer.running():
                yield Replica(consumer, progress, worker, sweeper)
            while await self.outbox().sweep(older_than=0):
                pass
        finally:
            await consumer.stop()

    async def read_again(self) -> None:
        """Lets everything be read from the beginning."""
        await self.pool.execute("UPDATE order_events.positions SET next_offset = 0")

    def outcome_of(self, request: Event[Any]) -> Event[Any]:
        """That the message of a request was sent, now."""
        data = NotificationOutcome(
            request_id=request.id,
            order_id=request.data.order_id,
            customer_id=request.data.customer.id,
            kind=request.data.kind,
            status=OutcomeStatus.SENT,
            at=self.clock.now(),
            notification_id=f"{request.id}.0",
        )
        return event(data, self.clock.now())

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
        """Requests, withdrawals and troubles, oldest first, once there are `count`."""
        return await self._published(count, lambda e: not isinstance(e.data, CustomerPurchased))

    async def purchases(self, count: int) -> list[Event[Any]]:
        """What was told of who bought, oldest first, once there are `count`."""
        return await self._published(count, lambda e: isinstance(e.data, CustomerPurchased))

    async def all_published(self, count: int) -> list[Event[Any]]:
        """All that the notifier is to read, oldest first, once there are `count`."""
        return await self._published(count, lambda _: True)

    async def _published(
        self, count: int, is_wanted: Callable[[Event[Any]], bool]
    ) -> list[Event[Any]]:
        topic = self.prefix + "notifications.requested"
        async with TopicReader(self.bootstrap_servers, topic) as reader:
            await reader.at_least(count)
            while len(found := self._wanted(await reader.all_now(), is_wanted)) < count:
                await reader.at_least(len(reader.records) + 1)
        return found

    def _wanted(
        self, records: Sequence[Any], is_wanted: Callable[[Event[Any]], bool]
    ) -> list[Event[Any]]:
        now = self.clock.now()
        events = [envelope.decode(record.value, record.headers, now) for record in records]
        return [event for event in events if is_wanted(event)]
