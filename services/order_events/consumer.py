"""The main loop: batches of records become transactions, and what they decide is announced."""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from headsup import logs
from headsup.announcer import Announcer
from headsup.clock import Clock
from headsup.contracts.envelope import Event, EventRefusedError, RefusalCode
from headsup.contracts.registry import BY_NAME
from headsup.health import Health
from headsup.kafka.consumer import Consumer, Record
from headsup.outbox import Committed
from headsup.postgres import DATABASE_AWAY
from services.order_events.batch import Batch, OrderKey, read
from services.order_events.decide import Decided, Decisions
from services.order_events.metrics import Metrics
from services.order_events.store import LostRaceError, Store, Transaction

MOST_BROKEN = 10
"""Orders of a batch whose events may be set aside because our own code failed on them. More are no
accident: the service ends, and what it read is read again."""
POLL = 0.25
"""Seconds to wait for records before looking whether to stop."""
PAUSE = 1.0
"""Seconds to wait after the database did not answer."""

LANES = 2
"""Transactions of one batch side by side: while one waits for the database, the other decides. All
events of an order are on partitions of one number, so one lane has them all; an outcome may be in
the other lane, and waits there for the lock of the order."""


class Worker:
    """Applies batches to the store."""

    def __init__(
        self, store: Store, announcer: Announcer, clock: Clock, metrics: Metrics, *, prefix: str
    ) -> None:
        self._store = store
        self._announcer = announcer
        self._clock = clock
        self._metrics = metrics
        self._prefix = prefix

    async def apply(self, records: list[Record]) -> None:
        """Handles a batch to the end: written, committed, handed to the announcer.

        Raises LostRaceError when another replica was first, and a database error when there is no
        database; nothing was written then.
        """
        async with self._store.moving:
            ends = await asyncio.gather(
                *(self._apply(lane) for lane in in_lanes(records)), return_exceptions=True
            )
        for end in ends:
            if isinstance(end, BaseException):
                raise end

    async def _apply(self, records: list[Record]) -> None:
        started = time.perf_counter()
        now = self._clock.now()
        batch = read(records, self._prefix, now)
        async with self._store.transaction() as transaction:
            new, decisions = await self._decide(transaction, batch, now)
            committed = await self._save(transaction, decisions, batch, now)
        self._store.moved(batch.positions)
        self._metrics.batch_took(time.perf_counter() - started)
        self._report(batch, new, decisions.values())
        await self._announcer.announce(committed)

    async def _decide(
        self, transaction: Transaction, batch: Batch, now: datetime
    ) -> tuple[list[Event[Any]], Decisions]:
        """Folds what is new and takes the differences; returns the new events and the decisions.
        Events that our own code breaks on are set aside, a few of them."""
        new = await transaction.receive(batch.events)
        by_order = _by_order(new)
        keys = sorted(by_order.keys() | batch.outcomes.keys())
        decisions = Decisions(known=await transaction.load(keys))
        for key in keys:
            events = by_order.get(key, [])
            try:
                decisions.add(key, events, batch.outcomes.get(key, ()), now)
            except Exception as error:
                decisions.broken += 1
                if decisions.broken > MOST_BROKEN:
                    raise
                logs.logger().error("deciding broke", events=len(events), error=error)
                await self._set_aside(transaction, batch, events, now)
        return new, decisions

    async def _set_aside(
        self, transaction: Transaction, batch: Batch, events: list[Event[Any]], now: datetime
    ) -> None:
        """Makes dead letters of events, and forgets them, so that they can come again."""
        await transaction.forget(events)
        for event in events:
            refusal = EventRefusedError(RefusalCode.BAD_DATA, "data", "could not be understood")
            topic = BY_NAME[event.type].topic
            batch.set_aside(batch.records[event.source, event.id], topic, refusal, now)

    async def _save(
        self, transaction: Transaction, decisions: Decisions, batch: Batch, now: datetime
    ) -> Committed:
        await transaction.save(decisions.orders(), decisions.known)
        records = decisions.publications(self._prefix, now)
        committed = await transaction.add(records + batch.dead_letters)
        await transaction.move(batch.positions)
        return committed

    def _report(self, batch: Batch, new: list[Event[Any]], decisions: Iterable[Decided]) -> None:
        fresh = Counter(event.type for event in new)
        self._metrics.consumed(fresh, "new")
        if len(new) < len(batch.events):
            again = Counter(event.type for event in batch.events) - fresh
            self._metrics.consumed(again, "duplicate")
        for topic, code in batch.refusals:
            self._metrics.dead_lettered(topic, code)
            logs.logger().warning("record set aside", topic=topic, reason=code)
        self._metrics.decided(decisions)


def in_lanes(records: Iterable[Record]) -> list[list[Record]]:
    """The records by the number of their partition, in at most LANES lists, none empty."""
    lanes: dict[int, list[Record]] = defaultdict(list)
    for record in records:
        lanes[record.partition % LANES].append(record)
    return list(lanes.values())


def _by_order(events: Iterable[Event[Any]]) -> dict[OrderKey, list[Event[Any]]]:
    grouped: dict[OrderKey, list[Event[Any]]] = defaultdict(list)
    for event in events:
        grouped[OrderKey(event.source, event.data.order_id)].append(event)
    return grouped


class Reading:
    """The loop over the batches."""

    def __init__(
        self, consumer: Consumer, worker: Worker, store: Store, metrics: Metrics, health: Health
    ) -> None:
        self._consumer = consumer
        self._worker = worker
        self._store = store
        self._metrics = metrics
        self._health = health

    async def run(self, stop: asyncio.Event, *, batch_size: int) -> None:
        """Reads and applies until `stop` is set."""
        self._health.lacks("partitions", "none were assigned yet")
        while not stop.is_set():
            records = await self._consumer.batch(max_records=batch_size, wait=POLL, lanes=LANES)
            self._health.turned("consumer")
            self._metrics.polled(self._consumer.lag())
            if self._consumer.assignment():
                self._health.has("partitions")
            if records:
                await self._apply(records, stop)

    async def _apply(self, records: list[Record], stop: asyncio.Event) -> None:
        """Applies a batch. What could not be written is read again from the stored positions."""
        try:
            await self._worker.apply(records)
        except LostRaceError:
            self._metrics.lost_race()
            logs.logger().info("another replica was first", records=len(records))
            await self._return(stop)
        except DATABASE_AWAY as error:
            self._health.lacks("database", "does not answer")
            logs.logger().error("database does not answer", error=error)
            await self._return(stop)

    async def _return(self, stop: asyncio.Event) -> None:
        """Reads on from where the database says, as soon as it says anything."""
        while not stop.is_set():
            self._health.turned("consumer")
            try:
                self._consumer.seek(await self._store.positions(self._consumer.assignment()))
            except DATABASE_AWAY:
                await asyncio.sleep(PAUSE)
            else:
                self._health.has("database")
                return
