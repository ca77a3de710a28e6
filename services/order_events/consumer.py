"""The main loop: batches of records become transactions, and what they decide is announced."""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from functools import partial
from typing import Any

from headsup import logs
from headsup.announcer import Announcer
from headsup.blame import NOBODY, may_be_of_a_record, to_blame
from headsup.clock import Clock
from headsup.contracts.envelope import Event, EventRefusedError, RefusalCode
from headsup.contracts.registry import BY_NAME, Topic
from headsup.health import Health
from headsup.kafka.consumer import Consumer, Record
from headsup.kafka.line import POLL, Line
from headsup.outbox import Committed
from headsup.postgres import DATABASE_AWAY
from headsup.streak import LineStoppedError, Place, Streak, place
from headsup.tracing import OFF, Tracing
from services.order_events.batch import Batch, OrderKey, order_of, read
from services.order_events.decide import Decided, Decisions, News
from services.order_events.forgetting import people_of, without_erased
from services.order_events.metrics import Metrics
from services.order_events.progress import Progress
from services.order_events.store import LostRaceError, Store, Transaction
from services.order_events.traced import UNTRACED, Traced, traced

MOST_BROKEN = 10
"""Orders of a batch whose events may be set aside because our own code failed on them, and records
of a batch that may be set aside because they cannot be written. More are no accident, even with
good ones between them: the line stops."""
PAUSE = 1.0
"""Seconds to wait after the database did not answer."""

LANES = 2
"""Transactions of one batch side by side: while one waits for the database, the other decides. All
events of an order are on partitions of one number, so one lane has them all; an outcome may be in
the other lane, and waits there for the lock of the order."""


class Worker:
    """Applies batches to the store."""

    def __init__(
        self,
        store: Store,
        announcer: Announcer,
        clock: Clock,
        metrics: Metrics,
        *,
        prefix: str,
        streak: Streak | None = None,
    ) -> None:
        self._store = store
        self._announcer = announcer
        self._clock = clock
        self._metrics = metrics
        self._prefix = prefix
        self.tracing: Tracing = OFF
        """What records the way of what it says."""
        self._streaks = dict.fromkeys(range(LANES), streak or Streak())

    async def apply(self, records: list[Record], current: frozenset[int] | None = None) -> None:
        """Handles a batch to the end: written, committed, handed to the announcer. Of orders of
        partition numbers that are not `current` (None: all are) nothing is said yet.

        Raises LineStoppedError when too much of it is bad, LostRaceError when another replica was
        first, and a database error when there is no database; nothing was written then, at least of
        the lane that it befell.
        """
        lanes = in_lanes(records)
        async with self._store.moving:
            if len(lanes) == 1:  # begun before the loop's next turn, which is the next fetch's
                await self._apply(*lanes[0], current)
                return
            ends = await asyncio.gather(
                *(self._apply(lane, of_lane, current) for lane, of_lane in lanes),
                return_exceptions=True,
            )
        errors = [end for end in ends if isinstance(end, BaseException)]
        for error in sorted(errors, key=lambda e: not isinstance(e, LineStoppedError)):
            raise error

    async def _apply(
        self, lane: int, records: list[Record], current: frozenset[int] | None
    ) -> None:
        """Writes a lane's records, but for those that cannot be written."""
        try:
            await self._write(lane, records, current)
        except LostRaceError:
            raise
        except Exception as error:
            if not may_be_of_a_record(error):
                raise
            blamed = await to_blame(records, self._rehearse)
            if not blamed:
                raise
            logs.logger().error("records cannot be taken in", count=len(blamed), error=error)
            if len(blamed) > MOST_BROKEN:
                raise LineStoppedError(f"{len(blamed)} of a batch could not be taken in") from error
            await self._write(lane, records, current, blamed)

    async def _rehearse(self, records: Sequence[Record]) -> None:
        now = self._clock.now()
        batch = read(records, self._prefix, now)
        async with self._store.rehearsal() as transaction:
            _, decisions = await self._decide(transaction, batch, now)
            await self._save(transaction, decisions, batch, now, UNTRACED)

    async def _write(
        self,
        lane: int,
        records: list[Record],
        current: frozenset[int] | None,
        blamed: AbstractSet[Place] = NOBODY,
    ) -> None:
        started = time.perf_counter()
        now, since = self._clock.now(), self.tracing.moment()
        batch = read(records, self._prefix, now, blamed)
        held = self._store.held(batch.begins)
        with traced(self.tracing, batch, self._prefix, since) as steps:
            async with self._store.transaction() as transaction:
                new, decisions = await self._decide(transaction, batch, now, current)
                streak = self._streaks[lane].after((r, place(r) not in batch.bad) for r in records)
                committed = await self._save(transaction, decisions, batch, now, steps)
                await transaction.move(batch.positions, held)
        self._store.moved(batch.positions)
        self._streaks[lane] = streak
        self._metrics.batch_took(time.perf_counter() - started)
        await self._announcer.announce(committed)
        self._report(batch, new, decisions.values())

    async def _decide(
        self,
        transaction: Transaction,
        batch: Batch,
        now: datetime,
        current: frozenset[int] | None = None,
    ) -> tuple[list[Event[Any]], Decisions]:
        """Folds what is new and takes the differences; returns the new events and the decisions.
        News that our own code breaks on is set aside, a little of it."""
        new = await transaction.receive(batch.events)
        await transaction.note_incidents(_incidents(new, batch))
        await transaction.note_erased(batch.erased)
        new, forgotten = await _without_erased(transaction, new)
        news = _by_order(new, batch, forgotten)
        known, shops = await transaction.load(sorted(news)), await transaction.shops(now)
        decisions = Decisions(known=known, current=current, shops=shops)
        for key in sorted(news):
            try:
                decisions.add(key, news[key], now)
            except Exception as error:
                decisions.broken += 1
                logs.logger().error("deciding broke", events=len(news[key].events), error=error)
                if decisions.broken > MOST_BROKEN:
                    raise LineStoppedError(
                        f"{decisions.broken} orders of one batch could not be decided"
                    ) from error
                await self._set_aside(transaction, batch, key, news[key], now)
        return new, decisions

    async def _set_aside(
        self, transaction: Transaction, batch: Batch, key: OrderKey, news: News, now: datetime
    ) -> None:
        """Makes dead letters of news, and forgets its events, so that they can come again."""
        await transaction.forget(news.events)
        refusal = EventRefusedError(RefusalCode.BAD_DATA, "data", "could not be understood")
        for event in news.events:
            first, *again = batch.records[event.source, event.id]
            batch.set_aside(first, BY_NAME[event.type].topic, refusal, now)
            batch.bad.update(place(record) for record in again)
        for record in batch.about.get(key, ()):
            batch.set_aside(record, Topic.OUTCOMES, refusal, now)

    async def _save(
        self,
        transaction: Transaction,
        decisions: Decisions,
        batch: Batch,
        now: datetime,
        steps: Traced,
    ) -> Committed:
        await transaction.save(decisions.orders(), decisions.known)
        records = steps.publications(decisions, self._prefix, now)
        return await transaction.add(records + batch.dead_letters)

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


def in_lanes(records: Iterable[Record]) -> list[tuple[int, list[Record]]]:
    """The records by the number of their partition, in at most LANES lists, none empty."""
    lanes: dict[int, list[Record]] = defaultdict(list)
    for record in records:
        lanes[record.partition % LANES].append(record)
    return list(lanes.items())


async def _without_erased(
    transaction: Transaction, events: Sequence[Event[Any]]
) -> tuple[list[Event[Any]], dict[OrderKey, datetime]]:
    """The events without people who were erased before these were read, and the orders that are
    nobody's because of that."""
    places = {place for event in events for place in people_of(event)}
    erased = await transaction.erased(places)
    if not erased:
        return list(events), {}
    left, nobodys = list[Event[Any]](), dict[OrderKey, datetime]()
    for event in events:
        without, at = without_erased(event, erased)
        left.append(without)
        if at is not None:
            nobodys[OrderKey(event.source, event.data.order_id)] = at
    return left, nobodys


def _by_order(
    events: Iterable[Event[Any]], batch: Batch, forgotten: Mapping[OrderKey, datetime]
) -> Mapping[OrderKey, News]:
    """What is new of each order."""
    grouped: dict[OrderKey, list[Event[Any]]] = defaultdict(list)
    for event in events:
        if order_id := order_of(event):
            grouped[OrderKey(event.source, order_id)].append(event)
    news = {}
    for key in grouped.keys() | batch.outcomes.keys():
        of_order = grouped.get(key, [])
        partition = _partition(batch, of_order[-1]) if of_order else None
        outcomes = batch.outcomes.get(key, [])
        news[key] = News(of_order, outcomes, partition, forgotten.get(key))
    return news


def _incidents(events: Iterable[Event[Any]], batch: Batch) -> list[tuple[Event[Any], int]]:
    """What is new of incidents, each with the number of its partition."""
    found = (event for event in events if order_of(event) is None)
    return [(event, _partition(batch, event)) for event in found]


def _partition(batch: Batch, event: Event[Any]) -> int:
    return batch.records[event.source, event.id][0].partition


class Reading:
    """The loop over the batches."""

    def __init__(
        self,
        consumer: Consumer,
        worker: Worker,
        store: Store,
        progress: Progress,
        metrics: Metrics,
        health: Health,
    ) -> None:
        self._consumer = consumer
        self._worker = worker
        self._store = store
        self._progress = progress
        self._metrics = metrics
        self._health = health
        self._line = Line(
            consumer,
            health,
            on_turn=metrics.lags,
            on_read=metrics.polled,
            on_stop=metrics.line_stopped,
        )

    async def run(self, stop: asyncio.Event, *, batch_size: int) -> None:
        """Reads and applies until `stop` is set, or too much is bad: then it stands still, holding
        what is ours, until somebody who looked into it starts the service again."""
        await self._line.run(stop, partial(self._read, stop, batch_size))

    async def _read(self, stop: asyncio.Event, batch_size: int) -> None:
        records = await self._consumer.batch(max_records=batch_size, wait=POLL, lanes=LANES)
        self._line.turned()
        current = self._progress.read()
        self._metrics.partitions_behind(self._progress.behind)
        if await self._apply(records, current, stop):
            self._progress.wrote()

    async def _apply(
        self, records: list[Record], current: frozenset[int], stop: asyncio.Event
    ) -> bool:
        """Applies a batch. What could not be written is read again from the stored positions; False
        then."""
        if not records:
            return True
        try:
            await self._worker.apply(records, current)
        except LostRaceError:
            self._metrics.lost_race()
            logs.logger().info("another replica was first", records=len(records))
            await self._return(stop)
        except DATABASE_AWAY as error:
            self._health.lacks("database", "does not answer")
            logs.logger().error("database does not answer", error=error)
            await self._return(stop)
        else:
            return True
        return False

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
