"""The main loop: batches of records become transactions, and what they decide is announced."""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from headsup import logs
from headsup.announcer import Announcer
from headsup.clock import Clock
from headsup.contracts.envelope import Event
from headsup.health import Health
from headsup.kafka.consumer import Consumer, Record
from headsup.kafka.producer import Outgoing
from headsup.outbox import Committed
from headsup.postgres import DATABASE_AWAY
from services.order_events.batch import Batch, OrderKey, read
from services.order_events.decide import Decided, decide, publications
from services.order_events.metrics import Metrics
from services.order_events.store import LostRaceError, Store, Transaction

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
            decisions, committed = await self._write(transaction, batch, now)
        self._store.moved(batch.positions)
        self._metrics.batch_took(time.perf_counter() - started)
        self._report(batch, decisions.values())
        await self._announcer.announce(committed)

    async def _write(
        self, transaction: Transaction, batch: Batch, now: datetime
    ) -> tuple[Mapping[OrderKey, Decided], Committed]:
        events = await transaction.receive(batch.events)
        self._count(batch.events, events)
        by_order = _by_order(events)
        known = await transaction.load(sorted(by_order.keys() | batch.outcomes.keys()))
        decisions = {}
        for key in by_order.keys() | batch.outcomes.keys():
            decided = decide(
                known.get(key), by_order.get(key, ()), batch.outcomes.get(key, ()), now
            )
            if decided is not None:
                decisions[key] = decided
        await transaction.save({key: d.order for key, d in decisions.items()}, known)
        records = _publications(decisions, self._prefix, now) + batch.dead_letters
        committed = await transaction.add(records)
        await transaction.move(batch.positions)
        return decisions, committed

    def _count(self, received: list[Event[Any]], new: list[Event[Any]]) -> None:
        fresh = Counter(event.type for event in new)
        self._metrics.consumed(fresh, "new")
        if len(new) < len(received):
            again = Counter(event.type for event in received) - fresh
            self._metrics.consumed(again, "duplicate")

    def _report(self, batch: Batch, decisions: Iterable[Decided]) -> None:
        for topic, code in batch.refusals:
            self._metrics.dead_lettered(topic, code)
            logs.logger().warning("record set aside", topic=topic, reason=code)
        report(self._metrics, decisions)


def in_lanes(records: Iterable[Record]) -> list[list[Record]]:
    """The records by the number of their partition, in at most LANES lists, none empty."""
    lanes: dict[int, list[Record]] = defaultdict(list)
    for record in records:
        lanes[record.partition % LANES].append(record)
    return list(lanes.values())


def report(metrics: Metrics, decisions: Iterable[Decided]) -> None:
    """Counts what was decided."""
    for decided in decisions:
        for announcement in decided.decision.announce:
            metrics.requested(announcement.request.kind)
        for unsaid in decided.decision.unsaid:
            metrics.unsaid(unsaid.kind, unsaid.reason)
        metrics.withdrawn(len(decided.decision.withdraw))


def _by_order(events: Iterable[Event[Any]]) -> dict[OrderKey, list[Event[Any]]]:
    grouped: dict[OrderKey, list[Event[Any]]] = defaultdict(list)
    for event in events:
        grouped[OrderKey(event.source, event.data.order_id)].append(event)
    return grouped


def _publications(
    decisions: Mapping[OrderKey, Decided], prefix: str, now: datetime
) -> list[Outgoing]:
    return [
        record
        for key, decided in decisions.items()
        for record in publications(key.source, decided, prefix, now)
    ]


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
        while not stop.is_set():
            records = await self._consumer.batch(max_records=batch_size, wait=POLL)
            self._health.turned("consumer")
            self._metrics.polled(self._consumer.lag())
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
            try:
                self._consumer.seek(await self._store.positions(self._consumer.assignment()))
            except DATABASE_AWAY:
                await asyncio.sleep(PAUSE)
            else:
                self._health.has("database")
                return
